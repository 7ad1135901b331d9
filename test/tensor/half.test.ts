// Half precision against the definition of IEEE 754, every pattern.
import { describe, expect, test } from "bun:test";
import { float16ToFloat32 } from "../../src/tensor/index.ts";

/** What IEEE 754 says a binary16 pattern is. */
function decode(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

describe("half", () => {
  test.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125],
    [0x7bff, 65504],
    [0x0400, 6.103515625e-5],
    [0x0001, 2 ** -24],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
  ])("float16ToFloat32() of the bits %p is %p", (bits, expected) => {
    expect(float16ToFloat32(Uint16Array.of(bits))[0]).toBe(expected);
  });

  test("float16ToFloat32() is exact for all 65,536 patterns", () => {
    const bits = Uint16Array.from({ length: 0x10000 }, (_, pattern) => pattern);
    const widened = float16ToFloat32(bits);
    expect(bits.findIndex((pattern) => !Object.is(widened[pattern], decode(pattern)))).toBe(-1);
  });

  test("float16ToFloat32() reads a view in the middle of a buffer", () => {
    const bits = Uint16Array.of(0, 0x3c00, 0x4000, 0).subarray(1, 3);
    expect([...float16ToFloat32(bits)]).toEqual([1, 2]);
  });
});
