// Files for macOS: the payload lies before the code signature, which is made anew, and every byte is accounted for.
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { baseStamp } from "../../src/about/index.ts";
import { canonicalBase, payloadEnd, signedBase } from "../../src/executable/index.ts";
import {
  extractAssets,
  hasPayload,
  openFile,
  type VerifiedPart,
  verifyFile,
  type WriteRequest,
  writeEncoderfile,
} from "../../src/format/index.ts";
import { ModelType } from "../../src/gen/metadata_pb.ts";
import { type ByteSource, FileSource, MemorySource, sha256, toHex } from "../../src/io/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { FailingSource } from "../helper/failing-source.ts";
import { foreignlySigned } from "../helper/foreign-signature.ts";
import { machOFaults } from "../helper/mach-o-check.ts";
import { type MachOOptions, machOBytes, PLACES } from "../helper/mach-o-file.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const source = (bytes: Uint8Array): ByteSource => new MemorySource(bytes, "x");
const text = (content: string): ByteSource => source(new TextEncoder().encode(content));
const read = (path: string): Uint8Array => new Uint8Array(readFileSync(path));

function baseBytes(options: MachOOptions = {}): Uint8Array {
  const sign = (length: number) => {
    const identity = { version: "1", target: "darwin-arm64", onnxruntime: "2", length };
    const bytes = machOBytes({ ...options, text: baseStamp(identity) });
    return signedBase(source(bytes), payloadEnd(source(bytes)));
  };
  const base = sign(sign(0).byteLength);
  return base.read(0, base.byteLength);
}

const BASE = baseBytes();

function request(base: ByteSource = source(BASE)): WriteRequest {
  return {
    base,
    manifest: {
      modelType: ModelType.EMBEDDING,
      name: "written",
      version: "1",
      base: { version: "1", target: "darwin-arm64", onnxruntimeVersion: "2" },
    },
    assets: [
      { kind: "tokenizer", content: text("tokenizer") },
      { kind: "model_config", content: text("{}") },
    ],
  };
}

function written(base?: ByteSource): Uint8Array {
  using folder = createTempDir();
  writeEncoderfile(request(base), folder.join("x"));
  return read(folder.join("x"));
}

const FILE = written();

const label = (part: VerifiedPart): string =>
  part.name === undefined ? part.part : `${part.part} ${part.name}`;
const damagedParts = (bytes: Uint8Array): readonly string[] =>
  verifyFile(source(bytes))
    .parts.filter((part) => part.status === "damaged")
    .map(label);

function patched(byteOffset: number, value: number): Uint8Array {
  const bytes = FILE.slice();
  new DataView(bytes.buffer).setUint32(byteOffset, value, true);
  return bytes;
}

describe("writeEncoderfile() with a signed base", () => {
  test("writeEncoderfile() makes an executable that holds, with the payload before the signature", () => {
    expect(machOFaults(BASE)).toEqual([]);
    expect(machOFaults(FILE)).toEqual([]);
    const end = payloadEnd(source(FILE));
    expect(new TextDecoder().decode(FILE.subarray(end - 32, end - 25))).toBe("ENCFILE");
    expect(hasPayload(source(FILE))).toBe(true);
    expect(hasPayload(source(BASE))).toBe(false);
  });

  test("writeEncoderfile() states the digest of the base as it was released", () => {
    const { base } = openFile(source(FILE)).manifest;
    expect(toHex(base?.sha256 ?? BASE)).toBe(toHex(sha256(BASE)));
    expect(Number(base?.length)).toBe(payloadEnd(source(BASE)));
    const canonical = canonicalBase(source(FILE));
    expect(canonical.read(0, canonical.byteLength)).toEqual(BASE);
  });

  test("writeEncoderfile() makes the same bytes from the base, from what another signer made of it, and again", () => {
    const unsigned = machOBytes({
      text: new TextDecoder("latin1").decode(BASE.subarray(2500, 2620)),
    });
    for (const base of [BASE, unsigned]) expect(written(source(base))).toEqual(FILE);
  });

  test.each<[MachOOptions]>([
    [{ textLength: 70_000 }],
    [{ textLength: 65_500, stringsLength: 20 }],
    [{ textLength: 2 ** 20 + 4000, arch: "x64" }],
    [{ without: ["strings"] }],
  ])("writeEncoderfile() is right for bases of other shapes: %j", (options) => {
    const base = baseBytes(options);
    const bytes = written(source(base));
    expect(machOFaults(bytes).filter((fault) => !fault.startsWith("a gap"))).toEqual([]);
    const { ok, complete } = verifyFile(source(bytes));
    expect({ ok, complete }).toEqual({ ok: true, complete: true });
  });

  test("writeEncoderfile() reports progress and what fails, and leaves nothing behind", () => {
    using folder = createTempDir();
    let last = 0;
    const onProgress = (done: number) => {
      last = done;
    };
    writeEncoderfile(request(), folder.join("x"), { onProgress });
    expect(last).toBeGreaterThan(4000);
    const whole = new FailingSource(source(BASE), Number.POSITIVE_INFINITY);
    written(whole);
    for (let failAt = 0; failAt < whole.readCount; failAt++) {
      const failing = request(new FailingSource(source(BASE), failAt));
      const error = thrownBy(() => writeEncoderfile(failing, folder.join("y")));
      expect(error.code).toBe("IO_READ_FAILED");
    }
    expect(readdirSync(folder.path)).toEqual(["x"]);
  });

  test("writeEncoderfile() reports a signed base that changes while it is copied", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("base"), BASE);
    using base = new FileSource(folder.join("base"));
    writeFileSync(folder.join("base"), Buffer.concat([BASE, BASE]));
    const write = () => writeEncoderfile(request(base), folder.join("x"));
    expect(thrownBy(write).code).toBe("IO_CHANGED");
  });

  test("writeEncoderfile() leaves the signature alone in compatibility mode, as the published writer does", () => {
    using folder = createTempDir();
    const { base: _, ...manifest } = request().manifest;
    writeEncoderfile({ ...request(), manifest, compatibility: true }, folder.join("x"));
    const bytes = read(folder.join("x"));
    expect(toHex(bytes.slice(0, BASE.length))).toBe(toHex(BASE));
    expect(payloadEnd(source(bytes))).toBe(bytes.length);
    expect(openFile(source(bytes)).manifest.name).toBe("written");
    expect(verifyFile(source(bytes)).ok).toBe(true);
  });

  test("writeEncoderfile() refuses a signed base with a payload", () => {
    expect(thrownBy(() => written(source(FILE))).code).toBe("FORMAT_BASE_HAS_PAYLOAD");
  });
});

test("extractAssets() finds the assets before the signature", async () => {
  using folder = createTempDir();
  await extractAssets(openFile(source(FILE)), folder.join("out"));
  expect(readFileSync(folder.join("out/tokenizer.json"), "utf8")).toBe("tokenizer");
});

describe("openFile() of signed files", () => {
  test("openFile() throws a coded error at every truncation", () => {
    const lengths = [
      ...Array.from({ length: 400 }, (_, index) => index),
      ...Array.from({ length: 3000 }, (_, index) => FILE.length - 1 - index),
    ];
    for (const length of lengths) {
      expect(thrownBy(() => openFile(source(FILE.subarray(0, length)))).code).toMatch(/^FORMAT_/);
      expect(verifyFile(source(FILE.subarray(0, length))).ok).toBe(false);
    }
  });

  test("openFile() and verifyFile() throw what a failing read throws, at every read", () => {
    for (const action of [openFile, verifyFile]) {
      const whole = new FailingSource(source(FILE), Number.POSITIVE_INFINITY);
      action(whole);
      for (let failAt = 0; failAt < whole.readCount; failAt++) {
        const failing = new FailingSource(source(FILE), failAt);
        expect(thrownBy(() => action(failing)).code).toBe("IO_READ_FAILED");
      }
    }
  });
});

describe("verifyFile() of signed files", () => {
  test("verifyFile() lists the parts, the code signature last", () => {
    const { ok, complete, parts, byteLength } = verifyFile(source(FILE));
    expect({ ok, complete, byteLength }).toEqual({
      ok: true,
      complete: true,
      byteLength: FILE.length,
    });
    expect(parts.map(label)).toEqual([
      ...["base", "padding", "manifest", "padding", "asset config.json", "padding"],
      ...["asset tokenizer.json", "padding", "seal", "footer", "code_signature"],
    ]);
    let position = 0;
    for (const part of parts) {
      expect(part.byteOffset).toBe(position);
      position += part.byteLength;
    }
    expect(position).toBe(FILE.length);
  });

  test("verifyFile() finds a flip of every byte of a signed file and names its part", () => {
    const bytes = FILE.slice();
    const owners = verifyFile(source(bytes)).parts.flatMap((part) =>
      Array<string>(part.byteLength).fill(label(part)),
    );
    const padding = verifyFile(source(bytes)).parts[1]!;
    const wrong: string[] = [];
    for (let byteOffset = 0; byteOffset < bytes.length; byteOffset++) {
      // Nearly all of the file is one run of zeros: some of its bytes stand for the others.
      const inside = byteOffset - padding.byteOffset;
      if (inside > 100 && inside < padding.byteLength - 100 && inside % 101 !== 0) continue;
      const isHead = byteOffset < 320;
      for (const bit of isHead ? [0, 1, 2, 3, 4, 5, 6, 7] : [byteOffset % 8]) {
        bytes[byteOffset]! ^= 1 << bit;
        const blamed = damagedParts(bytes).join();
        if (blamed !== owners[byteOffset]) wrong.push(`byte ${byteOffset} bit ${bit}: ${blamed}`);
        bytes[byteOffset]! ^= 1 << bit;
      }
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  test("verifyFile() says what is wrong with a signature", () => {
    const end = payloadEnd(source(FILE));
    const of = (bytes: Uint8Array) =>
      verifyFile(source(bytes)).parts.find((part) => part.status === "damaged");
    const field = FILE.slice();
    field[end + 35]! ^= 1;
    expect(of(field)).toMatchObject({
      part: "code_signature",
      message: "Its field flags is not what it must be",
      found: "00020003",
      expected: "00020002",
    });
    const digest = FILE.slice();
    digest[end + 128 + 32]! ^= 1;
    const part = of(digest);
    expect(part?.message).toBe("The digest of the page at byte 4096 is not that of the page");
    expect(part?.found).toHaveLength(64);
  });

  test("verifyFile() calls a signature unchecked beside a damaged part, whose pages it does not fit", () => {
    const places = verifyFile(source(FILE)).parts;
    const asset = places.find(({ part }) => part === "asset")!.byteOffset;
    for (const byteOffset of [0, 3000, asset]) {
      const bytes = FILE.slice();
      bytes[byteOffset]! ^= 1;
      const { parts, ok, complete } = verifyFile(source(bytes));
      expect({ ok, complete }).toEqual({ ok: false, complete: false });
      expect(parts.at(-1)).toMatchObject({ part: "code_signature", status: "unchecked" });
      expect(parts.at(-1)?.message).toContain("does not fit the damaged part");
      // A fault of its own is still told.
      bytes[payloadEnd(source(FILE)) + 35]! ^= 1;
      expect(verifyFile(source(bytes)).parts.at(-1)?.status).toBe("damaged");
    }
  });

  test.each([
    ["magic", 0, 1, "Its header is not that of an executable for macOS"],
    ["place", PLACES.signatureOffset, 16, "do not fit the code signature"],
    ["length", PLACES.linkEditAddressLength, 1, "do not fit the code signature"],
    ["the signature's command", PLACES.signatureOffset - 8, 99, "it must have a code signature"],
  ])("verifyFile() says what is wrong with load commands: %s", (_what, place, value, message) => {
    const [part] = verifyFile(source(patched(place, value))).parts;
    expect(part).toMatchObject({ part: "base", status: "damaged" });
    expect(part?.message).toContain(message);
  });

  test("verifyFile() checks a file that another program signed, but for who that is", () => {
    const end = payloadEnd(source(FILE));
    const other = foreignlySigned(FILE, end);
    const { ok, complete, parts } = verifyFile(source(other));
    expect({ ok, complete }).toEqual({ ok: true, complete: false });
    expect(parts.at(-1)).toMatchObject({ part: "code_signature", status: "unchecked" });
    expect(openFile(source(other)).sealed).toBe(true);
    other[3000]! ^= 1;
    expect(damagedParts(other)).toEqual(["base"]);
    other[3000]! ^= 1;
    other[end + 600]! ^= 1;
    expect(damagedParts(other)).toEqual(["code_signature"]);
    // Without its segment the base cannot be what it was.
    other[end + 600]! ^= 1;
    other[PLACES.linkEditAddress - 10]! ^= 1;
    const [base] = verifyFile(source(other)).parts;
    expect(base).toMatchObject({ part: "base", status: "damaged" });
    expect(base?.message).toContain("it must have a segment __LINKEDIT");
  });

  test("verifyFile() blames the signature alone when the file was cut within it or right before it", () => {
    const end = payloadEnd(source(FILE));
    for (const length of [FILE.length - 1, end + 5, end]) {
      expect(damagedParts(FILE.subarray(0, length))).toEqual(["code_signature"]);
    }
    expect(damagedParts(FILE.subarray(0, end - 1))).toEqual(["footer"]);
    const error = thrownBy(() => openFile(source(FILE.subarray(0, end))));
    expect(error.code).toBe("FORMAT_BAD_LAYOUT");
    expect(error.message).toContain(`found a file of ${end} bytes: it was cut short, get it anew`);
  });

  test("verifyFile() reports a damaged footer for a signed base without payload", () => {
    expect(damagedParts(BASE)).toEqual(["footer"]);
  });
});
