// Classes of characters as the reference tokenizer sees them, one byte of flags per code point.
import { ACCENT_MARK, BERT_CONTROL, BERT_MARK, PUNCTUATION } from "./unicode-table.ts";

/** The White_Space property of Unicode, which no version has changed since 2013. */
const WHITE_SPACE = "9-d 20 85 a0 1680 2000-200a 2028-2029 202f 205f 3000";

/** The ideographs BERT puts spaces around; its authors left some later blocks out. */
const BERT_IDEOGRAPH =
  "3400-4dbf 4e00-9fff f900-faff 20000-2a6df 2a700-2b81f 2b920-2ceaf 2f800-2fa1f";

export const CHARACTER_FLAG = {
  whitespace: 1,
  punctuation: 2,
  bertControl: 4,
  bertMark: 8,
  bertIdeograph: 16,
  accentMark: 32,
} as const;

const CODE_POINT_COUNT = 0x110000;

let flags: Uint8Array | undefined;

function setFlag(target: Uint8Array, ranges: string, flag: number): void {
  for (const range of ranges.trim().split(/\s+/)) {
    const [from = "", to = from] = range.split("-");
    const end = Number.parseInt(to, 16);
    for (let codePoint = Number.parseInt(from, 16); codePoint <= end; codePoint++) {
      target[codePoint] = (target[codePoint] ?? 0) | flag;
    }
  }
}

/** Flags of every code point; made at first use, 1.1 MB. */
export function characterFlags(): Uint8Array {
  if (flags !== undefined) return flags;
  const table = new Uint8Array(CODE_POINT_COUNT);
  setFlag(table, WHITE_SPACE, CHARACTER_FLAG.whitespace);
  setFlag(table, PUNCTUATION, CHARACTER_FLAG.punctuation);
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

const WORD_AT_START = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const WORD_AT_END = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;

/** Whether the character before `index` belongs to a word, in the sense of `\w` of Unicode. */
export function isWordBefore(text: string, index: number): boolean {
  return WORD_AT_END.test(text.slice(Math.max(0, index - 2), index));
}

/** Whether the character at `index` belongs to a word. */
export function isWordAfter(text: string, index: number): boolean {
  return WORD_AT_START.test(text.slice(index, index + 2));
}
