// Folders that came from a hub: snapshots of its cache, folders of its client, clones of git.
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { findCheckout, findSnapshot } from "../../src/hub/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { lfsPointer } from "../helper/hub-server.ts";
import { createTempDir, type TempDir } from "../helper/temp-dir.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function gitId(text: string): string {
  return createHash("sha1")
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest("hex");
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

test.each([
  [`/c/hub/models--org--all-MiniLM-L6-v2/snapshots/${COMMIT}`, "org/all-MiniLM-L6-v2"],
  [`/c/hub/models--org--a--b/snapshots/${COMMIT}/onnx`, "org/a--b"],
  [`/c/hub/models--bert-base-uncased/snapshots/${COMMIT}`, "bert-base-uncased"],
  [`/c/models--org--x/snapshots/main`, undefined],
  [`/c/datasets--org--x/snapshots/${COMMIT}`, undefined],
  ["/models/x", undefined],
])("findSnapshot(%j)", (folder, repository) => {
  expect(findSnapshot(folder)?.repository).toBe(repository);
});

describe("snapshots", () => {
  test("findCheckout() believes links whose blobs have the digest they are named after", () => {
    using folder = createTempDir();
    const root = folder.join("models--org--x");
    const snapshot = join(root, "snapshots", COMMIT);
    write(join(root, "blobs", sha256("graph")), "graph");
    write(join(root, "blobs", gitId("{}")), "{}");
    write(join(root, "blobs", gitId("before")), "after");
    mkdirSync(join(snapshot, "onnx"), { recursive: true });
    symlinkSync(`../../../blobs/${sha256("graph")}`, join(snapshot, "onnx", "model.onnx"));
    symlinkSync(`../../blobs/${gitId("{}")}`, join(snapshot, "config.json"));
    symlinkSync(`../../blobs/${gitId("before")}`, join(snapshot, "changed.json"));
    symlinkSync(`../../blobs/${gitId("gone")}`, join(snapshot, "gone.json"));
    symlinkSync(join(root, "blobs"), join(snapshot, "folder"));
    write(join(snapshot, "copy.json"), "{}");
    symlinkSync(snapshot, folder.join("link"));
    for (const place of [snapshot, folder.join("link")]) {
      const checkout = findCheckout(place);
      expect(checkout?.repository).toBe("org/x");
      const names = [
        "onnx/model.onnx",
        "config.json",
        "changed.json",
        "gone.json",
        "copy.json",
        "folder",
        "none",
        "../x",
      ];
      expect(names.filter((name) => checkout?.commitOf(name) === COMMIT)).toEqual([
        "onnx/model.onnx",
        "config.json",
      ]);
    }
    expect(findCheckout(join(snapshot, "onnx"))?.commitOf("model.onnx")).toBe(COMMIT);
  });
});

describe("folders of the hub's client", () => {
  test.each([".cache/huggingface/download", ".huggingface/download"])(
    "findCheckout() compares files with the notes in %s",
    (notes) => {
      using folder = createTempDir();
      const note = (name: string, content: string, commit = COMMIT) =>
        write(folder.join(notes, `${name}.metadata`), `${commit}\n${content}\n1712656091.123\n`);
      write(folder.join("config.json"), "{}");
      note("config.json", gitId("{}"));
      write(folder.join("onnx", "model.onnx"), "graph");
      note("onnx/model.onnx", sha256("graph"));
      write(folder.join("changed.json"), "after");
      note("changed.json", gitId("before"));
      write(folder.join("unnoted.json"), "{}");
      write(folder.join("odd.json"), "{}");
      note("odd.json", gitId("{}"), "main");
      write(folder.join("weak.json"), "{}");
      note("weak.json", 'W/"1"');
      note("gone.json", gitId(""));
      const checkout = findCheckout(folder.path);
      expect(checkout?.repository).toBeUndefined();
      const names = [
        "config.json",
        "onnx/model.onnx",
        "changed.json",
        "unnoted.json",
        "odd.json",
        "weak.json",
        "gone.json",
      ];
      expect(names.filter((name) => checkout?.commitOf(name) === COMMIT)).toEqual([
        "config.json",
        "onnx/model.onnx",
      ]);
      expect(findCheckout(folder.join("onnx"))?.commitOf("model.onnx")).toBe(COMMIT);
    },
  );

  test("findCheckout() knows nothing of a folder without any sign", () => {
    using folder = createTempDir();
    write(folder.join("config.json"), "{}");
    expect(findCheckout(folder.path)).toBeUndefined();
  });
});

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
  const { stdout, stderr, exitCode } = Bun.spawnSync(
    ["git", "-c", "init.defaultBranch=main", ...args],
    { cwd, env },
  );
  if (exitCode !== 0) throw new Error(stderr.toString());
  return stdout.toString().trim();
}

/** A clone as git makes it, of a repository with a few commits, its large file fetched as git-lfs does. */
function clone(
  folder: TempDir,
  url = "https://user:secret@huggingface.co/org/x",
): { dir: string; commit: string } {
  const origin = folder.join("origin");
  mkdirSync(origin);
  git(origin, "init", "-q");
  const graph = "graph ".repeat(50_000);
  // Many names make trees large enough to be kept as differences to each other.
  for (let index = 0; index < 60; index++)
    write(join(origin, "many", `file-${index}.txt`), `${index}`);
  for (let index = 0; index < 8; index++) {
    write(join(origin, "config.json"), `{"revision": ${index}}`);
    write(join(origin, "many", `file-${index}.txt`), `changed ${index}`);
    write(join(origin, "onnx", "model.onnx"), lfsPointer(sha256(graph), graph.length));
    write(join(origin, "run.sh"), "#!/bin/sh\n");
    git(origin, "add", "-A");
    git(origin, "commit", "-q", "-m", `change ${index}`);
  }
  const dir = folder.join("clone");
  git(folder.path, "clone", "-q", "--no-local", "origin", "clone");
  git(dir, "remote", "set-url", "origin", url);
  writeFileSync(join(dir, "onnx", "model.onnx"), graph);
  return { dir, commit: git(dir, "rev-parse", "HEAD") };
}

const hasGit = Bun.which("git") !== null;
/** Git is started some thirty times, on machines that do other things. */
const GIT_MS = 60_000;

describe.skipIf(!hasGit)("clones", () => {
  test(
    "findCheckout() compares files with the commit of a clone, whether git packed it or not",
    () => {
      using folder = createTempDir();
      const { dir, commit } = clone(folder);
      const names = ["config.json", "onnx/model.onnx", "many/file-3.txt", "many/file-40.txt"];
      const held = () => {
        const checkout = findCheckout(dir);
        expect(checkout).toMatchObject({ repository: "org/x", kind: "a git clone" });
        return names.filter((name) => checkout?.commitOf(name) === commit);
      };
      expect(readdirSync(join(dir, ".git", "objects", "pack")).length).toBeGreaterThan(0);
      expect(held()).toEqual(names);
      git(dir, "gc", "-q", "--aggressive");
      expect(git(dir, "verify-pack", "-v", ...packs(dir))).toMatch(/chain length = /);
      expect(held()).toEqual(names);
      // Packs that are no packs of the repository any more are unpacked into loose objects.
      for (const path of packs(dir)) {
        const moved = folder.join("moved.pack");
        writeFileSync(moved, readFileSync(path));
        rmSync(path, { force: true });
        rmSync(path.replace(/pack$/, "idx"), { force: true });
        const unpacked = Bun.spawnSync(["git", "unpack-objects", "-q"], {
          cwd: dir,
          stdin: Bun.file(moved),
        });
        expect(unpacked.exitCode).toBe(0);
      }
      expect(packs(dir)).toEqual([]);
      expect(held()).toEqual(names);
      expect(findCheckout(join(dir, "onnx"))?.commitOf("model.onnx")).toBe(commit);
    },
    GIT_MS,
  );

  test(
    "findCheckout() gives no commit for what is not in it as it is here",
    () => {
      using folder = createTempDir();
      const { dir, commit } = clone(folder);
      writeFileSync(join(dir, "config.json"), "{}");
      write(join(dir, "own.json"), "{}");
      appendFileSync(join(dir, "onnx", "model.onnx"), "x");
      git(dir, "add", "own.json");
      const checkout = findCheckout(dir);
      const names = [
        "config.json",
        "own.json",
        "onnx/model.onnx",
        "onnx",
        "gone",
        "many/gone",
        ".git/HEAD",
        "../clone/config.json",
      ];
      expect(names.filter((name) => checkout?.commitOf(name) !== undefined)).toEqual([]);
      expect(checkout?.commitOf("many/file-1.txt")).toBe(commit);
    },
    GIT_MS,
  );

  test(
    "findCheckout() knows commits of the past and none that were made here",
    () => {
      using folder = createTempDir();
      const { dir, commit } = clone(folder);
      git(dir, "stash", "-q");
      const before = git(dir, "rev-parse", "HEAD~4");
      git(dir, "checkout", "-q", before);
      expect(findCheckout(dir)?.commitOf("config.json")).toBe(before);
      git(dir, "checkout", "-q", "main");
      expect(findCheckout(dir)?.commitOf("config.json")).toBe(commit);
      writeFileSync(join(dir, "config.json"), "{}");
      git(dir, "commit", "-q", "-a", "-m", "own");
      const own = git(dir, "rev-parse", "HEAD");
      const checkout = findCheckout(dir);
      expect(checkout?.flaw).toBe(
        `no branch of origin leads to commit ${own}, which is checked out`,
      );
      expect(checkout?.commitOf("many/file-1.txt")).toBeUndefined();
    },
    GIT_MS,
  );

  test.each([
    ["https://huggingface.co/org/x.git", "org/x"],
    ["https://hf.co/org/x/", "org/x"],
    ["git@hf.co:org/x", "org/x"],
    ["ssh://git@hf.co/org/x", "org/x"],
    ["https://huggingface.co/bert-base-uncased", "bert-base-uncased"],
    ["https://huggingface.co/datasets/x", undefined],
    ["https://huggingface.co/org/x/y", undefined],
    ["https://github.com/org/x", undefined],
    ["https://huggingface.co.example.com/org/x", undefined],
    ["https://example.com/huggingface.co/org/x", undefined],
  ])(
    "findCheckout() of a clone from %s",
    (url, repository) => {
      using folder = createTempDir();
      git(folder.path, "init", "-q");
      write(folder.join("a"), "a");
      git(folder.path, "add", "a");
      git(folder.path, "commit", "-q", "-m", "a");
      git(folder.path, "remote", "add", "origin", url);
      git(folder.path, "update-ref", "refs/remotes/origin/main", "HEAD");
      git(folder.path, "pack-refs", "--all");
      expect(findCheckout(folder.path)?.repository).toBe(repository);
    },
    GIT_MS,
  );

  test(
    "findCheckout() follows thousands of commits, packed or shallow, and stops beyond",
    () => {
      using folder = createTempDir();
      const origin = folder.join("origin");
      mkdirSync(origin);
      git(origin, "init", "-q");
      importHistory(origin, 2500);
      const url = "https://huggingface.co/org/x";
      const cloned = (name: string, ...args: readonly string[]) => {
        git(folder.path, "clone", "-q", ...args, `file://${origin}`, name);
        git(folder.join(name), "remote", "set-url", "origin", url);
        return folder.join(name);
      };
      const shallow = cloned("shallow", "--depth", "1");
      const whole = cloned("whole");
      git(whole, "gc", "-q");
      const tip = git(whole, "rev-parse", "HEAD");
      for (const dir of [shallow, whole]) {
        expect(findCheckout(dir)?.commitOf("config.json")).toBe(tip);
      }
      const before = git(whole, "rev-parse", "HEAD~1500");
      git(whole, "checkout", "-q", before);
      expect(findCheckout(whole)?.commitOf("config.json")).toBe(before);
      git(whole, "checkout", "-q", "HEAD~900");
      expect(thrownBy(() => findCheckout(whole)).code).toBe("HUB_HISTORY_TOO_LARGE");
    },
    GIT_MS,
  );

  test(
    "findCheckout() looks through settings and refs of any shape in no time",
    () => {
      using folder = createTempDir();
      git(folder.path, "init", "-q");
      const config = `[remote "origin"]${"\n".repeat(900_000)}x`;
      writeFileSync(folder.join(".git", "config"), config);
      expect(findCheckout(folder.path)).toBeUndefined();
      const url = "\turl = https://huggingface.co/org/x\r\n";
      writeFileSync(folder.join(".git", "config"), `[remote "origin"]\r\n${url}`);
      const lines = Array.from({ length: 10_000 }, (_, index) => `${COMMIT} refs/tags/t${index}`);
      writeFileSync(folder.join(".git", "packed-refs"), lines.join("\n"));
      const refs = folder.join(".git", "refs", "remotes", "origin");
      mkdirSync(refs, { recursive: true });
      for (let index = 0; index < 2000; index++) {
        writeFileSync(join(refs, `b${index}`), `ref: refs/tags/t${index}\n`);
      }
      writeFileSync(folder.join(".git", "HEAD"), `${COMMIT}\n`);
      expect(findCheckout(folder.path)?.repository).toBe("org/x");
    },
    GIT_MS,
  );

  test(
    "findCheckout() takes damaged packs, objects and settings for nothing",
    () => {
      using folder = createTempDir();
      const { dir } = clone(folder);
      const [pack = ""] = packs(dir);
      const bytes = readFileSync(pack);
      for (let at = 12; at < bytes.length; at += 97) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ 0x5a;
        rmSync(pack, { force: true });
        writeFileSync(pack, damaged);
        expect(["string", "undefined"]).toContain(
          typeof findCheckout(dir)?.commitOf("many/file-2.txt"),
        );
      }
      const index = pack.replace(/pack$/, "idx");
      for (const length of [0, 7, 1000, 1100]) {
        const whole = readFileSync(index);
        rmSync(index);
        writeFileSync(index, whole);
        truncateSync(index, length);
        expect(findCheckout(dir)?.commitOf("config.json")).toBeUndefined();
        rmSync(index);
        writeFileSync(index, whole);
      }
      writeFileSync(join(dir, ".git", "HEAD"), "ref: refs/../../config");
      expect(findCheckout(dir)).toBeUndefined();
      expect(existsSync(pack)).toBe(true);
    },
    GIT_MS,
  );
});

/** Commits one after the other that change a line each. */
function importHistory(cwd: string, count: number): void {
  const commits = Array.from({ length: count }, (_, index) => {
    const text = `{"revision": ${index}}\n`;
    const file = `M 100644 inline config.json\ndata ${text.length}\n${text}`;
    return `commit refs/heads/main\ncommitter a <a@b> ${1_700_000_000 + index} +0000\ndata 2\nc\n${file}\n`;
  });
  const { exitCode } = Bun.spawnSync(["git", "fast-import", "--quiet"], {
    cwd,
    stdin: Buffer.from(commits.join("")),
  });
  expect(exitCode).toBe(0);
}

function packs(dir: string): string[] {
  const folder = join(dir, ".git", "objects", "pack");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".pack"))
    .map((name) => join(folder, name));
}
