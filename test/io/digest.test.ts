// SHA-256 of bytes and of ranges of sources.
import { describe, expect, test } from "bun:test";
import {
  createSha256,
  equalBytes,
  MemorySource,
  SHA256_BYTE_LENGTH,
  sha256,
  sha256Source,
  toHex,
} from "../../src/io/index.ts";

const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const abc = new TextEncoder().encode("abc");

describe("sha256()", () => {
  test("agrees with the standard's example", () => {
    expect(toHex(sha256(abc))).toBe(ABC);
    expect(sha256(new Uint8Array(0))).toHaveLength(SHA256_BYTE_LENGTH);
  });
});

describe("sha256Source()", () => {
  test("hashes the whole source or a range of it", () => {
    const source = new MemorySource(new TextEncoder().encode("xabcx"), "x");
    expect(toHex(sha256Source(source, { byteOffset: 1, byteLength: 3 }))).toBe(ABC);
    expect(toHex(sha256Source(new MemorySource(abc, "x")))).toBe(ABC);
  });

  test("does not depend on where chunks end", () => {
    const bytes = Uint8Array.from({ length: 3 * 1024 * 1024 + 1 }, (_, index) => index % 251);
    expect(toHex(sha256Source(new MemorySource(bytes, "x")))).toBe(toHex(sha256(bytes)));
  });
});

test("createSha256() hashes piece by piece", () => {
  const hash = createSha256();
  for (const byte of abc) hash.update(Uint8Array.of(byte));
  expect(toHex(hash.digest())).toBe(ABC);
});

test("equalBytes() compares length and content", () => {
  expect(equalBytes(abc, abc.slice())).toBe(true);
  expect(equalBytes(abc, abc.subarray(0, 2))).toBe(false);
  expect(equalBytes(abc, Uint8Array.of(97, 98, 100))).toBe(false);
});
