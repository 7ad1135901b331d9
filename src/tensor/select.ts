// Questions about a row of numbers.

/**
 * Index of the largest number, the first of equals as in numpy; NaN counts as largest. -1 if empty.
 */
export function argmax(numbers: Float32Array): number {
  let best = -1;
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i]!;
    if (Number.isNaN(value)) return i;
    if (best < 0 || value > numbers[best]!) best = i;
  }
  return best;
}

/** Index of the first number that is NaN or infinite, or -1. */
export function indexOfNonFinite(numbers: Float32Array): number {
  // A sum is finite unless a summand is not: one pass without a branch for what nearly always
  // holds.
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += numbers[i]!;
  if (Number.isFinite(sum)) return -1;
  return numbers.findIndex((value) => !Number.isFinite(value));
}
