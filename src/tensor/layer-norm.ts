// Layer normalisation outside of a graph.
import { assert } from "../error/index.ts";
import type { Matrix } from "./tensor.ts";

/** (x - mean) / sqrt(variance + epsilon) * weight + bias. */
export type LayerNormOptions = {
  /** As many as the rows are wide; so is `bias`, zero when absent. */
  readonly weight: Float32Array;
  readonly bias?: Float32Array | undefined;
  readonly epsilon: number;
};

/** Each row normalised by itself, in float64, rounded once. The variance divides by the width. */
export function layerNorm(vectors: Matrix, options: LayerNormOptions): Matrix {
  const { weight, bias, epsilon } = options;
  const { rows, columns } = vectors;
  assert(weight.length === columns, "one weight per column");
  assert(bias === undefined || bias.length === columns, "one bias per column");
  const data = new Float32Array(rows * columns);
  for (let start = 0; start < data.length; start += columns) {
    const row = vectors.data.subarray(start, start + columns);
    const mean = sumOf(row, (value) => value) / columns;
    const variance = sumOf(row, (value) => (value - mean) ** 2) / columns;
    const scale = 1 / Math.sqrt(variance + epsilon);
    for (let i = 0; i < columns; i++) {
      data[start + i] = (row[i]! - mean) * scale * weight[i]! + (bias?.[i] ?? 0);
    }
  }
  return { data, rows, columns };
}

function sumOf(row: Float32Array, termOf: (value: number) => number): number {
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += termOf(row[i]!);
  return sum;
}
