// A response as JSON text. JSON.stringify would print vectors as objects, and float32 with seventeen digits.
import { assert } from "../error/index.ts";
import { printFloat32s, shortestFloat32 } from "./float32.ts";

/**
 * Prints what the contract answers: plain values, arrays, objects without undefined, and Float32Array as an array of
 * numbers. A number that is a float32 is printed as one. Numbers must be finite.
 */
export function printJson(value: unknown): string {
  if (typeof value === "number") return printNumber(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (value instanceof Float32Array) return `[${printFloat32s(value)}]`;
  if (Array.isArray(value)) return `[${value.map(printJson).join(",")}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${JSON.stringify(name)}:${printJson(member)}`);
  return `{${members.join(",")}}`;
}

/** Levels down to which a value is printed in parts: a response, its results, one of them, its tokens. */
const PART_DEPTH = 4;

/** Numbers of a vector that are printed at once: about a millisecond. */
const NUMBERS_PER_PART = 4096;

/** What `printJson` prints, in parts that each take no longer than a moment. */
export function* printJsonParts(value: unknown, depth = 0): Generator<string, void, undefined> {
  if (typeof value !== "object" || value === null || depth === PART_DEPTH) {
    yield printJson(value);
  } else if (value instanceof Float32Array) {
    yield "[";
    for (let at = 0; at < value.length; at += NUMBERS_PER_PART) {
      const part = printFloat32s(value.subarray(at, at + NUMBERS_PER_PART));
      yield at === 0 ? part : `,${part}`;
    }
    yield "]";
  } else if (Array.isArray(value)) {
    yield "[";
    for (let at = 0; at < value.length; at++) {
      if (at > 0) yield ",";
      yield* printJsonParts(value[at], depth + 1);
    }
    yield "]";
  } else {
    let opening = "{";
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined) continue;
      yield `${opening}${JSON.stringify(name)}:`;
      yield* printJsonParts(member, depth + 1);
      opening = ",";
    }
    yield opening === "{" ? "{}" : "}";
  }
}

/** Scores come from float32 vectors, or were computed as doubles: those are no float32 but by chance. */
function printNumber(value: number): string {
  assert(Number.isFinite(value), "a response holds finite numbers only");
  return String(Math.fround(value) === value ? shortestFloat32(value) : value);
}
