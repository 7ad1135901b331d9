// Every flipped bit is found and blamed on the right part; what nothing vouches for is said to be unchecked.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  openFile,
  type VerifiedPart,
  verifyFile,
  writeEncoderfile,
} from "../../src/format/index.ts";
import { FileRole } from "../../src/gen/manifest_pb.ts";
import { ModelType } from "../../src/gen/metadata_pb.ts";
import { type ByteSource, MemorySource } from "../../src/io/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { FailingSource } from "../helper/failing-source.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const GOOD = join(import.meta.dir, "../fixture/file/good");
const good = (name: string): Uint8Array => new Uint8Array(readFileSync(join(GOOD, `${name}.bin`)));
const source = (bytes: Uint8Array): ByteSource => new MemorySource(bytes, "x");
const text = (content: string): ByteSource => source(new TextEncoder().encode(content));

const label = (part: VerifiedPart): string =>
  part.name === undefined ? part.part : `${part.part} ${part.name}`;
const damagedParts = (bytes: Uint8Array): readonly string[] =>
  verifyFile(source(bytes))
    .parts.filter((part) => part.status === "damaged")
    .map(label);

/** The parts must cover the file without gap or overlap. */
function partAt(parts: readonly VerifiedPart[], byteOffset: number): VerifiedPart {
  const covering = parts.filter(
    (part) => byteOffset >= part.byteOffset && byteOffset < part.byteOffset + part.byteLength,
  );
  expect(covering).toHaveLength(1);
  return covering[0]!;
}

/** Flips the given bits of every byte and expects the part that covers the byte, and no other, to be blamed. */
function expectEveryFlipBlamed(
  bytes: Uint8Array,
  bitsOf: (byteOffset: number) => readonly number[],
) {
  const { ok, complete, parts } = verifyFile(source(bytes));
  expect({ ok, complete }).toEqual({ ok: true, complete: true });
  const wrong: string[] = [];
  const owners = parts.flatMap((part) => Array<string>(part.byteLength).fill(label(part)));
  expect(owners).toHaveLength(bytes.length);
  for (let byteOffset = 0; byteOffset < bytes.length; byteOffset += 1) {
    for (const bit of bitsOf(byteOffset)) {
      bytes[byteOffset]! ^= 1 << bit;
      const blamed = damagedParts(bytes).join();
      if (blamed !== owners[byteOffset]) wrong.push(`byte ${byteOffset} bit ${bit}: ${blamed}`);
      bytes[byteOffset]! ^= 1 << bit;
    }
  }
  expect(wrong).toEqual([]);
}

const ALL_BITS = [0, 1, 2, 3, 4, 5, 6, 7];

function writtenFile(): Uint8Array {
  using folder = createTempDir();
  const path = folder.join("x.encoderfile");
  const role = FileRole.LICENSE;
  const manifest = { modelType: ModelType.EMBEDDING, name: "written", version: "1" };
  const base = source(new Uint8Array(1000).fill(7));
  const assets = [
    { kind: "weights", content: text("weights") },
    { kind: "tokenizer", content: text("tokenizer") },
    { kind: "file", name: "LICENSE", role, content: text("free") },
  ] as const;
  writeEncoderfile({ base, manifest, assets }, path);
  return new Uint8Array(readFileSync(path));
}

describe("verifyFile() of sealed files", () => {
  test("finds every flipped bit of a small file and names its part", () => {
    expectEveryFlipBlamed(good("sealed"), () => ALL_BITS);
  });

  test("finds every flipped bit of a file with a signature block and names its part", () => {
    expectEveryFlipBlamed(good("sealed-with-signature"), () => ALL_BITS);
  });

  test("finds a flip of every byte of a file as written and names its part", () => {
    expectEveryFlipBlamed(writtenFile(), (byteOffset) => [byteOffset % 8]);
  }, 120_000);

  test("lists the parts in the order of the file", () => {
    const bytes = good("sealed-with-signature");
    const { parts, modelDigest } = verifyFile(source(bytes));
    expect(parts.map(label)).toEqual([
      ...["base", "padding", "manifest", "padding", "asset onnx/model.onnx", "padding"],
      ...["asset config.json", "padding", "asset tokenizer.json", "padding", "asset LICENSE"],
      ...["asset model.onnx_data", "signature", "seal", "footer"],
    ]);
    for (let byteOffset = 0; byteOffset < bytes.length; byteOffset += 1) partAt(parts, byteOffset);
    expect(modelDigest).toBe(openFile(source(bytes)).modelDigest);
  });

  test("states found and expected digests of a damaged asset", () => {
    const bytes = good("sealed");
    const { byteOffset } = openFile(source(bytes)).assets[0]!;
    bytes[byteOffset]! ^= 1;
    const report = verifyFile(source(bytes));
    expect(report.ok).toBe(false);
    const part = report.parts.find((part) => part.status === "damaged");
    expect(part?.expected).toBe(openFile(source(bytes)).assets[0]!.sha256);
    expect(part?.found).toHaveLength(64);
  });

  test("names the first byte of padding that is not zero", () => {
    const bytes = good("sealed");
    bytes[101] = 0xab;
    const part = verifyFile(source(bytes)).parts.find((part) => part.status === "damaged");
    expect(part).toMatchObject({ part: "padding", expected: "00", found: "ab" });
    expect(part?.message).toBe("Byte 101 is not zero");
  });

  test("goes on with the copy of a damaged footer and finds a second fault", () => {
    const bytes = good("sealed");
    bytes[bytes.length - 20]! ^= 0xff;
    bytes[0]! ^= 1;
    expect(damagedParts(bytes)).toEqual(["base", "footer"]);
  });

  test("accuses no part that only a damaged seal could clear", () => {
    const bytes = good("sealed");
    bytes.fill(0, bytes.length - 192, bytes.length - 32);
    const { parts, ok, complete } = verifyFile(source(bytes));
    expect({ ok, complete }).toEqual({ ok: false, complete: false });
    const unchecked = parts.filter((part) => part.status === "unchecked");
    expect(unchecked.map(label)).toEqual(["manifest", "footer"]);
    expect(damagedParts(bytes)).toEqual(["seal"]);
  });

  test("blames the manifest when an intact seal vouches for one that breaks the rules", () => {
    const path = join(import.meta.dir, "../fixture/file/bad/FORMAT_BAD_MANIFEST.name-twice.bin");
    expect(damagedParts(new Uint8Array(readFileSync(path)))).toEqual(["manifest"]);
  });

  test("blames the footer when an intact seal vouches for one that breaks the rules", () => {
    const bytes = good("sealed");
    const start = bytes.length - 192;
    bytes[start + 48 + 8] = 9;
    bytes[bytes.length - 32 + 8] = 9;
    const digest = new Bun.CryptoHasher("sha256").update(bytes.subarray(start, start + 128));
    bytes.set(new Uint8Array(digest.digest()), start + 128);
    expect(damagedParts(bytes)).toEqual(["footer"]);
  });
});

describe("verifyFile() of files without seal", () => {
  test("checks assets and says what nothing vouches for", () => {
    const { ok, complete, parts } = verifyFile(source(good("published-vector")));
    expect({ ok, complete }).toEqual({ ok: true, complete: false });
    expect(parts.map((part) => `${label(part)}: ${part.status}`)).toEqual([
      "base: unchecked",
      "manifest: unchecked",
      "asset model.onnx: intact",
      "asset config.json: intact",
      "asset tokenizer.json: intact",
      "footer: unchecked",
    ]);
    for (const { status, message } of parts)
      expect(message === undefined).toBe(status === "intact");
  });

  test("finds a flip of every byte of every asset and names it", () => {
    const bytes = good("published-vector");
    for (const { name, byteOffset, byteLength } of openFile(source(bytes)).assets) {
      for (let index = byteOffset; index < byteOffset + byteLength; index += 1) {
        bytes[index]! ^= 0x10;
        expect(damagedParts(bytes)).toEqual([`asset ${name}`]);
        bytes[index]! ^= 0x10;
      }
    }
  });

  test("says that bytes between the parts are covered by none", () => {
    const vector = good("published-vector");
    const bytes = new Uint8Array(vector.length + 4);
    bytes.set(vector.subarray(0, -32));
    bytes.set([1, 2, 3, 4], vector.length - 32);
    bytes.set(vector.subarray(-32), vector.length - 28);
    const gap = verifyFile(source(bytes)).parts.find((part) => part.part === "padding");
    expect(gap).toMatchObject({ status: "unchecked", byteLength: 4 });
  });
});

describe("verifyFile() of anything", () => {
  test("reports a damaged footer for what is no encoderfile", () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(31), new Uint8Array(1000)]) {
      expect(damagedParts(bytes)).toEqual(["footer"]);
    }
  });

  test("reports damage at every truncation and never throws", () => {
    for (const name of ["sealed", "published-vector"]) {
      const bytes = good(name);
      for (let length = 0; length < bytes.length; length += 1) {
        expect(verifyFile(source(bytes.subarray(0, length))).ok).toBe(false);
      }
    }
  });

  test("throws what a failing read throws, at every read", () => {
    const bytes = good("sealed");
    const whole = new FailingSource(source(bytes), Number.POSITIVE_INFINITY);
    expect(verifyFile(whole).ok).toBe(true);
    for (let failAt = 0; failAt < whole.readCount; failAt += 1) {
      const failing = new FailingSource(source(bytes), failAt);
      expect(thrownBy(() => verifyFile(failing)).code).toBe("IO_READ_FAILED");
    }
  });
});
