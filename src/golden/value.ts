// JSON values in messages, and how they are looked at. Long ones are never repeated.
import { printable } from "../error/index.ts";

/** Characters of a text that are repeated in a message. */
const QUOTED_CHARACTERS = 60;

/** Digits that tell any two float32 apart for a reader; nine would tell all. */
const DIGITS = 7;

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !isList(value);
}

export function isList(value: unknown): value is readonly unknown[] | Float32Array {
  return Array.isArray(value) || value instanceof Float32Array;
}

/** The value in a few words: numbers and short texts as they are. */
export function showValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number") return String(Number(value.toPrecision(DIGITS)));
  if (typeof value === "string") {
    const text =
      value.length > QUOTED_CHARACTERS ? `${value.slice(0, QUOTED_CHARACTERS)}...` : value;
    return printable(JSON.stringify(text));
  }
  if (isList(value)) return `an array of ${value.length}`;
  return isObject(value) ? "an object" : String(value);
}
