// Walks over JSON text without building values: vocabularies of 250,000 entries are read straight from it.
// What it merely steps over is checked by JSON.parse, not here.
import { CodedError } from "../error/index.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const DIGIT_ZERO = 0x30;
const SPACE = 0x20;

/** Digits that a double holds exactly together with a power of ten: up to here m / 10^n is rounded once. */
const EXACT_DIGITS = 15;
const POWER_OF_TEN = Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

/** Units of the text shown in an error. */
const SHOWN_UNITS = 20;

/** Where a value begins and ends in the text. */
export type JsonRange = { readonly start: number; readonly end: number };

type Structure = "{" | "}" | "[" | "]" | "," | ":";

/** A place in JSON text. Methods step over what they read, and throw `TOKENIZER_INVALID` on anything else. */
export class JsonScanner {
  readonly text: string;
  readonly path: string;
  at: number;
  /** The string read last is `string[from, to)`: the text itself, unless there were escapes in it. */
  string = "";
  from = 0;
  to = 0;
  /** Place of the first backslash not yet passed. */
  #backslash = -1;

  constructor(text: string, path: string, at = 0) {
    this.text = text;
    this.path = path;
    this.at = at;
  }

  /** The same text from another place on, under another name. */
  fork(path: string, at: number): JsonScanner {
    return new JsonScanner(this.text, path, at);
  }

  invalid(expected: string): CodedError {
    const found = JSON.stringify(this.text.slice(this.at, this.at + SHOWN_UNITS));
    return new CodedError(
      "TOKENIZER_INVALID",
      `Cannot read the tokenizer: "${this.path}" has ${found} at character ${this.at}, ` +
        `expected ${expected}: save the tokenizer again with the library that made it`,
      { detail: { path: this.path, expected } },
    );
  }

  /** The next unit that is no white space, not stepped over; NaN at the end. */
  peek(): number {
    let unit = this.text.charCodeAt(this.at);
    while (unit === SPACE || unit === 0x0a || unit === 0x0d || unit === 0x09) {
      this.at++;
      unit = this.text.charCodeAt(this.at);
    }
    return unit;
  }

  /** Steps over one structural character if it is next. */
  take(character: Structure): boolean {
    if (this.peek() !== character.charCodeAt(0)) return false;
    this.at++;
    return true;
  }

  expect(character: Structure): void {
    if (!this.take(character)) throw this.invalid(`"${character}"`);
  }

  isAtString(): boolean {
    return this.peek() === QUOTE;
  }

  isAtObject(): boolean {
    return this.peek() === OPEN_OBJECT;
  }

  isAtArray(): boolean {
    return this.peek() === OPEN_ARRAY;
  }

  /** Reads a string into `string`, `from` and `to`. */
  readString(): void {
    if (!this.isAtString()) throw this.invalid("a string");
    const { text, at } = this;
    if (this.#backslash < at) {
      const found = text.indexOf("\\", at);
      this.#backslash = found < 0 ? text.length : found;
    }
    const quote = text.indexOf('"', at + 1);
    if (quote < 0) throw this.invalid("a complete string");
    if (quote < this.#backslash) {
      this.string = text;
      this.from = at + 1;
      this.to = quote;
      this.at = quote + 1;
    } else {
      this.#readEscaped();
    }
  }

  #readEscaped(): void {
    const end = this.#stringEnd(this.at);
    try {
      this.string = JSON.parse(this.text.slice(this.at, end));
    } catch {
      // The parser's words would name a place in the slice: ours names that in the file.
      throw this.invalid("a string of JSON");
    }
    this.from = 0;
    this.to = this.string.length;
    this.at = end;
  }

  readNumber(): number {
    this.peek();
    const { text } = this;
    const start = this.at;
    let index = start;
    const negative = text.charCodeAt(index) === MINUS;
    if (negative) index++;
    let mantissa = 0;
    let digits = 0;
    let decimals = -1;
    for (; ; index++) {
      const unit = text.charCodeAt(index);
      const digit = unit - DIGIT_ZERO;
      if (digit >= 0 && digit <= 9) {
        mantissa = mantissa * 10 + digit;
        digits++;
        if (decimals >= 0) decimals++;
      } else if (unit === POINT && decimals < 0 && digits > 0) {
        decimals = 0;
      } else {
        const isLonger = unit === 0x65 || unit === 0x45 || digits > EXACT_DIGITS;
        if (isLonger || digits === 0 || decimals === 0) return this.#longNumber(start);
        break;
      }
    }
    this.at = index;
    const value = decimals > 0 ? mantissa / (POWER_OF_TEN[decimals] ?? 1) : mantissa;
    return negative ? -value : value;
  }

  #longNumber(start: number): number {
    const pattern = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    pattern.lastIndex = start;
    const found = pattern.exec(this.text);
    if (found === null) throw this.invalid("a number");
    this.at = pattern.lastIndex;
    return Number(found[0]);
  }

  /** Steps over a value of any kind. */
  skipValue(): JsonRange {
    this.peek();
    const { text } = this;
    const start = this.at;
    let depth = 0;
    let index = start;
    while (index < text.length) {
      const unit = text.charCodeAt(index);
      if (unit === QUOTE) {
        index = this.#stringEnd(index);
      } else {
        const closes = unit === CLOSE_OBJECT || unit === CLOSE_ARRAY;
        if (depth === 0 && (closes || unit === COMMA)) break;
        index++;
        if (closes) depth--;
        else if (unit === OPEN_OBJECT || unit === OPEN_ARRAY) depth++;
        else continue;
      }
      if (depth === 0) break;
    }
    this.at = index;
    return { start, end: index };
  }

  /** One past the closing quote of the string that begins at `index`. */
  #stringEnd(index: number): number {
    const { text } = this;
    for (let quote = text.indexOf('"', index + 1); ; quote = text.indexOf('"', quote + 1)) {
      if (quote < 0) return text.length;
      let slashes = 0;
      while (text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes++;
      if (slashes % 2 === 0) return quote + 1;
    }
  }
}
