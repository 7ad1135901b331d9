// WordLevel: a word is one token of the vocabulary, or unknown.
import type { JsonCursor } from "./json-cursor.ts";
import type { TokenModel } from "./model.ts";
import { invertVocabulary, readVocabulary } from "./vocabulary.ts";
import { unknownWordError } from "./word-piece.ts";

export function readWordLevel(model: JsonCursor): TokenModel {
  const vocabulary = readVocabulary(model.field("vocab"));
  const unknownToken = model.field("unk_token").string("<unk>");
  const unknownId = vocabulary.idOf.get(unknownToken);
  const tokenOf = invertVocabulary(vocabulary);
  return {
    kind: "WordLevel",
    ...vocabulary,
    tokenOf: (id) => tokenOf.get(id),
    split: (word) => {
      const id = vocabulary.idOf.get(word) ?? unknownId;
      if (id === undefined) throw unknownWordError(unknownToken);
      return Int32Array.of(id, 0, word.length);
    },
  };
}
