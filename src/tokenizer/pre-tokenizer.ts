// Pre-tokenisers: cut text into words. Each takes one stretch of text and adds its words to a list.
import { type AlignedText, sliceAligned, unitsAt } from "./aligned-text.ts";
import { CHARACTER_FLAG, characterFlags } from "./character.ts";
import type { JsonCursor } from "./json-cursor.ts";

/** Appends the words of `input` to `words`; words are never empty. */
export type PreTokenizer = (input: AlignedText, words: AlignedText[]) => void;

function pushSlice(words: AlignedText[], input: AlignedText, range: readonly [number, number]) {
  if (range[0] < range[1]) words.push(sliceAligned(input, range[0], range[1]));
}

/** White space ends words and is dropped; punctuation stands alone. */
function splitBert(input: AlignedText, words: AlignedText[]): void {
  const flags = characterFlags();
  const { text } = input;
  let start = 0;
  for (let index = 0; index < text.length; ) {
    const units = unitsAt(text, index);
    const flag = flags[text.codePointAt(index) ?? 0] ?? 0;
    const next = index + units;
    if (flag & CHARACTER_FLAG.whitespace) {
      pushSlice(words, input, [start, index]);
      start = next;
    } else if (flag & CHARACTER_FLAG.punctuation) {
      pushSlice(words, input, [start, index]);
      pushSlice(words, input, [index, next]);
      start = next;
    }
    index = next;
  }
  pushSlice(words, input, [start, text.length]);
}

const READER: Readonly<Record<string, (cursor: JsonCursor) => PreTokenizer>> = {
  BertPreTokenizer: () => splitBert,
  Sequence: readSequence,
};

function readSequence(cursor: JsonCursor): PreTokenizer {
  const steps = cursor.field("pretokenizers").items().map(readPreTokenizer);
  return (input, words) => {
    let current: AlignedText[] = [input];
    for (const step of steps) {
      const next: AlignedText[] = [];
      for (const piece of current) step(piece, next);
      current = next;
    }
    for (const word of current) words.push(word);
  };
}

export function readPreTokenizer(cursor: JsonCursor): PreTokenizer {
  const type = cursor.field("type").string();
  const read = Object.hasOwn(READER, type) ? READER[type] : undefined;
  if (read === undefined) throw cursor.unsupported("pre-tokenizer", type);
  return read(cursor);
}
