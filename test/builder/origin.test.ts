// Repository and commit in the manifest: stated of every file, or not at all.
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import type { BuildResult } from "../../src/builder/index.ts";
import { openFile } from "../../src/format/index.ts";
import { FileSource, listFiles } from "../../src/io/index.ts";
import { build, decisionsOf } from "../helper/build-model.ts";
import { createTempDir, type TempDir } from "../helper/temp-dir.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const OTHER = "a".repeat(40);

function gitId(path: string): string {
  const bytes = readFileSync(path);
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

const LIMITS = { depthMax: 3, entriesMax: 100 };

/** A model as a snapshot in the cache of the hub's client. */
async function snapshotOf(folder: TempDir): Promise<string> {
  const dir = await makeFixture({ head: "sentence-embedding", externalData: true });
  const root = folder.join("hub", "models--org--tiny-bert");
  const snapshot = join(root, "snapshots", COMMIT);
  mkdirSync(join(root, "blobs"), { recursive: true });
  for (const name of listFiles(dir, LIMITS)) {
    const id = gitId(join(dir, name));
    copyFileSync(join(dir, name), join(root, "blobs", id));
    mkdirSync(dirname(join(snapshot, name)), { recursive: true });
    symlinkSync(join(root, "blobs", id), join(snapshot, name));
  }
  return snapshot;
}

/** A model as the hub's client puts it into a folder, with its notes. */
async function downloadOf(folder: TempDir): Promise<string> {
  const dir = await makeFixture({ head: "sentence-embedding" });
  const copy = folder.join("tiny-bert");
  for (const name of listFiles(dir, LIMITS)) {
    mkdirSync(dirname(join(copy, name)), { recursive: true });
    copyFileSync(join(dir, name), join(copy, name));
    note(copy, name, COMMIT);
  }
  return copy;
}

function note(dir: string, name: string, commit: string): void {
  const path = join(dir, ".cache/huggingface/download", `${name}.metadata`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${commit}\n${gitId(join(dir, name))}\n1712656091.123\n`);
}

function originOf(result: BuildResult) {
  using source = new FileSource(result.path);
  const { repository, revision } = openFile(source).manifest.provenance ?? {};
  return { repository, revision, told: decisionsOf(result)["repository"] };
}

const UNKNOWN = { repository: "", revision: "" };

describe("readOrigin()", () => {
  test("readOrigin() states repository and commit of an unchanged snapshot, data of the graph included", async () => {
    using folder = createTempDir();
    const snapshot = await snapshotOf(folder);
    const result = build(folder, snapshot);
    expect(result.name).toBe("tiny-bert");
    const known = { repository: "org/tiny-bert", revision: COMMIT };
    const told = `org/tiny-bert at ${COMMIT} (a snapshot in the hub's cache, which does not tell of which hub)`;
    expect(originOf(result)).toEqual({ ...known, told });
    symlinkSync(snapshot, folder.join("link"));
    expect(originOf(build(folder, `${folder.join("link")}/`))).toMatchObject(known);
  });

  test.each(["config.json", "model.onnx_data"])(
    "readOrigin() states nothing when %s was changed",
    async (name) => {
      using folder = createTempDir();
      const snapshot = await snapshotOf(folder);
      const bytes = readFileSync(join(snapshot, name));
      // Data may be longer than the graph needs, and JSON may end in spaces.
      writeFileSync(join(snapshot, name), Buffer.concat([bytes, Buffer.from(" ")]));
      expect(originOf(build(folder, snapshot))).toEqual({
        ...UNKNOWN,
        told: `not stated (a snapshot in the hub's cache, but ${name} is not as in a commit of it)`,
      });
    },
  );

  test.each([
    ["https://mirror.example", "https://mirror.example", ", of https://mirror.example"],
    ["https://huggingface.co", "", ""],
    ["file:///etc", "", ", which does not tell of which hub"],
  ])("readOrigin() of a snapshot noted to be of %s", async (noted, endpoint, told) => {
    using folder = createTempDir();
    const snapshot = await snapshotOf(folder);
    const note = JSON.stringify({ endpoints: { [COMMIT]: noted, x: 1 } });
    writeFileSync(join(snapshot, "../..", ".encoderfile.json"), note);
    const result = build(folder, snapshot);
    using source = new FileSource(result.path);
    expect(openFile(source).manifest.provenance?.endpoint).toBe(endpoint);
    expect(originOf(result).told).toEndWith(`(a snapshot in the hub's cache${told})`);
  });

  test("readOrigin() says why a clone states nothing", async () => {
    using folder = createTempDir();
    const dir = await downloadOf(folder);
    rmSync(join(dir, ".cache"), { recursive: true });
    mkdirSync(join(dir, ".git"));
    writeFileSync(join(dir, ".git/HEAD"), COMMIT);
    const url = "https://huggingface.co/org/x";
    writeFileSync(join(dir, ".git/config"), `[remote "origin"]\n\turl = ${url}\n`);
    expect(originOf(build(folder, dir))).toEqual({
      ...UNKNOWN,
      told: `not stated (a git clone, but no branch of origin leads to commit ${COMMIT}, which is checked out)`,
    });
  });

  test("readOrigin() states nothing when a file is from elsewhere", async () => {
    using folder = createTempDir();
    const snapshot = await snapshotOf(folder);
    copyFileSync(join(snapshot, "tokenizer.json"), folder.join("tokenizer.json"));
    const result = build(folder, snapshot, { tokenizer: folder.join("tokenizer.json") });
    expect(originOf(result)).toMatchObject(UNKNOWN);
  });

  test("readOrigin() states the commit alone where the notes of the hub's client tell no more", async () => {
    using folder = createTempDir();
    const dir = await downloadOf(folder);
    const told = `commit ${COMMIT} (notes of the hub's client)`;
    expect(originOf(build(folder, dir))).toEqual({ repository: "", revision: COMMIT, told });
    note(dir, "config.json", OTHER);
    expect(originOf(build(folder, dir))).toEqual({
      ...UNKNOWN,
      told: "not stated (notes of the hub's client, but the files are of different commits)",
    });
  });

  test("readOrigin() builds without a statement when the notes cannot be read", async () => {
    using folder = createTempDir();
    const dir = await downloadOf(folder);
    writeFileSync(
      join(dir, ".cache/huggingface/download/config.json.metadata"),
      new Uint8Array([0xff, 0xfe]),
    );
    expect(originOf(build(folder, dir))).toMatchObject(UNKNOWN);
  });
});
