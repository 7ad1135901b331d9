// Turns logits into probabilities. Computed in float64, so that the rounding to float32 is the only
// error.
import { logistic } from "./elementwise.ts";

/** Probabilities that sum to 1; shifted by the largest logit, so that none overflows. */
export function softmax(logits: Float32Array): Float32Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) largest = Math.max(largest, logit);
  const exponentials = new Float64Array(logits.length);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    const value = Math.exp(logits[i]! - largest);
    exponentials[i] = value;
    sum += value;
  }
  const probabilities = new Float32Array(logits.length);
  for (let i = 0; i < logits.length; i++) probabilities[i] = exponentials[i]! / sum;
  return probabilities;
}

/** The logistic function of each logit, exact at both tails. */
export function sigmoid(logits: Float32Array): Float32Array {
  return logits.map(logistic);
}
