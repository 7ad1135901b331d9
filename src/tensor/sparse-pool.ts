// Makes one weight per vocabulary entry of the logits of a text's tokens, as SPLADE does.
import { realPositions, tokenShape } from "./rows.ts";
import type { BatchMask, Matrix, OutputTensor } from "./tensor.ts";

export type SparsePoolMode = "max" | "sum";

/** One row of log(1 + relu(logit)) per input of a [B, S, W] output, over the real tokens; computed in float64. */
export function sparsePool(
  output: OutputTensor,
  mask: BatchMask,
  mode: SparsePoolMode,
): readonly Matrix[] {
  const { batch, sequence, width } = tokenShape(output, mask);
  return Array.from({ length: batch }, (_, item) => {
    const rows = realPositions(mask, item).map((position) => {
      const start = (item * sequence + position) * width;
      return output.data.subarray(start, start + width);
    });
    const data = mode === "max" ? largestWeights(rows, width) : summedWeights(rows, width);
    return { data, rows: 1, columns: width };
  });
}

/** The logarithm grows with the logit, so that it is taken once, of the largest. */
function largestWeights(rows: readonly Float32Array[], width: number): Float32Array {
  const largest = new Float32Array(width);
  for (const row of rows) {
    // Math.max lets NaN win, so that a broken graph is noticed.
    for (let i = 0; i < width; i++) largest[i] = Math.max(largest[i]!, row[i]!);
  }
  return largest.map((value) => Math.log1p(value));
}

function summedWeights(rows: readonly Float32Array[], width: number): Float32Array {
  const sums = new Float64Array(width);
  for (const row of rows) {
    for (let i = 0; i < width; i++) sums[i]! += Math.log1p(Math.max(0, row[i]!));
  }
  return Float32Array.from(sums);
}
