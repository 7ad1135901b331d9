// float32 in JSON: nothing lost, nothing longer than needed.
import { expect, test } from "bun:test";
import { printFloat32s, shortestFloat32 } from "../../src/contract/float32.ts";

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

function* someFloats(count: number): Generator<number> {
  let state = 0x2545f491;
  for (let index = 0; index < count; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bits[0] = state;
    const value = float[0] ?? 0;
    if (Number.isFinite(value)) yield value;
    // The magnitudes of normalised vectors.
    yield Math.fround(((state >>> 0) / 2 ** 32 - 0.5) * 0.2);
  }
}

function shortestDigits(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const decimal = Number(value.toPrecision(digits));
    // A decimal within a rounding error of the boundary between two float32 does not count as readable.
    const neighbours = [decimal * (1 - Number.EPSILON), decimal * (1 + Number.EPSILON)];
    if (neighbours.every((neighbour) => Math.fround(neighbour) === value)) return digits;
  }
  return 9;
}

const digitsOf = (text: string) =>
  text.replace(/e.*$/, "").replace(/[-.]/g, "").replace(/^0+/, "").replace(/0+$/, "").length;

test("shortestFloat32() reads back as the same float32", () => {
  for (const value of someFloats(200_000)) {
    const text = String(shortestFloat32(value));
    if (Math.fround(Number(text)) !== value) throw new Error(`${value} printed as ${text}`);
  }
});

test("shortestFloat32() prints no digit more than needed", () => {
  for (const value of someFloats(20_000)) {
    const text = String(shortestFloat32(value));
    if (digitsOf(text) > shortestDigits(value)) throw new Error(`${value} printed as ${text}`);
  }
});

test.each([
  [0.1, "0.1"],
  [1 / 3, "0.33333334"],
  [-0.05, "-0.05"],
  [1, "1"],
  [0, "0"],
  [16_777_216, "16777216"],
  [3.4028234663852886e38, "3.4028235e+38"],
  [1.401298464324817e-45, "1e-45"],
  [1.17549435e-38, "1.1754944e-38"],
  [0.999999940395, "0.99999994"],
  [9.999999747378752e-6, "0.00001"],
])("shortestFloat32() prints float32(%d) as %s", (value, expected) => {
  expect(String(shortestFloat32(Math.fround(value)))).toBe(expected);
});

test("printFloat32s() prints what JSON.parse() and fround() read back bit for bit", () => {
  const values = Float32Array.from(someFloats(1_000));
  const read = Float32Array.from(JSON.parse(`[${printFloat32s(values)}]`));
  expect(Buffer.from(read.buffer).equals(Buffer.from(values.buffer))).toBe(true);
});
