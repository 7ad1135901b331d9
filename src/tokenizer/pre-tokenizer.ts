// Pre-tokenisers: cut text into words. Each takes one stretch of text and adds its words to a list.
import { type AlignedText, originalStart, prependText, sliceAligned } from "./aligned-text.ts";
import { byteLevelText } from "./byte-level.ts";
import { scanByteLevel } from "./byte-level-scan.ts";
import { CHARACTER_FLAG, characterFlags } from "./character.ts";
import type { JsonCursor } from "./json-cursor.ts";
import { readPattern } from "./pattern.ts";
import {
  findMatches,
  findPredicate,
  invertMatches,
  type MatchList,
  SPLIT_BEHAVIORS,
  splitByMatches,
} from "./split.ts";

/** Appends the words of `input` to `words`; words are never empty. */
export type SplitWords = (input: AlignedText, words: AlignedText[]) => void;

export type PreTokenizer = {
  readonly split: SplitWords;
  /** Whether the model sees the words in byte-level characters. */
  readonly mapsBytes: boolean;
};

const plain = (split: SplitWords): PreTokenizer => ({ split, mapsBytes: false });

function push(words: AlignedText[], input: AlignedText, start: number, end: number): void {
  if (start < end) words.push(sliceAligned(input, start, end));
}

/** White space ends words and is dropped; with a second flag, such characters stand alone. */
function splitByFlag(isolated: number): SplitWords {
  return (input, words) => {
    const flags = characterFlags();
    const { text } = input;
    let start = 0;
    for (let index = 0; index < text.length; ) {
      const codePoint = text.codePointAt(index) ?? 0;
      const flag = flags[codePoint] ?? 0;
      const next = index + (codePoint > 0xffff ? 2 : 1);
      if (flag & CHARACTER_FLAG.whitespace) {
        push(words, input, start, index);
        start = next;
      } else if (flag & isolated) {
        push(words, input, start, index);
        push(words, input, index, next);
        start = next;
      }
      index = next;
    }
    push(words, input, start, text.length);
  };
}

function readByteLevel(cursor: JsonCursor): PreTokenizer {
  const addsSpace = cursor.field("add_prefix_space").boolean(true);
  const usesPattern = cursor.field("use_regex").boolean(true);
  const split: SplitWords = (input, words) => {
    const text = addsSpace && !input.text.startsWith(" ") ? prependText(input, " ") : input;
    if (!usesPattern) push(words, text, 0, text.text.length);
    else scanByteLevel(text.text, (start, end) => push(words, text, start, end));
  };
  return { split, mapsBytes: true };
}

function readMetaspace(cursor: JsonCursor): PreTokenizer {
  const replacement = cursor.field("replacement").string("▁");
  if ([...replacement].length !== 1) throw cursor.field("replacement").invalid("one character");
  const declared = cursor.field("prepend_scheme").choice(["always", "first", "never"], "always");
  const scheme = cursor.field("add_prefix_space").boolean(true) ? declared : "never";
  const splits = cursor.field("split").boolean(true);
  return plain((input, words) => {
    let spaced: AlignedText = { ...input, text: input.text.replaceAll(" ", replacement) };
    const prepends = scheme === "always" || (scheme === "first" && originalStart(input, 0) === 0);
    if (prepends && !spaced.text.startsWith(replacement)) spaced = prependText(spaced, replacement);
    if (!splits) return push(words, spaced, 0, spaced.text.length);
    let start = 0;
    while (start < spaced.text.length) {
      const found = spaced.text.indexOf(replacement, start + replacement.length);
      const end = found < 0 ? spaced.text.length : found;
      push(words, spaced, start, end);
      start = end;
    }
  });
}

function readSplit(cursor: JsonCursor): PreTokenizer {
  const pattern = readPattern(cursor.field("pattern"));
  const behavior = cursor.field("behavior").choice(SPLIT_BEHAVIORS);
  const inverts = cursor.field("invert").boolean(false);
  return plain((input, words) => {
    const matches: MatchList = findMatches(input.text, pattern);
    splitByMatches(input, inverts ? invertMatches(matches) : matches, { behavior, words });
  });
}

const WHITESPACE_WORD = CHARACTER_FLAG.word;

/** Runs of word characters, and runs of characters that are neither that nor white space. */
function splitWhitespace(input: AlignedText, words: AlignedText[]): void {
  const flags = characterFlags();
  const { text } = input;
  let start = 0;
  let current = CHARACTER_FLAG.whitespace as number;
  for (let index = 0; index < text.length; ) {
    const codePoint = text.codePointAt(index) ?? 0;
    const flag = flags[codePoint] ?? 0;
    const kind = flag & WHITESPACE_WORD ? WHITESPACE_WORD : flag & CHARACTER_FLAG.whitespace;
    if (kind !== current) {
      if (current !== CHARACTER_FLAG.whitespace) push(words, input, start, index);
      start = index;
      current = kind;
    }
    index += codePoint > 0xffff ? 2 : 1;
  }
  if (current !== CHARACTER_FLAG.whitespace) push(words, input, start, text.length);
}

function readPunctuation(cursor: JsonCursor): PreTokenizer {
  const behavior = cursor.field("behavior").choice(SPLIT_BEHAVIORS, "Isolated");
  const isPunctuation = (codePoint: number): boolean =>
    ((characterFlags()[codePoint] ?? 0) & CHARACTER_FLAG.punctuation) !== 0;
  return plain((input, words) =>
    splitByMatches(input, findPredicate(input.text, isPunctuation), { behavior, words }),
  );
}

const NUMERIC = /^\p{N}/u;

function readDigits(cursor: JsonCursor): PreTokenizer {
  const behavior = cursor.field("individual_digits").boolean(false) ? "Isolated" : "Contiguous";
  const isNumeric = (codePoint: number): boolean => NUMERIC.test(String.fromCodePoint(codePoint));
  return plain((input, words) =>
    splitByMatches(input, findPredicate(input.text, isNumeric), { behavior, words }),
  );
}

function readDelimiter(cursor: JsonCursor): PreTokenizer {
  const delimiter = cursor.field("delimiter").string();
  const codePoint = delimiter.codePointAt(0);
  if ([...delimiter].length !== 1) throw cursor.field("delimiter").invalid("one character");
  return plain((input, words) =>
    splitByMatches(
      input,
      findPredicate(input.text, (each) => each === codePoint),
      { behavior: "Removed", words },
    ),
  );
}

function readFixedLength(cursor: JsonCursor): PreTokenizer {
  const length = cursor.field("length").count(5);
  if (length === 0) throw cursor.field("length").invalid("a length of at least 1");
  return plain((input, words) => {
    let start = 0;
    let end = 0;
    let count = 0;
    for (const character of input.text) {
      end += character.length;
      if (++count < length) continue;
      push(words, input, start, end);
      start = end;
      count = 0;
    }
    push(words, input, start, end);
  });
}

/** Runs steps one after the other; bytes are mapped at once unless the last step does it. */
function readSequence(cursor: JsonCursor): PreTokenizer {
  const steps = cursor.field("pretokenizers").items().map(readPreTokenizer);
  const split: SplitWords = (input, words) => {
    let current: AlignedText[] = [input];
    for (const [index, step] of steps.entries()) {
      const next: AlignedText[] = [];
      for (const piece of current) step.split(piece, next);
      current = step.mapsBytes && index + 1 < steps.length ? next.map(byteLevelText) : next;
    }
    for (const word of current) words.push(word);
  };
  return { split, mapsBytes: steps.at(-1)?.mapsBytes ?? false };
}

const READER: Readonly<Record<string, (cursor: JsonCursor) => PreTokenizer>> = {
  BertPreTokenizer: () => plain(splitByFlag(CHARACTER_FLAG.punctuation)),
  ByteLevel: readByteLevel,
  CharDelimiterSplit: readDelimiter,
  Digits: readDigits,
  FixedLength: readFixedLength,
  Metaspace: readMetaspace,
  Punctuation: readPunctuation,
  Sequence: readSequence,
  Split: readSplit,
  Whitespace: () => plain(splitWhitespace),
  WhitespaceSplit: () => plain(splitByFlag(0)),
};

export function readPreTokenizer(cursor: JsonCursor): PreTokenizer {
  const type = cursor.field("type").string();
  const read = Object.hasOwn(READER, type) ? READER[type] : undefined;
  if (read === undefined) throw cursor.unsupported("pre-tokenizer", type);
  return read(cursor);
}
