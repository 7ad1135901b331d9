// Compares an answer with what was expected of it, which may be a part of it, and names the first place they differ.
import { isList, isObject, type JsonObject, showValue } from "./value.ts";

/** Where two values differ first, in the order of what was expected. */
export type Difference = {
  /** Such as "results[0].embedding[17]"; empty for the whole. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
  readonly tolerance: number;
};

/**
 * Undefined when `found` holds what is expected. Objects are compared by the names that are expected, arrays by length
 * and element, numbers within the absolute tolerance, anything else exactly; NaN equals nothing. A Float32Array is an
 * array. What is expected of an array may also be an object: `{"length": n, "first": [...]}`, either alone too, asks
 * for no more than its length and its first elements.
 */
export function firstDifference(
  expected: unknown,
  found: unknown,
  tolerance: number,
): Difference | undefined {
  return compare({ expected, found }, "", tolerance);
}

type Pair = { readonly expected: unknown; readonly found: unknown };

function compare(
  { expected, found }: Pair,
  path: string,
  tolerance: number,
): Difference | undefined {
  if (isList(expected)) {
    if (!isList(found)) return differ({ expected, found }, path, tolerance);
    if (expected.length !== found.length) {
      return differ(
        { expected: expected.length, found: found.length },
        memberOf(path, "length"),
        tolerance,
      );
    }
    return compareFirst(expected, { found, path }, tolerance);
  }
  if (isObject(expected)) {
    if (isList(found)) return comparePart(expected, { found, path }, tolerance);
    if (!isObject(found)) return differ({ expected, found }, path, tolerance);
    for (const name of Object.keys(expected)) {
      const member = Object.hasOwn(found, name) ? found[name] : undefined;
      const place = memberOf(path, name);
      const difference = compare({ expected: expected[name], found: member }, place, tolerance);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  const isEqual =
    typeof expected === "number" && typeof found === "number"
      ? Math.abs(expected - found) <= tolerance
      : expected === found;
  return isEqual ? undefined : differ({ expected, found }, path, tolerance);
}

type FoundList = { readonly found: readonly unknown[] | Float32Array; readonly path: string };

/** The elements that are expected; there may be more. */
function compareFirst(
  expected: readonly unknown[] | Float32Array,
  { found, path }: FoundList,
  tolerance: number,
): Difference | undefined {
  for (let index = 0; index < expected.length; index++) {
    const pair = { expected: expected[index], found: found[index] };
    const difference = compare(pair, `${path}[${index}]`, tolerance);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function comparePart(
  expected: JsonObject,
  { found, path }: FoundList,
  tolerance: number,
): Difference | undefined {
  const { length, first, ...others } = expected;
  const isPart = Object.keys(others).length === 0 && (first === undefined || isList(first));
  if (!isPart) return differ({ expected, found }, path, tolerance);
  if (length !== undefined && length !== found.length) {
    const lengths = { expected: length, found: found.length };
    return differ(lengths, memberOf(path, "length"), tolerance);
  }
  return isList(first) ? compareFirst(first, { found, path }, tolerance) : undefined;
}

function memberOf(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function differ({ expected, found }: Pair, path: string, tolerance: number): Difference {
  return { path, expected: showValue(expected), found: showValue(found), tolerance };
}

/** "results[0].embedding[17]: expected 0.1234, found 0.1311 (tolerance 0.001)" */
export function printDifference({ path, expected, found, tolerance }: Difference): string {
  const where = path === "" ? "" : `${path}: `;
  const isNumber = /^-?\d/.test(expected) && !/(^|\.)length$/.test(path);
  return `${where}expected ${expected}, found ${found}${isNumber ? ` (tolerance ${tolerance})` : ""}`;
}
