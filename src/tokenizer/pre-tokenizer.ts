// Pre-tokenisers: cut text into words. Each takes a list of words and cuts them further.
import { type AlignedText, characterRange, originalStart, sliceAligned } from "./aligned-text.ts";
import { byteLevelText } from "./byte-level.ts";
import { scanByteLevel } from "./byte-level-scan.ts";
import { BERT_FLAGS, CHARACTER_FLAG, WORD_FLAGS } from "./character.ts";
import type { JsonCursor } from "./json-cursor.ts";
import { readPattern } from "./pattern.ts";
import {
  eachPiece,
  findCharacters,
  findMatches,
  type MatchList,
  SPLIT_BEHAVIORS,
} from "./split.ts";
import { rewriteWords, WordList } from "./word-list.ts";

export type PreTokenizer = {
  readonly split: (words: WordList) => WordList;
  /** Whether the model sees the words in byte-level characters. */
  readonly mapsBytes: boolean;
};

/** Receives pieces of a text in order; empty ones are ignored. */
type Give = (start: number, end: number) => void;

/** A pre-tokeniser that only cuts: `cut` looks at text[start, end) and gives places in the same text. */
function cutter(cut: (text: string, start: number, end: number, give: Give) => void): PreTokenizer {
  const split = (words: WordList): WordList => {
    const out = new WordList(words.base);
    const give: Give = (start, end) => out.push(start, end);
    for (let index = 0; index < words.count; index++) {
      cut(words.base.text, words.startOf(index), words.endOf(index), give);
    }
    return out;
  };
  return { split, mapsBytes: false };
}

/** A cutter that has to see each word as a text of its own. */
function wordCutter(cut: (word: string, give: Give) => void): PreTokenizer {
  return cutter((text, from, to, give) => {
    const word = from === 0 && to === text.length ? text : text.slice(from, to);
    cut(word, (start, end) => give(from + start, from + end));
  });
}

/** White space ends words and is dropped; characters with a second flag stand alone. */
function cutByFlag(isolated: number): PreTokenizer {
  return cutter((text, from, to, give) => {
    let start = from;
    for (let index = from; index < to; ) {
      const codePoint = text.codePointAt(index) ?? 0;
      const flag = BERT_FLAGS.at(codePoint);
      const next = index + (codePoint > 0xffff ? 2 : 1);
      if (flag & CHARACTER_FLAG.whitespace) {
        give(start, index);
        start = next;
      } else if (flag & isolated) {
        give(start, index);
        give(index, next);
        start = next;
      }
      index = next;
    }
    give(start, to);
  });
}

/** Puts a character in front of words that do not have it; it shares the range of their first character. */
function prependToWords(
  words: WordList,
  character: string,
  wants: (start: number) => boolean,
): WordList {
  const { base } = words;
  return rewriteWords(words, (out, start, end) => {
    if (!base.text.startsWith(character, start) && wants(start)) {
      out.push(character, ...characterRange(base, start));
    }
    out.copy(base, start, end);
  });
}

function readByteLevel(cursor: JsonCursor): PreTokenizer {
  const addsSpace = cursor.field("add_prefix_space").boolean(true);
  const usesPattern = cursor.field("use_regex").boolean(true);
  const scanner = wordCutter(scanByteLevel);
  const split = (words: WordList): WordList => {
    const spaced = addsSpace ? prependToWords(words, " ", () => true) : words;
    return usesPattern ? scanner.split(spaced) : spaced;
  };
  return { split, mapsBytes: true };
}

function readMetaspace(cursor: JsonCursor): PreTokenizer {
  const field = cursor.field("replacement");
  const replacement = field.string("▁");
  if (replacement.length !== 1) throw field.invalid("one character of the basic plane");
  const declared = cursor.field("prepend_scheme").choice(["always", "first", "never"], "always");
  const scheme = cursor.field("add_prefix_space").boolean(true) ? declared : "never";
  const splits = cursor.field("split").boolean(true);
  const spaceCutter = cutter((text, from, to, give) => {
    for (let start = from; start < to; ) {
      const found = text.indexOf(replacement, start + 1);
      const end = found < 0 || found > to ? to : found;
      give(start, end);
      start = end;
    }
  });
  const split = (words: WordList): WordList => {
    const base = { ...words.base, text: words.base.text.replaceAll(" ", replacement) };
    let spaced = words.on(base);
    if (scheme !== "never") {
      const isFirst = (start: number): boolean => originalStart(base, start) === 0;
      spaced = prependToWords(spaced, replacement, scheme === "first" ? isFirst : () => true);
    }
    return splits ? spaceCutter.split(spaced) : spaced;
  };
  return { split, mapsBytes: false };
}

function readSplit(cursor: JsonCursor): PreTokenizer {
  const pattern = readPattern(cursor.field("pattern"));
  const behavior = cursor.field("behavior").choice(SPLIT_BEHAVIORS);
  const inverts = cursor.field("invert").boolean(false);
  return wordCutter((word, give) => {
    eachPiece(findMatches(word, pattern, inverts), behavior, give);
  });
}

/** Runs of word characters, and runs of characters that are neither that nor white space. */
const whitespaceCutter: PreTokenizer = cutter((text, from, to, give) => {
  let start = from;
  let current = 0;
  for (let index = from; index < to; ) {
    const codePoint = text.codePointAt(index) ?? 0;
    const flag = WORD_FLAGS.at(codePoint);
    const kind = flag & (CHARACTER_FLAG.word | CHARACTER_FLAG.whitespace);
    if (kind !== current || index === from) {
      if (current !== CHARACTER_FLAG.whitespace) give(start, index);
      start = index;
      current = kind;
    }
    index += codePoint > 0xffff ? 2 : 1;
  }
  if (current !== CHARACTER_FLAG.whitespace) give(start, to);
});

function readPunctuation(cursor: JsonCursor): PreTokenizer {
  const behavior = cursor.field("behavior").choice(SPLIT_BEHAVIORS, "Isolated");
  const isPunctuation = (codePoint: number): boolean =>
    (BERT_FLAGS.at(codePoint) & CHARACTER_FLAG.punctuation) !== 0;
  return wordCutter((word, give) => eachPiece(findCharacters(word, isPunctuation), behavior, give));
}

const NUMERIC = /^\p{N}/u;

function readDigits(cursor: JsonCursor): PreTokenizer {
  const behavior = cursor.field("individual_digits").boolean(false) ? "Isolated" : "Contiguous";
  const isNumeric = (codePoint: number): boolean =>
    codePoint < 0x80
      ? codePoint >= 0x30 && codePoint <= 0x39
      : NUMERIC.test(String.fromCodePoint(codePoint));
  return wordCutter((word, give) => eachPiece(findCharacters(word, isNumeric), behavior, give));
}

function readDelimiter(cursor: JsonCursor): PreTokenizer {
  const delimiter = cursor.field("delimiter").string();
  const codePoint = delimiter.codePointAt(0);
  if ([...delimiter].length !== 1) throw cursor.field("delimiter").invalid("one character");
  const find = (word: string): MatchList => findCharacters(word, (each) => each === codePoint);
  return wordCutter((word, give) => eachPiece(find(word), "Removed", give));
}

function readFixedLength(cursor: JsonCursor): PreTokenizer {
  const length = cursor.field("length").count(5);
  if (length === 0) throw cursor.field("length").invalid("a length of at least 1");
  return wordCutter((word, give) => {
    let start = 0;
    let end = 0;
    let count = 0;
    for (const character of word) {
      end += character.length;
      if (++count < length) continue;
      give(start, end);
      start = end;
      count = 0;
    }
    give(start, end);
  });
}

/** Writes words in byte-level characters. */
function mapBytes(words: WordList): WordList {
  return rewriteWords(words, (out, start, end) => {
    const mapped: AlignedText = byteLevelText(sliceAligned(words.base, start, end));
    out.copy(mapped, 0, mapped.text.length);
  });
}

/** Runs steps one after the other; bytes are mapped at once unless the last step does it. */
function readSequence(cursor: JsonCursor): PreTokenizer {
  const steps = cursor.field("pretokenizers").items().map(readPreTokenizer);
  const split = (words: WordList): WordList =>
    steps.reduce((current, step, index) => {
      const next = step.split(current);
      return step.mapsBytes && index + 1 < steps.length ? mapBytes(next) : next;
    }, words);
  return { split, mapsBytes: steps.at(-1)?.mapsBytes ?? false };
}

const READER: Readonly<Record<string, (cursor: JsonCursor) => PreTokenizer>> = {
  BertPreTokenizer: () => cutByFlag(CHARACTER_FLAG.punctuation),
  ByteLevel: readByteLevel,
  CharDelimiterSplit: readDelimiter,
  Digits: readDigits,
  FixedLength: readFixedLength,
  Metaspace: readMetaspace,
  Punctuation: readPunctuation,
  Sequence: readSequence,
  Split: readSplit,
  Whitespace: () => whitespaceCutter,
  WhitespaceSplit: () => cutByFlag(0),
};

export function readPreTokenizer(cursor: JsonCursor): PreTokenizer {
  const type = cursor.field("type").string();
  const read = Object.hasOwn(READER, type) ? READER[type] : undefined;
  if (read === undefined) throw cursor.unsupported("pre-tokenizer", type);
  return read(cursor);
}
