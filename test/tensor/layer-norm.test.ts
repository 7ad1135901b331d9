// Layer normalisation against numbers worked out outside.
import { describe, expect, test } from "bun:test";
import { layerNorm } from "../../src/tensor/index.ts";

const close = (found: Float32Array, expected: readonly number[]) => {
  expect(found).toHaveLength(expected.length);
  found.forEach((value, index) => {
    expect(value).toBeCloseTo(expected[index]!, 6);
  });
};

describe("layerNorm", () => {
  const vectors = { data: Float32Array.of(1, 2, 4, -1, 0.5, 3), rows: 2, columns: 3 };

  test("layerNorm() normalises, scales and shifts each row", () => {
    const weight = Float32Array.of(1, 2, -1);
    const bias = Float32Array.of(0.5, 0, 1);
    const found = layerNorm(vectors, { weight, bias, epsilon: 1e-5 });
    expect([found.rows, found.columns]).toEqual([2, 3]);
    close(
      found.data,
      [
        -0.5690415314502977, -0.5345207657251491, -0.3363019143128718, -0.6111657580926078,
        -0.40406027567003916, -0.3131958959276271,
      ],
    );
  });

  test("layerNorm() without a bias has mean 0 and variance 1", () => {
    const weight = Float32Array.of(1, 1, 1);
    const { data } = layerNorm(vectors, { weight, epsilon: 1e-12 });
    // Deviations of 1, 2, 4 from 7/3 over the root of 14/9.
    close(
      data.subarray(0, 3),
      [-4, -1, 5].map((third) => third / Math.sqrt(14)),
    );
  });

  test("layerNorm() of equal numbers is the bias", () => {
    const same = { data: Float32Array.of(7, 7), rows: 1, columns: 2 };
    const options = { weight: Float32Array.of(3, 3), bias: Float32Array.of(1, 2), epsilon: 1e-5 };
    expect([...layerNorm(same, options).data]).toEqual([1, 2]);
  });

  test("layerNorm() of infinity is NaN", () => {
    const broken = { data: Float32Array.of(Number.POSITIVE_INFINITY, 1), rows: 1, columns: 2 };
    const { data } = layerNorm(broken, { weight: Float32Array.of(1, 1), epsilon: 1e-5 });
    expect([...data]).toEqual([Number.NaN, Number.NaN]);
  });
});
