// Objects of git, compared with what git itself says of them.
import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { readGitObject } from "../../src/hub/git-object.ts";
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
  const wrong = listed.filter((line) => {
    const [id = "", type, size] = line.split(" ");
    const found = readGitObject(join(cwd, ".git"), id);
    return found?.type !== type || found?.content.length !== Number(size);
  });
  expect(wrong).toEqual([]);
}

describe.skipIf(!hasGit)("readGitObject()", () => {
  test.each([
    ["alone", []],
    ["as differences by distance", ["-c", "repack.usedeltabaseoffset=true", "repack", "-adfq"]],
    ["as differences by name", ["-c", "repack.usedeltabaseoffset=false", "repack", "-adfq"]],
    ["with places of 64 bits", ["-c", "pack.indexversion=2", "repack", "-adfq"]],
  ])(
    "readGitObject() reads what git keeps %s",
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

  test("readGitObject() believes no object whose bytes are not what it is called", () => {
    using folder = createTempDir();
    const id = "0123456789abcdef0123456789abcdef01234567";
    const path = folder.join("objects", "01", id.slice(2));
    mkdirSync(folder.join("objects", "01"), { recursive: true });
    for (const content of ["tree 0\0", "blob", "", "note 0\0"]) {
      writeFileSync(path, deflateSync(content));
      expect(readGitObject(folder.path, id)).toBeUndefined();
    }
    writeFileSync(path, "no zlib");
    expect(readGitObject(folder.path, id)).toBeUndefined();
    expect(readGitObject(folder.path, "../../etc/passwd")).toBeUndefined();
    expect(readGitObject(folder.path, "f".repeat(40))).toBeUndefined();
  });

  test(
    "readGitObject() ends whatever a pack says",
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
        for (const id of ids) readGitObject(join(folder.path, ".git"), id);
      }
      expect(ids.length).toBeGreaterThan(70);
    },
    GIT_MS,
  );
});

/** Writes the index again with all places but the first in the table of wide ones, as git does beyond 2 GB. */
function widen(cwd: string, packs: string, pack: string): void {
  const index = join(packs, pack.replace(/pack$/, "idx"));
  rmSync(index);
  git(cwd, "index-pack", "--index-version=2,64", join(packs, pack));
}
