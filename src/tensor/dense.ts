// A fully connected layer outside of a graph.
import { assert } from "../error/index.ts";
import { ELEMENTWISE, type Elementwise } from "./elementwise.ts";
import type { Matrix } from "./tensor.ts";

/** activation(weight * vector + bias). */
export type DenseOptions = {
  /** [out, in], row-major. */
  readonly weight: Float32Array;
  /** As many as `weight` has rows; zero when absent. */
  readonly bias?: Float32Array | undefined;
  readonly outWidth: number;
  readonly activation: Elementwise;
};

/** Columns that are computed side by side: their sums do not wait for each other. */
const LANES = 4;

/**
 * Each row by itself, summed in the order of its numbers in float64 and rounded once: a row's
 * result does not depend on the other rows. Infinity becomes NaN, which no activation hides.
 */
export function dense(vectors: Matrix, options: DenseOptions): Matrix {
  const { weight, bias, outWidth, activation } = options;
  const { data, rows, columns } = vectors;
  assert(weight.length === columns * outWidth, "the weight is [out, in]");
  assert(bias === undefined || bias.length === outWidth, "one bias per column of the result");
  const result = new Float32Array(rows * outWidth);
  const sums = new Float64Array(outWidth);
  const activate = ELEMENTWISE[activation];
  for (let row = 0; row < rows; row++) {
    multiply(data.subarray(row * columns, (row + 1) * columns), weight, sums);
    for (let out = 0; out < outWidth; out++) {
      const sum = sums[out]! + (bias?.[out] ?? 0);
      result[row * outWidth + out] = Number.isFinite(sum) ? activate(sum) : Number.NaN;
    }
  }
  return { data: result, rows, columns: outWidth };
}

/** sums = weight * vector */
function multiply(vector: Float32Array, weight: Float32Array, sums: Float64Array): void {
  const width = vector.length;
  let out = 0;
  for (; out + LANES <= sums.length; out += LANES) {
    const first = out * width;
    const second = first + width;
    const third = second + width;
    const fourth = third + width;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let i = 0; i < width; i++) {
      const value = vector[i]!;
      a += value * weight[first + i]!;
      b += value * weight[second + i]!;
      c += value * weight[third + i]!;
      d += value * weight[fourth + i]!;
    }
    sums[out] = a;
    sums[out + 1] = b;
    sums[out + 2] = c;
    sums[out + 3] = d;
  }
  for (; out < sums.length; out++) {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += vector[i]! * weight[out * width + i]!;
    sums[out] = sum;
  }
}
