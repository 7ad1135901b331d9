// Activation functions of one number, in float64. Not a number where the argument is none.

/** What a dense layer ends with. `gelu` is the exact one, by the error function. */
export type Elementwise = "identity" | "tanh" | "relu" | "gelu" | "sigmoid" | "silu";

export const ELEMENTWISE: Readonly<Record<Elementwise, (value: number) => number>> = {
  identity: (value) => value,
  tanh: Math.tanh,
  relu: (value) => Math.max(0, value),
  // (1 + erf(x / sqrt 2)) / 2 would cancel for negative numbers.
  gelu: (value) => (value * erfc(-value * Math.SQRT1_2)) / 2,
  sigmoid: logistic,
  silu: (value) => value * logistic(value),
};

/** 1 / (1 + e^-x), exact at both tails. */
export function logistic(value: number): number {
  // exp() of a positive number may overflow: each side uses the form whose exponential is at most
  // 1.
  const decay = Math.exp(-Math.abs(value));
  return value >= 0 ? 1 / (1 + decay) : decay / (1 + decay);
}

/** From here the continued fraction needs few steps; below, 1 - erf loses less than 5 digits. */
const FRACTION_FROM = 3;

/** Enough for float64 from 3 on. */
const FRACTION_STEPS = 40;

/** The complement of the error function, to at least 11 digits. */
function erfc(value: number): number {
  if (value < 0) return 2 - erfc(-value);
  if (value < FRACTION_FROM) return 1 - erfSeries(value);
  // erfc(x) = e^(-x^2) / sqrt(pi) / (x + (1/2) / (x + (2/2) / (x + (3/2) / ...)))
  let tail = value;
  for (let step = FRACTION_STEPS; step >= 1; step--) tail = value + step / 2 / tail;
  return Math.exp(-value * value) / Math.sqrt(Math.PI) / tail;
}

/** erf(x) = 2 / sqrt(pi) e^(-x^2) (x + 2 x^3 / 3 + 4 x^5 / 15 + ...): no term is negative. */
function erfSeries(value: number): number {
  const square = 2 * value * value;
  let term = value;
  let sum = value;
  for (let odd = 3; term > sum * Number.EPSILON; odd += 2) {
    term *= square / odd;
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-value * value) * sum;
}
