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

/** Scores come from float32 vectors, or were computed as doubles: those are no float32 but by chance. */
function printNumber(value: number): string {
  assert(Number.isFinite(value), "a response holds finite numbers only");
  return String(Math.fround(value) === value ? shortestFloat32(value) : value);
}
