// Makes one vector of the vectors of a text's tokens, as sentence-transformers does.
import { assert } from "../error/index.ts";
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
 * One row per input of a [B, S, W] output: the results of all modes, joined end to end. Padding
 * never counts, so that a row depends neither on the other inputs of the batch nor on the padding
 * side: sums run over the real tokens in order, in float64. The first `mask.skipped` real tokens of
 * an input are left out, tokens keep their weights, and `cls` is the first of those that stay, or of
 * all where none does. Without a token it is zero.
 */
export function pool(
  output: OutputTensor,
  mask: BatchMask,
  modes: readonly PoolMode[],
): readonly Matrix[] {
  const { batch, sequence, width } = tokenShape(output, mask);
  const sums = new Float64Array(width);
  return Array.from({ length: batch }, (_, item) => {
    const rows = realPositions(mask, item).map((position) => {
      const start = (item * sequence + position) * width;
      return output.data.subarray(start, start + width);
    });
    const data = new Float32Array(modes.length * width);
    const tokens = { rows, skipped: mask.skipped?.[item] ?? 0 };
    for (const [place, mode] of modes.entries()) {
      data.set(poolRows(tokens, mode, sums), place * width);
    }
    return { data, rows: 1, columns: data.length };
  });
}

/** Vectors of all real tokens, and how many of the first do not count. */
type Tokens = { readonly rows: readonly Float32Array[]; readonly skipped: number };

function poolRows({ rows, skipped }: Tokens, mode: PoolMode, sums: Float64Array): Float32Array {
  const none = new Float32Array(sums.length);
  // sentence-transformers 6 disagrees with itself: with flash attention's packed texts `cls` is the
  // first token of the prompt; padded batches, which exported graphs take, mask the prompt first.
  if (mode === "cls") return rows[skipped] ?? rows[0] ?? none;
  const kept = rows.slice(skipped);
  const last = kept.at(-1);
  if (last === undefined) return none;
  const count = kept.length;
  switch (mode) {
    case "last_token":
      return last;
    case "max":
      return largest(kept);
    case "mean":
      return weigh(kept, sums, { weight: () => 1, divisor: count });
    case "mean_sqrt_len":
      return weigh(kept, sums, { weight: () => 1, divisor: Math.sqrt(count) });
    case "weighted_mean": {
      const weight = (row: number) => skipped + row + 1;
      return weigh(kept, sums, { weight, divisor: (count * (2 * skipped + count + 1)) / 2 });
    }
  }
}

function largest([first, ...others]: readonly Float32Array[]): Float32Array {
  assert(first !== undefined, "there is a vector");
  const result = first.map(finiteOrNaN);
  for (const row of others) {
    // Math.max lets NaN win, so that a broken graph is noticed.
    for (let i = 0; i < result.length; i++) result[i] = Math.max(result[i]!, finiteOrNaN(row[i]!));
  }
  return result;
}

/** The largest of many would hide -Infinity. */
function finiteOrNaN(value: number): number {
  return value + (value - value);
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
