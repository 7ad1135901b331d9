// Classes of characters as the reference tokenizer sees them: flags by code point, made page by page when needed.
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

const PAGE_BITS = 8;
const PAGE_SIZE = 1 << PAGE_BITS;
const PAGE_COUNT = 0x110000 >> PAGE_BITS;

/** Ranges of code points from their printed form: hexadecimal, both ends included. */
export function parseRanges(ranges: string): (readonly [number, number])[] {
  return ranges
    .trim()
    .split(/\s+/)
    .map((range) => {
      const dash = range.indexOf("-");
      const from = Number.parseInt(range, 16);
      return [from, dash < 0 ? from : Number.parseInt(range.slice(dash + 1), 16)];
    });
}

/** Flags of all code points for a few classes. Text touches few pages, so few are ever made. */
class FlagTable {
  readonly #sources: readonly (readonly [string, number])[];
  readonly #pages: (Uint16Array | undefined)[] = new Array(PAGE_COUNT);
  #ranges: readonly (readonly [number, number, number])[] | undefined;

  constructor(sources: readonly (readonly [string, number])[]) {
    this.#sources = sources;
  }

  at(codePoint: number): number {
    const page = this.#pages[codePoint >> PAGE_BITS] ?? this.#makePage(codePoint >> PAGE_BITS);
    return page[codePoint & (PAGE_SIZE - 1)] ?? 0;
  }

  #makePage(number: number): Uint16Array {
    this.#ranges ??= this.#sources.flatMap(([ranges, flag]) =>
      parseRanges(ranges).map(([from, to]) => [from, to, flag] as const),
    );
    const first = number << PAGE_BITS;
    const last = first + PAGE_SIZE - 1;
    const page = new Uint16Array(PAGE_SIZE);
    for (const [from, to, flag] of this.#ranges) {
      if (to < first || from > last) continue;
      const end = Math.min(to, last) - first;
      for (let place = Math.max(from, first) - first; place <= end; place++) {
        page[place] = (page[place] ?? 0) | flag;
      }
    }
    this.#pages[number] = page;
    return page;
  }
}

/** Texts use few different characters; one that uses all there are must not fill the memory for good. */
const REMEMBERED_CHARACTERS = 32_768;

/** Wraps a function of a code point so that it is asked once for each character in use. */
export function rememberByCharacter<T>(find: (codePoint: number) => T): (codePoint: number) => T {
  const known = new Map<number, { readonly value: T }>();
  return (codePoint) => {
    let entry = known.get(codePoint);
    if (entry === undefined) {
      if (known.size >= REMEMBERED_CHARACTERS) known.clear();
      entry = { value: find(codePoint) };
      known.set(codePoint, entry);
    }
    return entry.value;
  };
}

/** White space, punctuation and the classes of BertNormalizer. */
export const BERT_FLAGS = new FlagTable([
  [WHITE_SPACE, CHARACTER_FLAG.whitespace],
  [PUNCTUATION, CHARACTER_FLAG.punctuation],
  [BERT_CONTROL, CHARACTER_FLAG.bertControl],
  [BERT_MARK, CHARACTER_FLAG.bertMark],
  [BERT_IDEOGRAPH, CHARACTER_FLAG.bertIdeograph],
]);

/** White space, letters and numbers of the patterns of byte-level tokenizers. */
export const PATTERN_FLAGS = new FlagTable([
  [WHITE_SPACE, CHARACTER_FLAG.whitespace],
  [LETTER, CHARACTER_FLAG.letter],
  [NUMBER, CHARACTER_FLAG.number],
]);

/** White space and word characters. */
export const WORD_FLAGS = new FlagTable([
  [WHITE_SPACE, CHARACTER_FLAG.whitespace],
  [WORD, CHARACTER_FLAG.word],
]);

/** The marks of StripAccents. */
export const ACCENT_FLAGS = new FlagTable([[ACCENT_MARK, CHARACTER_FLAG.accentMark]]);

/** Whether a unit of a text is white space; all white space lies in the basic plane. */
export function isWhitespaceUnit(text: string, index: number): boolean {
  return (BERT_FLAGS.at(text.charCodeAt(index)) & CHARACTER_FLAG.whitespace) !== 0;
}

/** Whether the character before `index` belongs to a word. */
export function isWordBefore(text: string, index: number): boolean {
  if (index === 0) return false;
  const pair = index >= 2 ? (text.codePointAt(index - 2) ?? 0) : 0;
  const codePoint = pair > 0xffff ? pair : text.charCodeAt(index - 1);
  return (WORD_FLAGS.at(codePoint) & CHARACTER_FLAG.word) !== 0;
}

/** Whether the character at `index` belongs to a word. */
export function isWordAfter(text: string, index: number): boolean {
  if (index >= text.length) return false;
  return (WORD_FLAGS.at(text.codePointAt(index) ?? 0) & CHARACTER_FLAG.word) !== 0;
}
