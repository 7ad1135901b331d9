// Classes of characters as the reference tokenizer sees them, one set of flags per code point.
import {
  ACCENT_MARK,
  BERT_CONTROL,
  BERT_MARK,
  LETTER,
  NUMBER,
  PUNCTUATION,
  WORD,
} from "./unicode-table.ts";

/** The White_Space property of Unicode, which no version has changed since 2013. */
const WHITE_SPACE = "9-d 20 85 a0 1680 2000-200a 2028-2029 202f 205f 3000";

/** The ideographs BERT puts spaces around; its authors left some later blocks out. */
const BERT_IDEOGRAPH =
  "3400-4dbf 4e00-9fff f900-faff 20000-2a6df 2a700-2b81f 2b920-2ceaf 2f800-2fa1f";

export const CHARACTER_FLAG = {
  whitespace: 1,
  punctuation: 2,
  letter: 4,
  number: 8,
  word: 16,
  bertControl: 32,
  bertMark: 64,
  bertIdeograph: 128,
  accentMark: 256,
} as const;

const CODE_POINT_COUNT = 0x110000;

let flags: Uint16Array | undefined;

/** Ranges of code points from their printed form: hexadecimal, both ends included. */
export function* parseRanges(ranges: string): Generator<readonly [number, number]> {
  for (const range of ranges.trim().split(/\s+/)) {
    const [from = "", to = from] = range.split("-");
    yield [Number.parseInt(from, 16), Number.parseInt(to, 16)];
  }
}

function setFlag(target: Uint16Array, ranges: string, flag: number): void {
  for (const [from, to] of parseRanges(ranges)) {
    for (let codePoint = from; codePoint <= to; codePoint++) {
      target[codePoint] = (target[codePoint] ?? 0) | flag;
    }
  }
}

/** Flags of every code point; made at first use, 2.2 MB. */
export function characterFlags(): Uint16Array {
  if (flags !== undefined) return flags;
  const table = new Uint16Array(CODE_POINT_COUNT);
  setFlag(table, WHITE_SPACE, CHARACTER_FLAG.whitespace);
  setFlag(table, PUNCTUATION, CHARACTER_FLAG.punctuation);
  setFlag(table, LETTER, CHARACTER_FLAG.letter);
  setFlag(table, NUMBER, CHARACTER_FLAG.number);
  setFlag(table, WORD, CHARACTER_FLAG.word);
  setFlag(table, BERT_CONTROL, CHARACTER_FLAG.bertControl);
  setFlag(table, BERT_MARK, CHARACTER_FLAG.bertMark);
  setFlag(table, BERT_IDEOGRAPH, CHARACTER_FLAG.bertIdeograph);
  setFlag(table, ACCENT_MARK, CHARACTER_FLAG.accentMark);
  flags = table;
  return table;
}

/** Whether a unit of a text is white space; all white space lies in the basic plane. */
export function isWhitespaceUnit(text: string, index: number): boolean {
  const flag = characterFlags()[text.charCodeAt(index)] ?? 0;
  return (flag & CHARACTER_FLAG.whitespace) !== 0;
}

/** Flags of the character that ends before `index`. */
export function flagsBefore(text: string, index: number): number {
  const pair = index >= 2 ? (text.codePointAt(index - 2) ?? 0) : 0;
  const codePoint = pair > 0xffff ? pair : text.charCodeAt(index - 1);
  return characterFlags()[codePoint] ?? 0;
}

/** Flags of the character that begins at `index`. */
export function flagsAt(text: string, index: number): number {
  return characterFlags()[text.codePointAt(index) ?? 0] ?? 0;
}

/** Whether the character before `index` belongs to a word. */
export function isWordBefore(text: string, index: number): boolean {
  return index > 0 && (flagsBefore(text, index) & CHARACTER_FLAG.word) !== 0;
}

/** Whether the character at `index` belongs to a word. */
export function isWordAfter(text: string, index: number): boolean {
  return index < text.length && (flagsAt(text, index) & CHARACTER_FLAG.word) !== 0;
}
