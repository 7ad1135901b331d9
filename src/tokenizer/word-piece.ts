// WordPiece: the longest piece of the vocabulary that fits, again and again; no fit makes the word unknown.
import { CodedError } from "../error/index.ts";
import type { ModelSource, Pieces, TokenModel } from "./model.ts";
import { createPrefix, NO_PREFIX, type TokenTable } from "./token-table.ts";

type WordPieceOptions = {
  readonly unknownToken: string;
  readonly unknownId: number | undefined;
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

function createSplit(table: TokenTable, options: WordPieceOptions): (word: string) => Pieces {
  const following = createPrefix(options.continuingPrefix);
  const { unknownId } = options;
  let foundId = -1;
  let foundEnd = 0;
  const keepLongest = (id: number, end: number): void => {
    foundId = id;
    foundEnd = end;
  };

  const unknown = (word: string): Pieces => {
    if (unknownId === undefined) throw unknownWordError(options.unknownToken);
    return Int32Array.of(unknownId, 0, word.length);
  };

  return (word) => {
    if (hasMoreCharacters(word, options.charactersMax)) return unknown(word);
    const pieces: number[] = [];
    for (let start = 0; start < word.length; start = foundEnd) {
      foundId = -1;
      table.eachAt(word, start, keepLongest, start === 0 ? NO_PREFIX : following);
      if (foundId < 0) return unknown(word);
      pieces.push(foundId, start, foundEnd);
    }
    return Int32Array.from(pieces);
  };
}

export function readWordPiece({ settings, vocabulary }: ModelSource): TokenModel {
  const { table } = vocabulary;
  const unknownToken = settings.field("unk_token").string("[UNK]");
  const unknownId = table.idOf(unknownToken);
  const continuingPrefix = settings.field("continuing_subword_prefix").string("##");
  const split = createSplit(table, {
    unknownToken,
    unknownId,
    continuingPrefix,
    charactersMax: settings.field("max_input_chars_per_word").count(100),
  });
  return {
    kind: "WordPiece",
    size: table.size,
    idEnd: table.idEnd,
    continuingPrefix,
    unknownId,
    idOf: (token) => table.idOf(token),
    tokenOf: (id) => table.textOf(id),
    split,
  };
}
