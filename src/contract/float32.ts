// float32 numbers as JSON: a float32 needs at most nine digits, printed as the double it widens to it takes seventeen.
import { assert } from "../error/index.ts";

/** Powers of ten up to here are exact doubles, and so are products of rounding with them. */
const EXACT_POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

// Any decimal of six digits survives float32, and nine digits tell any two float32 apart (IEEE 754, 5.12.2).
const DIGITS_MIN = 6;
const DIGITS_MAX = 9;

/**
 * The double whose shortest decimal is the shortest decimal that reads back as this float32. Printing it instead of
 * the float32 widened to a double loses nothing for a reader of float32.
 */
export function shortestFloat32(value: number): number {
  if (Number.isInteger(value) || !Number.isFinite(value)) return shortestWhole(value);
  const integerDigits = Math.floor(Math.log10(Math.abs(value))) + 1;
  for (let digits = DIGITS_MIN; digits <= DIGITS_MAX; digits++) {
    const power = EXACT_POWERS[digits - integerDigits];
    if (power === undefined) return shortestByText(value);
    // An integer of at most ten digits divided by an exact power: the double nearest to that decimal, so it prints so.
    const candidate = Math.round(value * power) / power;
    if (readsAs(candidate, value)) return candidate;
  }
  return shortestByText(value);
}

/** Prints the numbers as the elements of a JSON array, without the brackets. All must be finite; -0 prints as 0. */
export function printFloat32s(values: Float32Array): string {
  const shortest = new Array<number>(values.length);
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    assert(Number.isFinite(value), "a response holds finite numbers only");
    shortest[index] = shortestFloat32(value);
  }
  return shortest.join(",");
}

/** Integers below 2^24 print exactly; above, float32 has gaps and fewer digits may do. */
function shortestWhole(value: number): number {
  return Math.abs(value) < 2 ** 24 || !Number.isFinite(value) ? value : shortestByText(value);
}

/** The slow way, for magnitudes beyond the exact powers; denormals need as little as one digit. */
function shortestByText(value: number): number {
  for (let digits = 1; digits < DIGITS_MAX; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (readsAs(candidate, value)) return candidate;
  }
  return Number(value.toPrecision(DIGITS_MAX));
}

/**
 * Whether a decimal reads as this float32, both directly and by way of the nearest double. The decimal lies within half
 * a unit of the candidate; should a rounding boundary lie in between, the two ways differ, and the decimal is refused
 * in favour of a longer one.
 */
function readsAs(candidate: number, value: number): boolean {
  return (
    Math.fround(candidate * (1 + Number.EPSILON)) === value &&
    Math.fround(candidate * (1 - Number.EPSILON)) === value
  );
}
