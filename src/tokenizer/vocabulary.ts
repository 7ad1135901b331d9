// Token texts and their ids, read from a model's vocabulary.
import { isCount, type JsonCursor } from "./json-cursor.ts";

/** A checked vocabulary: text to id, and the largest id + 1. */
export type Vocabulary = { readonly idOf: ReadonlyMap<string, number>; readonly idEnd: number };

/** Reads an object of token texts and ids. */
export function readVocabulary(vocab: JsonCursor): Vocabulary {
  const idOf = new Map<string, number>();
  let idEnd = 0;
  for (const [token, id] of vocab.entries()) {
    if (!isCount(id)) throw vocab.field(token).invalid("a token id");
    idOf.set(token, id);
    if (id >= idEnd) idEnd = id + 1;
  }
  return { idOf, idEnd };
}

/** Ids to texts; where several texts share an id the last one stands. */
export function invertVocabulary(vocabulary: Vocabulary): Map<number, string> {
  const tokenOf = new Map<number, string>();
  for (const [token, id] of vocabulary.idOf) tokenOf.set(id, token);
  return tokenOf;
}
