// Opening files that anybody may have made: truncated, failing, overlapping, with lengths that would fill the memory.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  assetSource,
  findAsset,
  hasPayload,
  openFile,
  requireAsset,
  verifyFile,
} from "../../src/format/index.ts";
import { MANIFEST_LENGTH_MAX } from "../../src/format/manifest.ts";
import { type ByteSource, MemorySource } from "../../src/io/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { FailingSource } from "../helper/failing-source.ts";

const GOOD = join(import.meta.dir, "../fixture/file/good");
const good = (name: string): Uint8Array => new Uint8Array(readFileSync(join(GOOD, `${name}.bin`)));
const source = (bytes: Uint8Array): ByteSource => new MemorySource(bytes, "x");
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe("openFile()", () => {
  for (const name of ["published-vector", "sealed", "sealed-with-signature"]) {
    test(`throws a coded error at every truncation of ${name}`, () => {
      const bytes = good(name);
      for (let length = 0; length < bytes.length; length += 1) {
        const error = thrownBy(() => openFile(source(bytes.subarray(0, length))));
        expect(error.code).toStartWith("FORMAT_");
      }
    });

    test(`throws a coded error or opens at every flipped bit of ${name}`, () => {
      const bytes = good(name);
      for (let index = 0; index < bytes.length * 8; index += 1) {
        bytes[index >> 3]! ^= 1 << (index & 7);
        try {
          openFile(source(bytes));
        } catch {
          expect(thrownBy(() => openFile(source(bytes))).code).toStartWith("FORMAT_");
        }
        bytes[index >> 3]! ^= 1 << (index & 7);
      }
    });

    test(`throws what a failing read throws, at every read of ${name}`, () => {
      const whole = new FailingSource(source(good(name)), Number.POSITIVE_INFINITY);
      openFile(whole);
      // The header, the tail, the manifest.
      expect(whole.readCount).toBe(3);
      for (let failAt = 0; failAt < whole.readCount; failAt += 1) {
        const failing = new FailingSource(source(good(name)), failAt);
        expect(thrownBy(() => openFile(failing)).code).toBe("IO_READ_FAILED");
      }
    });
  }

  test("finds every flipped bit of manifest, seal and footer and names the part in the code", () => {
    const bytes = good("sealed");
    const codes: Readonly<Record<string, string>> = {
      manifest: "FORMAT_DAMAGED_MANIFEST",
      seal: "FORMAT_DAMAGED_SEAL",
      footer: "FORMAT_DAMAGED_FOOTER",
    };
    for (const { part, byteOffset, byteLength } of verifyFile(source(bytes)).parts) {
      const code = codes[part];
      if (code === undefined) continue;
      for (let index = byteOffset * 8; index < (byteOffset + byteLength) * 8; index += 1) {
        bytes[index >> 3]! ^= 1 << (index & 7);
        expect(thrownBy(() => openFile(source(bytes))).code as string).toBe(code);
        bytes[index >> 3]! ^= 1 << (index & 7);
      }
    }
  });

  test("does not read or allocate what a length field claims", () => {
    const footer = good("published-vector").slice(-32);
    new DataView(footer.buffer).setBigUint64(20, BigInt(MANIFEST_LENGTH_MAX + 1), true);
    const reads: number[] = [];
    const huge: ByteSource = {
      name: "huge",
      byteLength: 2 ** 40,
      read(_, byteLength) {
        reads.push(byteLength);
        const bytes = new Uint8Array(byteLength);
        if (byteLength >= footer.length) bytes.set(footer, byteLength - footer.length);
        return bytes;
      },
    };
    const error = thrownBy(() => openFile(huge));
    expect(error.code).toBe("FORMAT_BAD_MANIFEST");
    expect(error.message).toContain(`1 to ${MANIFEST_LENGTH_MAX} are possible`);
    expect(reads).toEqual([4, 192]);
  });

  test("opens a file without seal and says so", () => {
    const opened = openFile(source(good("published-vector")));
    expect({ sealed: opened.sealed, seal: opened.seal }).toEqual({
      sealed: false,
      seal: undefined,
    });
    expect(opened.manifest.name).toBe("test-model");
  });

  test("tells where the signature block lies", () => {
    const bytes = good("sealed-with-signature");
    const opened = openFile(source(bytes));
    const { offset, byteLength } = opened.seal!.signature!;
    const start = opened.manifestByteOffset + offset;
    expect(text(bytes.subarray(start, start + byteLength))).toBe("signature block");
  });
});

describe("openFile() of parts that lie where they may not", () => {
  const BAD = join(import.meta.dir, "../fixture/file/bad");
  const cases = [
    {
      variant: "overlap",
      message:
        'its asset "config.json" has bytes 320 to 326, but its asset "model.onnx" ends at byte 321',
    },
    {
      variant: "in-manifest",
      message: 'its asset "model.onnx" has bytes 313 to 320, but its manifest ends at byte 314',
    },
    {
      variant: "into-footer",
      message: 'its asset "tokenizer.json" has bytes 327 to 337, but must end before byte 336',
    },
    {
      variant: "base-into-manifest",
      message: "its manifest has bytes 128 to ",
    },
    { variant: "signature-into-seal", message: "its signature has bytes " },
  ];
  for (const { variant, message } of cases) {
    test(`names both parts and their bytes: ${variant}`, () => {
      const path = join(BAD, `FORMAT_BAD_LAYOUT.${variant}.bin`);
      const error = thrownBy(() => openFile(source(new Uint8Array(readFileSync(path)))));
      expect(error.code).toBe("FORMAT_BAD_LAYOUT");
      expect(error.message).toStartWith(`Cannot open "x" as ${message}`);
    });
  }
});

describe("hasPayload()", () => {
  test("is true of files with a footer and false of others", () => {
    expect(hasPayload(source(good("sealed")))).toBe(true);
    expect(hasPayload(source(good("published-vector").subarray(-32)))).toBe(true);
    expect(hasPayload(source(new Uint8Array(31)))).toBe(false);
    expect(hasPayload(source(new Uint8Array(100)))).toBe(false);
  });
});

describe("assetSource()", () => {
  test("reads the asset and nothing beyond it", () => {
    const opened = openFile(source(good("published-vector")));
    const asset = requireAsset(opened, "tokenizer");
    const bounded = assetSource(opened, asset);
    expect(text(bounded.read(0, asset.byteLength))).toBe("tokenizer");
    expect(thrownBy(() => bounded.read(0, asset.byteLength + 1)).code).toBe("IO_OUT_OF_BOUNDS");
  });
});

describe("requireAsset()", () => {
  test("throws FORMAT_MISSING_ASSET for an empty slot, where findAsset() gives undefined", () => {
    const opened = openFile(source(good("published-vector")));
    expect(findAsset(opened, "transform")).toBeUndefined();
    const error = thrownBy(() => requireAsset(opened, "transform"));
    expect(error.code).toBe("FORMAT_MISSING_ASSET");
    expect(error.detail).toEqual({ expected: "transform" });
  });
});
