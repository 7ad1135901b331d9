// Files that someone made to pass: every digest is right, and still they are not what a writer makes.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import { baseStamp } from "../../src/about/index.ts";
import { payloadEnd, signedBase } from "../../src/executable/index.ts";
import { encodeFooter } from "../../src/format/footer.ts";
import { verifyFile, writeEncoderfile } from "../../src/format/index.ts";
import { encodeManifest } from "../../src/format/manifest.ts";
import { encodeSeal } from "../../src/format/seal.ts";
import { EncoderfileManifestSchema } from "../../src/gen/manifest_pb.ts";
import { ModelType } from "../../src/gen/metadata_pb.ts";
import { type ByteSource, MemorySource, overlaySource, sha256 } from "../../src/io/index.ts";
import { fakeBaseBytes } from "../helper/fake-base.ts";
import { setForeignHead } from "../helper/foreign-signature.ts";
import { machOBytes, PLACES } from "../helper/mach-o-file.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const source = (bytes: Uint8Array): ByteSource => new MemorySource(bytes, "x");

const BASE = (() => {
  const sign = (length: number) => {
    const identity = { version: "1", target: "darwin-arm64", onnxruntime: "2", length };
    const bytes = machOBytes({ text: baseStamp(identity) });
    return signedBase(source(bytes), payloadEnd(source(bytes)));
  };
  const base = sign(sign(0).byteLength);
  return base.read(0, base.byteLength);
})();

function written(base: ByteSource): Uint8Array {
  using folder = createTempDir();
  const manifest = {
    modelType: ModelType.EMBEDDING,
    name: "written",
    version: "1",
    base: { version: "1", target: "darwin-arm64", onnxruntimeVersion: "2" },
  };
  const assets = [{ kind: "model_config", content: source(Buffer.from("{}")) }] as const;
  writeEncoderfile({ base, manifest, assets }, folder.join("x"));
  return new Uint8Array(readFileSync(folder.join("x")));
}

const FILE = written(source(BASE));

function damagedParts(bytes: Uint8Array): readonly string[] {
  const { parts } = verifyFile(source(bytes));
  return parts.filter(({ status }) => status === "damaged").map(({ part }) => part);
}

/** A payload without assets, which begins right behind a base of this length and digest. */
function payloadFor(baseLength: number, baseSha256: Uint8Array) {
  const base = { length: BigInt(baseLength), sha256: baseSha256, version: "1" };
  const fields = { name: "x", version: "1", modelType: ModelType.EMBEDDING, base };
  const manifest = encodeManifest(create(EncoderfileManifestSchema, fields), "x");
  const place = { manifestByteOffset: baseLength, manifestByteLength: manifest.length };
  const footer = encodeFooter({ ...place, sealed: true });
  const seal = encodeSeal({ manifestSha256: sha256(manifest), footer, signature: undefined });
  return { manifest, seal, footer };
}

/** The bytes with a payload behind them: what our writer does with bases only. */
function asBase(bytes: Uint8Array): Uint8Array {
  const { manifest, seal, footer } = payloadFor(bytes.length, sha256(bytes));
  return Uint8Array.from(Buffer.concat([bytes, manifest, seal, footer]));
}

describe("verifyFile() of files made to pass", () => {
  test("verifyFile() calls no file intact whose signature is none, or hides something", () => {
    const end = payloadEnd(source(FILE));
    const withSignature = (signature: Uint8Array) => {
      const bytes = Uint8Array.from(Buffer.concat([FILE.subarray(0, end), signature]));
      setForeignHead(bytes, end, signature.length);
      return bytes;
    };
    for (const length of [16, 5000]) {
      expect(damagedParts(withSignature(new Uint8Array(length)))).toEqual(["code_signature"]);
    }
    const own = FILE.subarray(end);
    for (const more of [new Uint8Array(16), Buffer.from("hidden")]) {
      const bytes = withSignature(Buffer.concat([own, more]));
      expect(damagedParts(bytes)).toEqual(["code_signature"]);
    }
    const head = withSignature(new Uint8Array(16));
    new DataView(head.buffer).setBigUint64(PLACES.linkEditLength, 0n, true);
    new DataView(head.buffer).setBigUint64(PLACES.linkEditAddressLength, 0n, true);
    expect(damagedParts(head)).toEqual(["base", "code_signature"]);
  });

  test("verifyFile() reports a base that no signature could cover, of 4 GiB and sparse", () => {
    const signatureOffset = 0xffff_fff0;
    const baseLength = 0xfffe_0000;
    const head = machOBytes();
    const view = new DataView(head.buffer);
    view.setUint32(PLACES.signatureOffset, signatureOffset, true);
    view.setUint32(PLACES.signatureLength, 64, true);
    const fileLength = signatureOffset + 64 - 5000;
    view.setBigUint64(PLACES.linkEditLength, BigInt(fileLength), true);
    const memory = Math.ceil(fileLength / 16_384) * 16_384;
    view.setBigUint64(PLACES.linkEditAddressLength, BigInt(memory), true);
    view.setUint32(PLACES.stringsLength, 16, true);
    const { manifest, seal, footer } = payloadFor(baseLength, new Uint8Array(32));
    const zeros: ByteSource = {
      name: "x",
      byteLength: signatureOffset + 64,
      read: (_, byteLength) => new Uint8Array(byteLength),
    };
    const large = overlaySource(zeros, [
      { byteOffset: 0, bytes: head.subarray(0, 5000) },
      { byteOffset: baseLength, bytes: manifest },
      { byteOffset: signatureOffset - 192, bytes: seal },
      { byteOffset: signatureOffset - 32, bytes: footer },
    ]);
    const [base, ...others] = verifyFile(large).parts;
    expect(base).toMatchObject({ part: "base", status: "damaged" });
    expect(base?.message).toContain("executables for macOS hold at most 4294967295");
    expect(others.at(-1)).toMatchObject({ part: "code_signature", status: "damaged" });
  });

  test("verifyFile() refuses a file with a payload, or more than a base, as the base of another", () => {
    const linux = fakeBaseBytes();
    const carrying = written(source(linux));
    const cases: readonly (readonly [Uint8Array, string])[] = [
      [FILE, "It has a payload of its own"],
      [Uint8Array.from([...FILE, 0]), "It has a payload of its own"],
      [carrying, "It has a payload of its own"],
      [Uint8Array.from([...carrying, 0]), `It says of itself that it has ${linux.length} bytes`],
      [Uint8Array.from([...BASE, 0]), `It says of itself that it has ${BASE.length} bytes`],
    ];
    for (const [base, message] of cases) {
      const { ok, parts } = verifyFile(source(asBase(base)));
      expect([ok, parts[0]?.part, parts[0]?.status]).toEqual([false, "base", "damaged"]);
      expect(parts[0]?.message).toContain(message);
    }
    for (const base of [BASE, linux]) expect(verifyFile(source(asBase(base))).ok).toBe(true);
  });
});
