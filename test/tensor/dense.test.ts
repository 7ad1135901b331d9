// Dense layers by hand, their exactness, and their independence of other rows.
import { describe, expect, test } from "bun:test";
import { dense, type Elementwise, type Matrix } from "../../src/tensor/index.ts";
import { randomVector, seededRandom } from "../helper/seeded-random.ts";

function matrix(rows: readonly (readonly number[])[]): Matrix {
  return { data: Float32Array.from(rows.flat()), rows: rows.length, columns: rows[0]!.length };
}

describe("dense", () => {
  // Five columns: four that are computed side by side and one that is left.
  const weight = Float32Array.of(1, 0, 0, 1, 1, 1, 2, -1, -3, 0.5);
  const vectors = matrix([
    [2, 3],
    [-1, 4],
  ]);

  test("dense() multiplies by the rows of the weight", () => {
    expect(dense(vectors, { weight, outWidth: 5, activation: "identity" })).toEqual(
      matrix([
        [2, 3, 5, 1, -4.5],
        [-1, 4, 3, -6, 5],
      ]),
    );
  });

  test("dense() adds the bias before the activation", () => {
    const bias = Float32Array.of(10, -10, 0.5, 0, 1);
    expect(dense(vectors, { weight, bias, outWidth: 5, activation: "relu" })).toEqual(
      matrix([
        [12, 0, 5.5, 1, 0],
        [9, 0, 3.5, 0, 6],
      ]),
    );
  });

  test("dense() by tanh rounds once, after the activation", () => {
    const found = dense(vectors, { weight, outWidth: 5, activation: "tanh" });
    const sums = [2, 3, 5, 1, -4.5, -1, 4, 3, -6, 5];
    expect(found.data).toEqual(Float32Array.from(sums, Math.tanh));
  });

  test("dense() adds in float64", () => {
    const wide = Float32Array.from({ length: 4096 }, () => 0.1);
    const ones = new Float32Array(4096).fill(1);
    const found = dense(
      { data: wide, rows: 1, columns: 4096 },
      { weight: ones, outWidth: 1, activation: "identity" },
    );
    expect(found.data[0]).toBe(Math.fround(4096 * Math.fround(0.1)));
  });

  test.each<Elementwise>(["identity", "tanh", "relu", "gelu", "sigmoid", "silu"])(
    "dense() by %s hides neither NaN nor infinity",
    (activation) => {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const options = { weight: Float32Array.of(1, 0), outWidth: 2, activation };
        const found = dense(matrix([[value]]), options);
        expect([...found.data]).toEqual([Number.NaN, Number.NaN]);
      }
    },
  );

  test("dense() of a row gives the same bits among any others", () => {
    const random = seededRandom(51);
    const [rows, columns, outWidth] = [17, 23, 11];
    const options = {
      weight: randomVector(random, outWidth * columns),
      bias: randomVector(random, outWidth),
      outWidth,
      activation: "gelu",
    } as const;
    const data = randomVector(random, rows * columns);
    const together = dense({ data, rows, columns }, options);
    for (let row = 0; row < rows; row++) {
      const alone = data.slice(row * columns, (row + 1) * columns);
      expect(dense({ data: alone, rows: 1, columns }, options).data).toEqual(
        together.data.slice(row * outWidth, (row + 1) * outWidth),
      );
    }
  });

  test("dense() refuses a weight of another size as a defect", () => {
    const options = { weight, outWidth: 4, activation: "identity" } as const;
    expect(() => dense(vectors, options)).toThrow("[out, in]");
  });
});
