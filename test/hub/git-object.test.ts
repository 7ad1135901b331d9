// Objects of git, compared with what git itself says of them.
import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { GitObjects } from "../../src/hub/git-object.ts";
import { GitWork } from "../../src/hub/git-work.ts";
import { thrownBy } from "../helper/coded.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const hasGit = Bun.which("git") !== null;
/** Git is started some times, on machines that do other things. */
const GIT_MS = 60_000;

/** Runs git without the settings of this machine. */
function git(cwd: string, ...args: readonly string[]): string {
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: cwd,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "a",
    GIT_AUTHOR_EMAIL: "a@b",
    GIT_COMMITTER_NAME: "a",
    GIT_COMMITTER_EMAIL: "a@b",
  };
  const { stdout, stderr, exitCode } = Bun.spawnSync(["git", ...args], { cwd, env });
  if (exitCode !== 0) throw new Error(stderr.toString());
  return stdout.toString().trim();
}

/** A repository whose trees and files differ little from one commit to the next. */
function makeRepository(cwd: string): void {
  git(cwd, "init", "-q");
  const lines = Array.from({ length: 3000 }, (_, index) => `line ${index} ${Math.sin(index)}`);
  for (let index = 0; index < 5; index++) {
    mkdirSync(join(cwd, "many"), { recursive: true });
    for (let file = 0; file < 60; file++) {
      writeFileSync(
        join(cwd, "many", `file-${file}.txt`),
        file === index ? `${index}` : `x${file}`,
      );
    }
    lines[index * 100] = `changed ${index}`;
    writeFileSync(join(cwd, "text"), lines.join("\n"));
    git(cwd, "add", "-A");
    git(cwd, "commit", "-q", "-m", `change ${index}`);
  }
}

/** Whether every object of the repository is read, which compares its bytes with its name. */
function expectAllRead(cwd: string): void {
  const listed = git(cwd, "cat-file", "--batch-all-objects", "--batch-check").split("\n");
  expect(listed.length).toBeGreaterThan(70);
  const objects = new GitObjects(join(cwd, ".git"));
  const wrong = listed.filter((line) => {
    const [id = "", type, size] = line.split(" ");
    const found = objects.read(id);
    return found?.type !== type || found?.content.length !== Number(size);
  });
  expect(wrong).toEqual([]);
}

describe.skipIf(!hasGit)("GitObjects", () => {
  test.each([
    ["alone", []],
    ["as differences by distance", ["-c", "repack.usedeltabaseoffset=true", "repack", "-adfq"]],
    ["as differences by name", ["-c", "repack.usedeltabaseoffset=false", "repack", "-adfq"]],
    ["with places of 64 bits", ["-c", "pack.indexversion=2", "repack", "-adfq"]],
  ])(
    "GitObjects.read() reads what git keeps %s",
    (_how, args) => {
      using folder = createTempDir();
      makeRepository(folder.path);
      if (args.length > 0) {
        git(folder.path, ...args);
        const packs = join(folder.path, ".git", "objects", "pack");
        const pack = readdirSync(packs).find((name) => name.endsWith(".pack")) ?? "";
        expect(git(folder.path, "verify-pack", "-v", join(packs, pack))).toContain(
          "chain length = ",
        );
        if (args.includes("pack.indexversion=2")) widen(folder.path, packs, pack);
      }
      expectAllRead(folder.path);
    },
    GIT_MS,
  );

  test("GitObjects.read() believes no object whose bytes are not what it is called", () => {
    using folder = createTempDir();
    const id = "0123456789abcdef0123456789abcdef01234567";
    const path = folder.join("objects", "01", id.slice(2));
    mkdirSync(folder.join("objects", "01"), { recursive: true });
    for (const content of ["tree 0\0", "blob", "", "note 0\0"]) {
      writeFileSync(path, deflateSync(content));
      expect(new GitObjects(folder.path).read(id)).toBeUndefined();
    }
    writeFileSync(path, "no zlib");
    expect(new GitObjects(folder.path).read(id)).toBeUndefined();
    expect(new GitObjects(folder.path).read("../../etc/passwd")).toBeUndefined();
    expect(new GitObjects(folder.path).read("f".repeat(40))).toBeUndefined();
  });

  test(
    "GitObjects.read() ends whatever a pack says",
    () => {
      using folder = createTempDir();
      makeRepository(folder.path);
      git(folder.path, "repack", "-adfq");
      const packs = join(folder.path, ".git", "objects", "pack");
      const name = readdirSync(packs).find((file) => file.endsWith(".pack")) ?? "";
      const bytes = readFileSync(join(packs, name));
      const ids = git(folder.path, "cat-file", "--batch-all-objects", "--batch-check")
        .split("\n")
        .map((line) => line.slice(0, 40));
      for (let at = 12; at < bytes.length; at += Math.ceil(bytes.length / 40)) {
        const damaged = Buffer.from(bytes);
        damaged.fill(0xff, at, at + 3);
        rmSync(join(packs, name), { force: true });
        writeFileSync(join(packs, name), damaged);
        // What is read has the right bytes: all else is not read.
        const objects = new GitObjects(join(folder.path, ".git"));
        for (const id of ids) objects.read(id);
      }
      expect(ids.length).toBeGreaterThan(70);
    },
    GIT_MS,
  );
});

describe("bounds", () => {
  test("GitObjects.read() gives up what a small pack inflates to: HUB_HISTORY_TOO_LARGE", () => {
    using folder = createTempDir();
    const ids = writeBomb(folder.join("objects", "pack"), { levels: 60, names: 200 });
    const work = new GitWork();
    const objects = new GitObjects(folder.path, work);
    for (const id of ids) {
      expect(thrownBy(() => objects.read(id)).code).toBe("HUB_HISTORY_TOO_LARGE");
    }
    expect(work.isSpent).toBe(true);
  });

  test("GitObjects.read() counts an entry once, and comparing it with each name", () => {
    using folder = createTempDir();
    const ids = writeBomb(folder.join("objects", "pack"), { levels: 3, names: 100, length: 2000 });
    const objects = new GitObjects(folder.path, new GitWork(1_500_000));
    for (const id of ids) expect(objects.read(id)).toBeUndefined();
    const alone = new GitObjects(folder.path, new GitWork(300_000));
    expect(thrownBy(() => ids.map((id) => alone.read(id))).code).toBe("HUB_HISTORY_TOO_LARGE");
  });

  test("GitObjects.read() inflates no loose object that says it is too long", () => {
    using folder = createTempDir();
    const id = "0123456789abcdef0123456789abcdef01234567";
    mkdirSync(folder.join("objects", "01"), { recursive: true });
    const path = folder.join("objects", "01", id.slice(2));
    const length = 17 * 1024 * 1024;
    writeFileSync(
      path,
      deflateSync(Buffer.concat([Buffer.from(`blob ${length}\0`), Buffer.alloc(length)])),
    );
    const work = new GitWork(100_000);
    expect(new GitObjects(folder.path, work).read(id)).toBeUndefined();
    // One that says less than it has.
    writeFileSync(
      path,
      deflateSync(Buffer.concat([Buffer.from("blob 5\0"), Buffer.alloc(length)])),
    );
    expect(new GitObjects(folder.path, work).read(id)).toBeUndefined();
    expect(work.isSpent).toBe(false);
  });
});

/** A pack whose last entry is a chain of differences that copy the one before byte by byte; every name leads to it. */
function writeBomb(
  folder: string,
  {
    levels,
    names,
    length = 8 * 1024 * 1024 - 16,
  }: { levels: number; names: number; length?: number },
): string[] {
  mkdirSync(folder, { recursive: true });
  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
  const head = (type: number, size: number): Buffer => {
    const more = size >>> 4;
    return Buffer.from([
      (type << 4) | (size & 15) | (more ? 128 : 0),
      ...(more ? varint(more) : []),
    ]);
  };
  const distance = (value: number): number[] => {
    const digits = [value & 127];
    for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift(128 | (--rest & 127));
    return digits;
  };
  const steps = Buffer.alloc(length * 2, Buffer.from([0x90, 1]));
  const delta = Buffer.concat([Buffer.from([...varint(length), ...varint(length)]), steps]);
  const packed = deflateSync(delta, { level: 9 });
  const parts = [Buffer.from("PACK\0\0\0\x02\0\0\0\0", "latin1")];
  parts.push(Buffer.concat([head(3, length), deflateSync(Buffer.alloc(length))]));
  let at = 12;
  for (let level = 0; level < levels; level++) {
    const back = parts.at(-1)?.length ?? 0;
    at += back;
    parts.push(Buffer.concat([head(6, delta.length), Buffer.from(distance(back)), packed]));
  }
  writeFileSync(join(folder, "pack-1.pack"), Buffer.concat(parts));
  const ids = Array.from({ length: names }, (_, index) =>
    new Bun.CryptoHasher("sha1").update(`${index}`).digest("hex"),
  ).sort();
  const index = Buffer.alloc(8 + 1024 + names * 28);
  index.writeUInt32BE(0xff744f63, 0);
  index.writeUInt32BE(2, 4);
  for (let first = 0; first < 256; first++) {
    const count = ids.filter((id) => Number.parseInt(id.slice(0, 2), 16) <= first).length;
    index.writeUInt32BE(count, 8 + first * 4);
  }
  ids.forEach((id, order) => {
    index.write(id, 1032 + order * 20, "hex");
    index.writeUInt32BE(at, 1032 + names * 24 + order * 4);
  });
  writeFileSync(join(folder, "pack-1.idx"), index);
  return ids;
}

/** Writes the index again with all places but the first in the table of wide ones, as git does beyond 2 GB. */
function widen(cwd: string, packs: string, pack: string): void {
  const index = join(packs, pack.replace(/pack$/, "idx"));
  rmSync(index);
  git(cwd, "index-pack", "--index-version=2,64", join(packs, pack));
}
