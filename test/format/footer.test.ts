// The footer to the byte, against the published vector.
import { describe, expect, test } from "bun:test";
import { AssertionError } from "../../src/error/index.ts";
import { decodeFooter, encodeFooter, FOOTER_LENGTH } from "../../src/format/footer.ts";
import { thrownBy } from "../helper/coded.ts";

const PUBLISHED = "454e4346494c4500010000008000000000000000ba0000000000000001000000";

describe("encodeFooter()", () => {
  test("gives the bytes of the published vector", () => {
    const footer = { manifestByteOffset: 128, manifestByteLength: 186, sealed: false };
    expect(encodeFooter(footer).toHex()).toBe(PUBLISHED);
    expect(decodeFooter(Uint8Array.fromHex(PUBLISHED), "x")).toEqual(footer);
  });

  test("is undone by decodeFooter()", () => {
    for (const sealed of [false, true]) {
      for (const number of [0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
        const footer = { manifestByteOffset: number, manifestByteLength: number, sealed };
        expect(decodeFooter(encodeFooter(footer), "x")).toEqual(footer);
      }
    }
  });

  test("asserts that numbers are exact", () => {
    const footer = { manifestByteOffset: 2 ** 53, manifestByteLength: 1, sealed: true };
    expect(() => encodeFooter(footer)).toThrow(AssertionError);
  });
});

describe("decodeFooter()", () => {
  const cases = [
    { what: "magic", at: 0, hex: "00", code: "FORMAT_NOT_ENCODERFILE" },
    { what: "version 0", at: 8, hex: "00", code: "FORMAT_UNKNOWN_VERSION" },
    { what: "version 2", at: 8, hex: "02", code: "FORMAT_UNKNOWN_VERSION" },
    { what: "high version", at: 11, hex: "01", code: "FORMAT_UNKNOWN_VERSION" },
    { what: "flags 0", at: 28, hex: "00", code: "FORMAT_UNKNOWN_FLAG" },
    { what: "seal without protobuf", at: 28, hex: "02", code: "FORMAT_UNKNOWN_FLAG" },
    { what: "bit 31", at: 31, hex: "80", code: "FORMAT_UNKNOWN_FLAG" },
    { what: "offset 2^53", at: 18, hex: "20", code: "FORMAT_BAD_FOOTER" },
    { what: "length 2^63", at: 27, hex: "80", code: "FORMAT_BAD_FOOTER" },
  ];
  for (const { what, at, hex, code } of cases) {
    test(`rejects ${what}`, () => {
      const bytes = Uint8Array.fromHex(PUBLISHED);
      bytes.set(Uint8Array.fromHex(hex), at);
      const error = thrownBy(() => decodeFooter(bytes, "x"));
      expect(error.code as string).toBe(code);
      expect(Object.keys(error.detail)).toEqual(["found", "expected"]);
    });
  }

  test("works on a view into a larger buffer", () => {
    const larger = new Uint8Array(100);
    larger.set(Uint8Array.fromHex(PUBLISHED), 7);
    expect(decodeFooter(larger.subarray(7, 7 + FOOTER_LENGTH), "x").manifestByteOffset).toBe(128);
  });
});
