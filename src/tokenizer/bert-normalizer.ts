// BertNormalizer: clean, space out ideographs, strip accents, lower the case - in one pass over the text.
import { type AlignedText, mapCharacters } from "./aligned-text.ts";
import { CHARACTER_FLAG, characterFlags } from "./character.ts";
import type { JsonCursor } from "./json-cursor.ts";
import type { Normalizer } from "./normalizer.ts";
import { decomposeCharacter } from "./unicode-form.ts";

type BertOptions = {
  readonly cleanText: boolean;
  readonly spaceIdeographs: boolean;
  readonly stripAccents: boolean;
  readonly lowercase: boolean;
};

/** Text for which cleaning means at most turning white space into spaces, and nothing else but case can change. */
const PLAIN_ASCII = /^[\t\n\r\x20-\x7e]*$/;
const ASCII_BREAKS = /[\t\n\r]/g;

/** What one character becomes. Every step works on single characters, so the steps can be joined. */
function createFold(options: BertOptions): (codePoint: number) => string {
  const flags = characterFlags();
  const folded = new Map<number, string>();

  const strip = (text: string): string => {
    let kept = "";
    for (const character of text) {
      const flag = flags[character.codePointAt(0) ?? 0] ?? 0;
      if ((flag & CHARACTER_FLAG.bertMark) === 0) kept += character;
    }
    return kept;
  };

  const lower = (text: string): string => {
    let lowered = "";
    for (const character of text) lowered += character.toLowerCase();
    return lowered;
  };

  const fold = (codePoint: number): string => {
    const flag = flags[codePoint] ?? 0;
    if (options.cleanText) {
      if (flag & CHARACTER_FLAG.bertControl) return "";
      if (flag & CHARACTER_FLAG.whitespace) return " ";
    }
    let text = String.fromCodePoint(codePoint);
    if (options.stripAccents) text = strip(decomposeCharacter(codePoint));
    if (options.lowercase) text = lower(text);
    const spaced = options.spaceIdeographs && (flag & CHARACTER_FLAG.bertIdeograph) !== 0;
    return spaced ? ` ${text} ` : text;
  };

  return (codePoint) => {
    let result = folded.get(codePoint);
    if (result === undefined) {
      result = fold(codePoint);
      folded.set(codePoint, result);
    }
    return result;
  };
}

export function readBertNormalizer(cursor: JsonCursor): Normalizer {
  const lowercase = cursor.field("lowercase").boolean(true);
  const options: BertOptions = {
    cleanText: cursor.field("clean_text").boolean(true),
    spaceIdeographs: cursor.field("handle_chinese_chars").boolean(true),
    stripAccents: cursor.field("strip_accents").boolean(lowercase),
    lowercase,
  };
  let fold: ((codePoint: number) => string) | undefined;
  return (input: AlignedText): AlignedText => {
    if (PLAIN_ASCII.test(input.text)) {
      let { text } = input;
      if (options.cleanText) text = text.replace(ASCII_BREAKS, " ");
      if (options.lowercase) text = text.toLowerCase();
      return { ...input, text };
    }
    fold ??= createFold(options);
    return mapCharacters(input, fold);
  };
}
