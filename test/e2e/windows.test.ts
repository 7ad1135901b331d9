// Files for Windows, which nothing here can run: their structure, taken apart by a reader of its own.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cachedDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import { openFile, verifyFile } from "../../src/format/index.ts";
import { FileSource } from "../../src/io/index.ts";
import { findTarget } from "../../src/target/index.ts";
import { nativeNeeds, type PeLayout, peLayout } from "../helper/native-needs.ts";
import { ROOT } from "../helper/source-tree.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { basePath, run, runWell } from "./executable.ts";

const TARGET = findTarget("windows-x64");
/** The name the loader of the runtime looks for, and the words its data end in. */
const BUN_SECTION = ".bun";
const BUN_END = "\n---- Bun! ----\n";
const CERTIFICATES = 4;

const folder = createTempDir();
let base: Buffer;
let layout: PeLayout;
let path: string;

beforeAll(async () => {
  base = readFileSync(basePath(TARGET.name));
  layout = peLayout(base);
  const { sentiment } = await cachedDemoModels();
  // No name is given, so that the builder finds one.
  const flags = ["--target", TARGET.name, "--base", basePath(TARGET.name), "--name", "mood"];
  await runWell([basePath(), "build", sentiment, ...flags], { cwd: folder.path });
  path = folder.join("mood.encoderfile.exe");
});
afterAll(() => folder[Symbol.dispose]());

/** What the runtime finds of the program: the section begins with the length of its data. */
function bunData(bytes: Buffer): Buffer {
  const section = peLayout(bytes).sections.find(({ name }) => name === BUN_SECTION);
  const at = section?.byteOffset ?? 0;
  const length = Number(bytes.readBigUInt64LE(at));
  expect(length).toBeLessThanOrEqual(section?.fileLength ?? 0);
  return bytes.subarray(at + 8, at + 8 + length);
}

describe("the base of windows-x64", () => {
  test("its sections follow each other to the end of the file, the program in the last", () => {
    const filled = layout.sections.filter(({ fileLength }) => fileLength > 0);
    for (const [index, section] of filled.entries()) {
      const next = filled[index + 1]?.byteOffset ?? base.length;
      expect(section.byteOffset + section.fileLength).toBe(next);
    }
    expect(filled.at(-1)?.name).toBe(BUN_SECTION);
    expect(layout.directory(CERTIFICATES)).toEqual({ address: 0, length: 0 });
  });

  test("the program ends as the runtime expects, and holds the native files whole", () => {
    const data = bunData(base);
    expect(data.toString("latin1", data.length - BUN_END.length)).toBe(BUN_END);
    const { onnxruntime } = TARGET;
    for (const file of [onnxruntime.library, onnxruntime.addon]) {
      const bytes = readFileSync(join(ROOT, "node_modules", onnxruntime.package, file));
      expect(data.includes(bytes)).toBe(true);
    }
    expect(data.includes("B:/~BUN/root/runtime/worker.js")).toBe(true);
  });

  test("neither it nor its native files need a library that is not listed", () => {
    const { libraries } = nativeNeeds(basePath(TARGET.name));
    const foreign = libraries.filter(
      (name) => !/^(?:api-ms-win-|ntdll|KERNEL32|bcrypt)/i.test(name),
    );
    expect(foreign).toEqual([]);
  });
});

describe("a file for windows-x64", () => {
  test("it is the base, unchanged, with the payload behind the last section", () => {
    const file = readFileSync(path);
    expect(file.subarray(0, base.length).equals(base)).toBe(true);
    const found = peLayout(file);
    expect(found.sections).toEqual(layout.sections);
    expect(found.end).toBe(base.length);
    expect(file.length).toBeGreaterThan(base.length);
    // A certificate would lie behind the payload and hide its footer.
    expect(found.directory(CERTIFICATES)).toEqual({ address: 0, length: 0 });
    expect(bunData(file).equals(bunData(base))).toBe(true);
  });

  test("it opens, and every byte is accounted for", () => {
    const source = new FileSource(path);
    try {
      const { manifest, assets } = openFile(source);
      expect(manifest.base?.target).toBe(TARGET.name);
      for (const { byteOffset } of assets) {
        expect(byteOffset).toBeGreaterThanOrEqual(base.length);
      }
      expect(verifyFile(source).ok).toBe(true);
    } finally {
      source.close();
    }
  });

  test("the base of this machine reads it", async () => {
    const { stdout } = await runWell([basePath(), "inspect", path, "--json"]);
    expect(stdout).toContain(TARGET.onnxruntime.version);
    expect(stdout).toContain(TARGET.name);
    expect((await run([basePath(), "verify", path])).exitCode).toBe(0);
  });
});
