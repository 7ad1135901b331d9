// The seal to the byte.
import { describe, expect, test } from "bun:test";
import { decodeSeal, encodeSeal, SEAL_LENGTH, statedByDamagedSeal } from "../../src/format/seal.ts";
import { sha256 } from "../../src/io/index.ts";
import { thrownBy } from "../helper/coded.ts";

const footer = new Uint8Array(32).fill(0x46);
const manifestSha256 = new Uint8Array(32).fill(0x4d);
const signature = { offset: 0x1000, byteLength: 64, sha256: new Uint8Array(32).fill(0x53) };

describe("encodeSeal()", () => {
  test("puts every field in its place", () => {
    const bytes = encodeSeal({ manifestSha256, footer, signature });
    expect(bytes).toHaveLength(SEAL_LENGTH);
    const head = `${"454e435345414c00"}${"01000000"}${"00000000"}${"4d".repeat(32)}${"46".repeat(32)}`;
    const place = `${"0010000000000000"}${"4000000000000000"}${"53".repeat(32)}`;
    expect(bytes.subarray(0, 128).toHex()).toBe(head + place);
    expect(bytes.subarray(128).toHex()).toBe(sha256(bytes.subarray(0, 128)).toHex());
  });

  test("is undone by decodeSeal()", () => {
    for (const seal of [
      { manifestSha256, footer, signature },
      { manifestSha256, footer, signature: undefined },
    ]) {
      expect(decodeSeal(encodeSeal(seal), "x")).toEqual(seal);
    }
  });
});

describe("decodeSeal()", () => {
  test("rejects every flipped bit", () => {
    const bytes = encodeSeal({ manifestSha256, footer, signature });
    for (let bit = 0; bit < SEAL_LENGTH * 8; bit += 1) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(thrownBy(() => decodeSeal(bytes, "x")).code).toBe("FORMAT_DAMAGED_SEAL");
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
  });

  test("rejects a version and a reserved field it does not know, even with a digest that fits", () => {
    for (const at of [8, 12]) {
      const bytes = encodeSeal({ manifestSha256, footer, signature });
      bytes[at] = 2;
      bytes.set(sha256(bytes.subarray(0, 128)), 128);
      const error = thrownBy(() => decodeSeal(bytes, "x"));
      expect(error.message).toContain("has an unknown version");
    }
  });
});

describe("statedByDamagedSeal()", () => {
  test("tells what the seal says although its digest does not fit", () => {
    const bytes = encodeSeal({ manifestSha256, footer, signature });
    bytes[159]! ^= 1;
    expect(statedByDamagedSeal(bytes)).toEqual({ manifestSha256, footer });
  });
});
