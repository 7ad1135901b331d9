// BertNormalizer: clean, space out ideographs, strip accents, lower the case - in one pass over the text.
import { type AlignedText, mapCharacters, type Normalizer } from "./aligned-text.ts";
import { BERT_FLAGS, CHARACTER_FLAG, rememberByCharacter } from "./character.ts";
import type { JsonCursor } from "./json-cursor.ts";
import { decomposeCharacter, isCombining, normalizeForm } from "./unicode-form.ts";

type BertOptions = {
  readonly cleanText: boolean;
  readonly spaceIdeographs: boolean;
  readonly stripAccents: boolean;
  readonly lowercase: boolean;
};

const NO_STEPS: BertOptions = {
  cleanText: false,
  spaceIdeographs: false,
  stripAccents: false,
  lowercase: false,
};

/** Text for which cleaning means at most turning white space into spaces, and nothing else but case can change. */
const PLAIN_ASCII = /^[\t\n\r\x20-\x7e]*$/;
const ASCII_BREAKS = /[\t\n\r]/g;

function stripMarks(codePoint: number): string {
  const flag = BERT_FLAGS.at(codePoint);
  return flag & CHARACTER_FLAG.bertMark ? "" : String.fromCodePoint(codePoint);
}

/** Combining characters that survive the stripping: putting them in order moves what is beside them. */
function hasLastingMarks(text: string): boolean {
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    const flag = BERT_FLAGS.at(codePoint);
    if (codePoint >= 0x300 && !(flag & CHARACTER_FLAG.bertMark) && isCombining(codePoint)) {
      return true;
    }
  }
  return false;
}

/** What one character becomes. Every step works on single characters, so the steps can be joined. */
function createFold(options: BertOptions): (codePoint: number) => string {
  const strip = (text: string): string => {
    let kept = "";
    for (const character of text) kept += stripMarks(character.codePointAt(0) ?? 0);
    return kept;
  };

  const lower = (text: string): string => {
    let lowered = "";
    for (const character of text) lowered += character.toLowerCase();
    return lowered;
  };

  return rememberByCharacter((codePoint) => {
    const flag = BERT_FLAGS.at(codePoint);
    if (options.cleanText) {
      if (flag & CHARACTER_FLAG.bertControl) return "";
      if (flag & CHARACTER_FLAG.whitespace) return " ";
    }
    let text = String.fromCodePoint(codePoint);
    if (options.stripAccents) text = strip(decomposeCharacter(codePoint));
    if (options.lowercase) text = lower(text);
    const spaced = options.spaceIdeographs && (flag & CHARACTER_FLAG.bertIdeograph) !== 0;
    return spaced ? ` ${text} ` : text;
  });
}

export function readBertNormalizer(cursor: JsonCursor): Normalizer {
  const lowercase = cursor.field("lowercase").boolean(true);
  const options: BertOptions = {
    cleanText: cursor.field("clean_text").boolean(true),
    spaceIdeographs: cursor.field("handle_chinese_chars").boolean(true),
    stripAccents: cursor.field("strip_accents").boolean(lowercase),
    lowercase,
  };
  const inOneStep = createFold(options);
  const before = createFold({ ...options, stripAccents: false, lowercase: false });
  const after = createFold({ ...NO_STEPS, lowercase });
  const normalizeOther = (input: AlignedText): AlignedText => {
    if (!options.stripAccents || !hasLastingMarks(input.text)) {
      return mapCharacters(input, inOneStep);
    }
    const decomposed = normalizeForm(mapCharacters(input, before), "NFD");
    return mapCharacters(mapCharacters(decomposed, stripMarks), after);
  };
  return (input: AlignedText): AlignedText => {
    if (PLAIN_ASCII.test(input.text)) {
      let { text } = input;
      if (options.cleanText) text = text.replace(ASCII_BREAKS, " ");
      if (options.lowercase) text = text.toLowerCase();
      return { ...input, text };
    }
    return normalizeOther(input);
  };
}
