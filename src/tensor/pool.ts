// Makes one vector of the vectors of a text's tokens, as sentence-transformers does.
import { realPositions, tokenShape } from "./rows.ts";
import type { BatchMask, Matrix, OutputTensor } from "./tensor.ts";

export const POOL_MODES = [
  "mean",
  "cls",
  "max",
  "last_token",
  "mean_sqrt_len",
  "weighted_mean",
] as const;

/**
 * `cls`, `last_token`: the first and the last real token, wherever the padding is. `mean_sqrt_len`:
 * the sum over the root of the token count. `weighted_mean`: token i of n weighs i / (1 + ... + n),
 * counted from 1.
 */
export type PoolMode = (typeof POOL_MODES)[number];

/**
 * One row per input of a [B, S, W] output. Padding never counts, so that a row depends neither on
 * the other inputs of the batch nor on the padding side: sums run over the real tokens in order, in
 * float64. Without a real token it is zero.
 */
export function pool(output: OutputTensor, mask: BatchMask, mode: PoolMode): readonly Matrix[] {
  const { batch, sequence, width } = tokenShape(output, mask);
  const sums = new Float64Array(width);
  return Array.from({ length: batch }, (_, item) => {
    const rows = realPositions(mask, item).map((position) => {
      const start = (item * sequence + position) * width;
      return output.data.subarray(start, start + width);
    });
    return { data: poolRows(rows, mode, sums), rows: 1, columns: width };
  });
}

function poolRows(rows: readonly Float32Array[], mode: PoolMode, sums: Float64Array): Float32Array {
  const count = rows.length;
  const first = rows[0];
  const last = rows[count - 1];
  if (first === undefined || last === undefined) return new Float32Array(sums.length);
  switch (mode) {
    case "cls":
      return first.slice();
    case "last_token":
      return last.slice();
    case "max":
      return largest(rows, first);
    case "mean":
      return weigh(rows, sums, { weight: () => 1, divisor: count });
    case "mean_sqrt_len":
      return weigh(rows, sums, { weight: () => 1, divisor: Math.sqrt(count) });
    case "weighted_mean":
      return weigh(rows, sums, { weight: (row) => row + 1, divisor: (count * (count + 1)) / 2 });
  }
}

function largest(rows: readonly Float32Array[], first: Float32Array): Float32Array {
  const result = first.slice();
  for (const row of rows) {
    // Math.max lets NaN win, so that a broken graph is noticed.
    for (let i = 0; i < result.length; i++) result[i] = Math.max(result[i]!, row[i]!);
  }
  return result;
}

type Weights = { readonly weight: (row: number) => number; readonly divisor: number };

function weigh(rows: readonly Float32Array[], sums: Float64Array, weights: Weights): Float32Array {
  sums.fill(0);
  rows.forEach((row, index) => {
    const weight = weights.weight(index);
    for (let i = 0; i < sums.length; i++) sums[i]! += row[i]! * weight;
  });
  const result = new Float32Array(sums.length);
  for (let i = 0; i < sums.length; i++) result[i] = sums[i]! / weights.divisor;
  return result;
}
