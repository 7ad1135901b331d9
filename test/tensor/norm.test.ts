// Lengths and angles of vectors, zero and extreme ones included.
import { describe, expect, test } from "bun:test";
import { cosine, l2Normalize, NORM_EPSILON } from "../../src/tensor/index.ts";
import { randomVector, seededRandom } from "../helper/seeded-random.ts";

describe("norm", () => {
  test("l2Normalize() divides by the length", () => {
    expect([...l2Normalize(Float32Array.of(3, -4))]).toEqual([Math.fround(0.6), Math.fround(-0.8)]);
  });

  test("l2Normalize() leaves the zero vector and its argument alone", () => {
    const zero = new Float32Array(3);
    expect([...l2Normalize(zero)]).toEqual([0, 0, 0]);
    const vector = Float32Array.of(0, 2);
    l2Normalize(vector);
    expect([...vector]).toEqual([0, 2]);
  });

  test("l2Normalize() divides vectors below the epsilon by the epsilon", () => {
    const tiny = NORM_EPSILON / 4;
    expect(l2Normalize(Float32Array.of(tiny))[0]).toBeCloseTo(0.25, 6);
  });

  test("l2Normalize() of the largest float32 does not overflow", () => {
    const largest = 3.4028234663852886e38;
    expect([...l2Normalize(Float32Array.of(largest, 0))]).toEqual([1, 0]);
  });

  test("l2Normalize() gives length 1 for 100 seeded vectors", () => {
    const random = seededRandom(21);
    for (let round = 0; round < 100; round++) {
      const unit = l2Normalize(randomVector(random, 384, 10 ** (6 * random() - 3)));
      const length = Math.hypot(...unit);
      expect(Math.abs(length - 1)).toBeLessThan(1e-6);
    }
  });

  test.each([
    [[1, 0], [0, 5], 0],
    [[1, 2], [2, 4], 1],
    [[1, 2], [-3, -6], -1],
    [[1, 1], [1, 0], Math.SQRT1_2],
    [[0, 0], [1, 0], 0],
  ])("cosine() of %j and %j is %p", (left, right, expected) => {
    expect(cosine(Float32Array.from(left), Float32Array.from(right))).toBeCloseTo(expected, 12);
  });
});
