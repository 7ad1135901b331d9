// Makes one weight per vocabulary entry of the logits of a text's tokens, as SPLADE does.
import { realPositions, tokenShape } from "./rows.ts";
import type { BatchMask, Matrix, OutputTensor } from "./tensor.ts";

export type SparsePoolMode = "max" | "sum";

// Loops below compare the bits of logits as int32, which costs a fraction of comparing numbers.
// Bits of 0 to Infinity and then NaN have the order of their values. All bits of negative numbers
// are below: from -0 to the most negative, then -Infinity and NaN with a sign.
const NEGATIVE_BITS_MAX = 0xff7fffff | 0;
const SIGN_BIT = 0x80000000 | 0;
const INFINITY_BITS = 0x7f800000;
const NAN_BITS = 0x7fc00000;

/** Products are turned into logarithms before the next factor, at most 3.5e38, could overflow. */
const PRODUCT_MAX = 1e250;

/**
 * One row per input of a [B, S, W] output: of log(1 + relu(logit)) the largest, or the sum, over the
 * real tokens, computed in float64. Not finite where any of the logits it is made of is not.
 */
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
  const largest = new Int32Array(width);
  for (const row of rows) {
    const bits = bitsOf(row);
    if (raise(largest, bits) >= INFINITY_BITS) {
      const hidden = bits.findIndex((value) => (value ^ SIGN_BIT) >= INFINITY_BITS);
      largest[hidden] = NAN_BITS;
    }
  }
  return new Float32Array(largest.buffer).map((logit) => (logit === 0 ? 0 : Math.log1p(logit)));
}

/**
 * Raises `largest` to `bits` where these are more, without a branch. Returns the largest of the bits
 * with their signs turned: those of a negative number, unless there is none.
 */
function raise(largest: Int32Array, bits: Int32Array): number {
  let turned: number = SIGN_BIT;
  for (let i = 0; i < largest.length; i++) {
    const value = bits[i]!;
    largest[i] = Math.max(largest[i]!, value);
    turned = Math.max(turned, value ^ SIGN_BIT);
  }
  return turned;
}

/** The sum of logarithms is the logarithm of the product, kept less 1 so that small logits count. */
function summedWeights(rows: readonly Float32Array[], width: number): Float32Array {
  const sums = new Float64Array(width);
  const products = new Float64Array(width);
  for (const row of rows) {
    const bits = bitsOf(row);
    for (let i = 0; i < width; i++) {
      if (bits[i]! <= NEGATIVE_BITS_MAX) continue;
      const logit = row[i]!;
      // (1 + p) (1 + x) - 1
      const product = products[i]! + logit * (1 + products[i]!);
      const carried = product > PRODUCT_MAX;
      products[i] = carried ? 0 : product;
      if (carried) sums[i]! += Math.log1p(product);
    }
  }
  for (let i = 0; i < width; i++) {
    if (products[i] !== 0) sums[i]! += Math.log1p(products[i]!);
  }
  return new Float32Array(sums);
}

function bitsOf(row: Float32Array): Int32Array {
  return new Int32Array(row.buffer, row.byteOffset, row.length);
}
