// The words of GPT-2: contractions, letters, numbers and others with one space before them, and runs of white space.
import { CHARACTER_FLAG, PATTERN_FLAGS } from "./character.ts";

const KIND = CHARACTER_FLAG.letter | CHARACTER_FLAG.number | CHARACTER_FLAG.whitespace;
const SPACE = 0x20;
const APOSTROPHE = 0x27;

/** Units of the English contraction that begins at an apostrophe, or 0. */
function contractionUnits(text: string, index: number): number {
  const next = text[index + 1] ?? "";
  if (next === "s" || next === "t" || next === "m" || next === "d") return 2;
  const pair = next + (text[index + 2] ?? "");
  return pair === "re" || pair === "ve" || pair === "ll" ? 3 : 0;
}

/** Gives the words of a text in order; together they are the whole text. */
export function scanByteLevel(text: string, give: (start: number, end: number) => void): void {
  const { length } = text;
  const kindAt = (index: number): number => PATTERN_FLAGS.at(text.codePointAt(index) ?? 0) & KIND;
  const unitsAt = (index: number): number => ((text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1);
  const runEnd = (from: number, kind: number): number => {
    let end = from;
    while (end < length && kindAt(end) === kind) end += unitsAt(end);
    return end;
  };
  for (let start = 0; start < length; ) {
    const unit = text.charCodeAt(start);
    const contraction = unit === APOSTROPHE ? contractionUnits(text, start) : 0;
    let end = start + contraction;
    if (contraction === 0) {
      const first = unit === SPACE ? start + 1 : start;
      const kind = first < length ? kindAt(first) : CHARACTER_FLAG.whitespace;
      if (kind !== CHARACTER_FLAG.whitespace) {
        end = runEnd(first, kind);
      } else {
        end = runEnd(start, CHARACTER_FLAG.whitespace);
        // The last white space before a word belongs to the word, if there is more than one.
        if (end < length && end - start > 1) end--;
      }
    }
    give(start, end);
    start = end;
  }
}
