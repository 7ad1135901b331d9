// exp, power, tanh and sigmoid from basic arithmetic, so that training gives the
// same bits everywhere: the engine's own Math.exp may differ in the last bit between platforms.

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
/** Terms of the series of exp on [-ln2/2, ln2/2] that matter to a double. */
const EXP_TERMS = 14;
/** exp of less is 0 for every use here, and of more would overflow. */
const EXPONENT_MAX = 700;

export function exp(x: number): number {
  if (x < -EXPONENT_MAX) return 0;
  const bounded = Math.min(x, EXPONENT_MAX);
  const twos = Math.round(bounded / Math.LN2);
  const rest = bounded - twos * LN2_HIGH - twos * LN2_LOW;
  let sum = 1;
  for (let term = EXP_TERMS; term > 0; term--) sum = 1 + (sum * rest) / term;
  // A power of two is exact everywhere.
  return sum * 2 ** twos;
}

/** base to the power of a whole number >= 0. */
export function power(base: number, exponent: number): number {
  let result = 1;
  for (let left = exponent, factor = base; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= factor;
    factor *= factor;
  }
  return result;
}

export function sigmoid(x: number): number {
  return 1 / (1 + exp(-x));
}

export function tanh(x: number): number {
  return 2 * sigmoid(2 * x) - 1;
}

/** Turns scores into probabilities in place and returns them. */
export function softmaxInPlace(scores: Float64Array): Float64Array {
  const most = scores.reduce((left, right) => Math.max(left, right), -Infinity);
  let sum = 0;
  for (let index = 0; index < scores.length; index++) {
    scores[index] = exp(scores[index]! - most);
    sum += scores[index]!;
  }
  for (let index = 0; index < scores.length; index++) scores[index]! /= sum;
  return scores;
}
