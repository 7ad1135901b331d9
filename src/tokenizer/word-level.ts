// WordLevel: a word is one token of the vocabulary, or unknown.
import type { ModelSource, TokenModel } from "./model.ts";
import { unknownWordError } from "./word-piece.ts";

export function readWordLevel({ settings, vocabulary }: ModelSource): TokenModel {
  const { table } = vocabulary;
  const unknownToken = settings.field("unk_token").string("<unk>");
  const unknownId = table.idOf(unknownToken);
  return {
    kind: "WordLevel",
    size: table.size,
    idEnd: table.idEnd,
    continuingPrefix: "",
    unknownId,
    idOf: (token) => table.idOf(token),
    tokenOf: (id) => table.textOf(id),
    split: (word) => {
      const id = table.idOf(word) ?? unknownId;
      if (id === undefined) throw unknownWordError(unknownToken);
      return Int32Array.of(id, 0, word.length);
    },
  };
}
