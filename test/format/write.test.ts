// Writing files: the published vector bit for bit, reproducibility, honesty about inputs that change, refusals.
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { AssertionError } from "../../src/error/index.ts";
import {
  type AssetInput,
  openFile,
  requireAsset,
  verifyFile,
  type WriteRequest,
  writeEncoderfile,
} from "../../src/format/index.ts";
import { FileRole, ProvenanceSchema } from "../../src/gen/manifest_pb.ts";
import { ModelType } from "../../src/gen/metadata_pb.ts";
import { type ByteSource, FileSource, MemorySource, sha256, toHex } from "../../src/io/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { FailingSource } from "../helper/failing-source.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const source = (text: string): ByteSource => new MemorySource(bytesOf(text), text);
const read = (path: string): Uint8Array => new Uint8Array(readFileSync(path));

const VECTOR: WriteRequest = {
  base: new MemorySource(new Uint8Array(128), "base"),
  manifest: { modelType: ModelType.EMBEDDING, name: "test-model", version: "0.1.0" },
  assets: [
    { kind: "tokenizer", content: source("tokenizer") },
    { kind: "weights", name: "onnx/model.onnx", content: source("weights") },
    { kind: "model_config", content: source("config") },
  ],
  compatibility: true,
};

const ASSETS: readonly AssetInput[] = [
  {
    kind: "file",
    name: "model.onnx_data",
    role: FileRole.EXTERNAL_DATA,
    content: source("tensor"),
  },
  { kind: "weights", name: "onnx/model.onnx", content: source("weights") },
  { kind: "file", name: "b", role: FileRole.OTHER, content: source("second") },
  { kind: "file", name: "a", role: FileRole.OTHER, content: source("first") },
  { kind: "tokenizer", content: source("tokenizer") },
  { kind: "model_config", name: "config.json", content: source("{}") },
];

const SEALED: WriteRequest = {
  base: source("base"),
  manifest: {
    ...VECTOR.manifest,
    base: { version: "0.1.0", target: "linux-x64", onnxruntimeVersion: "1.30.0" },
    builderVersion: "0.1.0",
  },
  assets: ASSETS,
};

describe("writeEncoderfile() in compatibility mode", () => {
  test("gives the published vector bit for bit", () => {
    using folder = createTempDir();
    writeEncoderfile(VECTOR, folder.join("x"));
    const expected = join(import.meta.dir, "../fixture/file/good/published-vector.bin");
    expect(read(folder.join("x")).toHex()).toBe(read(expected).toHex());
    const digest = "698182daba6463f5fa9a0a76fef32e25297071c0aec67437073ee1b189f34623";
    expect(toHex(sha256(read(folder.join("x"))))).toBe(digest);
  });

  test("leaves out every field that is not published", () => {
    using folder = createTempDir();
    const { manifest } = SEALED;
    writeEncoderfile({ ...VECTOR, manifest }, folder.join("x"));
    expect(read(folder.join("x"))).toHaveLength(368);
  });

  test("asserts that it gets slots only", () => {
    using folder = createTempDir();
    const request = { ...SEALED, compatibility: true };
    expect(() => writeEncoderfile(request, folder.join("x"))).toThrow(AssertionError);
  });
});

describe("writeEncoderfile()", () => {
  test("writes a file that opens and verifies, and returns what opening it tells", () => {
    using folder = createTempDir();
    const path = folder.join("new/folder/x");
    const result = writeEncoderfile(SEALED, path);
    const opened = openFile(new MemorySource(read(path), "x"));
    expect(opened.sealed).toBe(true);
    expect(opened.modelDigest).toBe(result.modelDigest);
    expect(opened.assets).toEqual(result.assets);
    expect(opened.manifest).toEqual(result.manifest);
    expect(opened.source.byteLength).toBe(result.byteLength);
    const { ok, complete } = verifyFile(opened.source);
    expect({ ok, complete }).toEqual({ ok: true, complete: true });
    expect(statSync(path).mode & 0o777).toBe(0o755);
  });

  test("puts small assets first and bulk assets last, aligned", () => {
    using folder = createTempDir();
    const { assets } = writeEncoderfile(SEALED, folder.join("x"));
    const inOrder = [...assets].sort((left, right) => left.byteOffset - right.byteOffset);
    expect(inOrder.map(({ name }) => name)).toEqual([
      ...["config.json", "tokenizer.json", "a", "b", "onnx/model.onnx", "model.onnx_data"],
    ]);
    for (const { byteOffset } of inOrder.slice(-2)) expect(byteOffset % 65_536).toBe(0);
  });

  test("gives the same bytes whatever the order of the inputs", () => {
    using folder = createTempDir();
    writeEncoderfile(SEALED, folder.join("one"));
    const assets = [...ASSETS].reverse();
    writeEncoderfile({ ...SEALED, assets }, folder.join("two"));
    expect(read(folder.join("two")).toHex()).toBe(read(folder.join("one")).toHex());
  });

  test("states length and digest of the base", () => {
    using folder = createTempDir();
    const { base } = writeEncoderfile(SEALED, folder.join("x")).manifest;
    expect(base).toMatchObject({
      target: "linux-x64",
      length: 4n,
      sha256: sha256(bytesOf("base")),
    });
  });

  test("fills in the digests of provenance for assets and keeps those that are given", () => {
    using folder = createTempDir();
    const given = new Uint8Array(32).fill(1);
    const provenance = create(ProvenanceSchema, {
      files: [
        { name: "README.md", sha256: given, length: 3n },
        { name: "onnx/model.onnx" },
        { name: "onnx/model.onnx_data" },
      ],
    });
    const manifest = { ...SEALED.manifest, provenance };
    const written = writeEncoderfile({ ...SEALED, manifest }, folder.join("x")).manifest;
    expect(written.provenance?.files).toMatchObject([
      { sha256: given, length: 3n },
      { sha256: sha256(bytesOf("weights")), length: 7n },
      { sha256: sha256(bytesOf("tensor")), length: 6n },
    ]);
    expect(provenance.files[1]?.sha256).toHaveLength(0);
  });

  test("asserts that provenance without a digest is an asset", () => {
    using folder = createTempDir();
    const provenance = create(ProvenanceSchema, { files: [{ name: "missing" }] });
    const manifest = { ...SEALED.manifest, provenance };
    const write = () => writeEncoderfile({ ...SEALED, manifest }, folder.join("x"));
    expect(write).toThrow(AssertionError);
  });

  test("asserts that a slot is filled once", () => {
    using folder = createTempDir();
    const assets = [...ASSETS, { kind: "weights", content: source("x") } as const];
    const write = () => writeEncoderfile({ ...SEALED, assets }, folder.join("x"));
    expect(write).toThrow(AssertionError);
  });

  test("reports progress up to the bytes it copies", () => {
    using folder = createTempDir();
    const seen: number[] = [];
    const { byteLength } = writeEncoderfile(SEALED, folder.join("x"), {
      onProgress: (done, total) => seen.push(done, total),
    });
    expect(seen.at(-2)).toBe(4 + 6 + 7 + 6 + 5 + 9 + 2);
    expect(seen.at(-1)).toBe(byteLength);
  });

  test("shows the digest of the base, and writes nothing when it is refused", () => {
    using folder = createTempDir();
    let seen = "";
    const { manifest } = writeEncoderfile(SEALED, folder.join("x"), {
      onBase: (digest) => {
        seen = toHex(digest);
      },
    });
    expect(seen).toBe(toHex(sha256(SEALED.base.read(0, SEALED.base.byteLength))));
    expect(toHex(manifest.base?.sha256 ?? new Uint8Array())).toBe(seen);
    const refuse = () => {
      throw new AssertionError("another base");
    };
    expect(() => writeEncoderfile(SEALED, folder.join("y"), { onBase: refuse })).toThrow();
    expect(readdirSync(folder.path)).toEqual(["x"]);
  });

  test("refuses a base that has a payload already", () => {
    using folder = createTempDir();
    writeEncoderfile(SEALED, folder.join("x"));
    using base = new FileSource(folder.join("x"));
    const error = thrownBy(() => writeEncoderfile({ ...SEALED, base }, folder.join("y")));
    expect(error.code).toBe("FORMAT_BASE_HAS_PAYLOAD");
    expect(existsSync(folder.join("y"))).toBe(false);
  });

  test("refuses bad names before it writes anything", () => {
    using folder = createTempDir();
    const content = source("x");
    const assets = [{ kind: "file", name: "../x", role: FileRole.OTHER, content } as const];
    const write = () => writeEncoderfile({ ...SEALED, assets }, folder.join("x"));
    expect(thrownBy(write).code).toBe("FORMAT_CANNOT_HOLD");
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("keeps an existing file without force and replaces it with force", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("x"), "old");
    const error = thrownBy(() => writeEncoderfile(SEALED, folder.join("x")));
    expect(error.code).toBe("IO_ALREADY_EXISTS");
    expect(readFileSync(folder.join("x"), "utf8")).toBe("old");
    writeEncoderfile(SEALED, folder.join("x"), { force: true });
    expect(openFile(new MemorySource(read(folder.join("x")), "x")).sealed).toBe(true);
  });

  test("leaves nothing behind when an input fails, at every read", () => {
    using folder = createTempDir();
    const whole = new FailingSource(source("weights"), Number.POSITIVE_INFINITY);
    const withContent = (content: ByteSource): WriteRequest => ({
      ...SEALED,
      assets: [{ kind: "weights", content }],
    });
    writeEncoderfile(withContent(whole), folder.join("x"));
    expect(whole.readCount).toBe(1);
    const failing = new FailingSource(source("weights"), 0);
    const error = thrownBy(() => writeEncoderfile(withContent(failing), folder.join("y")));
    expect(error.code).toBe("IO_READ_FAILED");
    expect(readdirSync(folder.path)).toEqual(["x"]);
  });

  test("refuses an input that changed since it was opened", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("model.onnx"), "weights");
    using content = new FileSource(folder.join("model.onnx"));
    writeFileSync(folder.join("model.onnx"), "another");
    const assets = [{ kind: "weights", content } as const];
    const error = thrownBy(() => writeEncoderfile({ ...SEALED, assets }, folder.join("x")));
    expect(error.code).toBe("IO_CHANGED");
    expect(readdirSync(folder.path)).toEqual(["model.onnx"]);
  });

  test("ships digests of the bytes it wrote even when a source lies", () => {
    using folder = createTempDir();
    let reads = 0;
    const content: ByteSource = {
      name: "changing",
      byteLength: 3,
      read: () => bytesOf(`v${++reads} `),
    };
    writeEncoderfile({ ...SEALED, assets: [{ kind: "weights", content }] }, folder.join("x"));
    const opened = openFile(new MemorySource(read(folder.join("x")), "x"));
    expect(requireAsset(opened, "weights").sha256).toBe(toHex(sha256(bytesOf("v1 "))));
    expect(verifyFile(opened.source).ok).toBe(true);
  });
});
