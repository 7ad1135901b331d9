// The WordPiece tokenizer of a demo model: a vocabulary of its training words, and what the
// training needs of it.
import { Tokenizer } from "@huggingface/tokenizers";
import { printTokenizerFiles } from "../fixture/tokenizer-file.ts";
import { asciiTokens, COMMON_WORDS, SPECIAL_TOKENS } from "../fixture/vocabulary.ts";

/** Endings that let a known word be found in a form the training text does not have. */
const ENDINGS =
  "s es ed d ing ly er r est st y ness ful less ment ments able ion ions t n ers".split(" ");

export type DemoTokenizer = {
  readonly tokens: readonly string[];
  /** tokenizer.json and tokenizer_config.json by name. */
  readonly files: Readonly<Record<string, string>>;
  /** Ids with special tokens; `pair` is the second text. */
  readonly encode: (text: string, pair?: string) => readonly number[];
};

/** A tokenizer whose vocabulary holds all of `words` whole, and any other word in pieces. */
export function createDemoTokenizer(
  words: readonly string[],
  options: {
    lowercase: boolean;
    maxLength: number;
    inputNames: readonly string[];
    /** Parts that unknown words fall into, besides letters and endings. */
    pieces?: readonly string[];
  },
): DemoTokenizer {
  const cased = options.lowercase ? words.map((word) => word.toLowerCase()) : words;
  const letters = options.lowercase ? [] : upperCaseTokens();
  const known = [...new Set([...cased, ...COMMON_WORDS])].filter((word) => word.length > 1).sort();
  const endings = ENDINGS.map((ending) => `##${ending}`);
  const tokens = [
    ...new Set([
      ...SPECIAL_TOKENS,
      ...asciiTokens(),
      ...letters,
      ...endings,
      ...(options.pieces ?? []),
      ...known,
    ]),
  ];
  const files = printTokenizerFiles({ tokens, ...options });
  const tokenizer = new Tokenizer(
    JSON.parse(files["tokenizer.json"]!),
    JSON.parse(files["tokenizer_config.json"]!),
  );
  const encode = (text: string, pair?: string) =>
    tokenizer.encode(text, pair === undefined ? {} : { text_pair: pair }).ids;
  return { tokens, files, encode };
}

function upperCaseTokens(): string[] {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".split("");
  return [...letters, ...letters.map((letter) => `##${letter}`)];
}
