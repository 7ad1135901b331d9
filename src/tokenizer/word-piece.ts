// WordPiece: the longest piece of the vocabulary that fits, again and again; no fit makes the word unknown.
import { CodedError } from "../error/index.ts";
import type { JsonCursor } from "./json-cursor.ts";
import type { Pieces, TokenModel } from "./model.ts";
import { invertVocabulary, readVocabulary } from "./vocabulary.ts";

type WordPieceOptions = {
  readonly unknownToken: string;
  readonly continuingPrefix: string;
  readonly charactersMax: number;
};

/** The error of a text with a word outside a vocabulary that has no token for such words. */
export function unknownWordError(unknownToken: string): CodedError {
  return new CodedError(
    "TOKENIZER_UNKNOWN_WORD",
    `Cannot tokenize the text: a word is not in the vocabulary, and the unknown token ` +
      `"${unknownToken}" is not either: use a model whose vocabulary covers the text`,
    { detail: { unknownToken } },
  );
}

/** Whether a text has more characters (code points) than a limit, without counting further than needed. */
function hasMoreCharacters(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  if (text.length > limit * 2) return true;
  let characters = 0;
  for (const _ of text) characters++;
  return characters > limit;
}

type PieceTable = { readonly idOf: ReadonlyMap<string, number>; readonly unitsMax: number };

/** The pieces that may follow another, without their prefix, so that no string is joined while matching. */
function continuationTable(vocabulary: ReadonlyMap<string, number>, prefix: string): PieceTable {
  const idOf = new Map<string, number>();
  let unitsMax = 0;
  for (const [token, id] of vocabulary) {
    if (!token.startsWith(prefix)) continue;
    const rest = token.slice(prefix.length);
    idOf.set(rest, id);
    unitsMax = Math.max(unitsMax, rest.length);
  }
  return { idOf, unitsMax };
}

function longestToken(vocabulary: ReadonlyMap<string, number>): number {
  let unitsMax = 0;
  for (const token of vocabulary.keys()) unitsMax = Math.max(unitsMax, token.length);
  return unitsMax;
}

function createSplit(
  vocabulary: ReadonlyMap<string, number>,
  options: WordPieceOptions,
): (word: string) => Pieces {
  const first: PieceTable = { idOf: vocabulary, unitsMax: longestToken(vocabulary) };
  const following = continuationTable(vocabulary, options.continuingPrefix);
  const unknownId = vocabulary.get(options.unknownToken);

  const unknown = (word: string): Pieces => {
    if (unknownId === undefined) throw unknownWordError(options.unknownToken);
    return Int32Array.of(unknownId, 0, word.length);
  };

  return (word) => {
    if (hasMoreCharacters(word, options.charactersMax)) return unknown(word);
    const whole = vocabulary.get(word);
    if (whole !== undefined) return Int32Array.of(whole, 0, word.length);
    const pieces: number[] = [];
    for (let start = 0; start < word.length; ) {
      const table = start === 0 ? first : following;
      let end = Math.min(word.length, start + table.unitsMax);
      let id: number | undefined;
      for (; end > start; end--) {
        id = table.idOf.get(word.slice(start, end));
        if (id !== undefined) break;
      }
      if (id === undefined) return unknown(word);
      pieces.push(id, start, end);
      start = end;
    }
    return Int32Array.from(pieces);
  };
}

export function readWordPiece(model: JsonCursor): TokenModel {
  const vocabulary = readVocabulary(model.field("vocab"));
  const split = createSplit(vocabulary.idOf, {
    unknownToken: model.field("unk_token").string("[UNK]"),
    continuingPrefix: model.field("continuing_subword_prefix").string("##"),
    charactersMax: model.field("max_input_chars_per_word").count(100),
  });
  let tokenOf: Map<number, string> | undefined;
  return {
    kind: "WordPiece",
    ...vocabulary,
    split,
    tokenOf: (id) => {
      tokenOf ??= invertVocabulary(vocabulary);
      return tokenOf.get(id);
    },
  };
}
