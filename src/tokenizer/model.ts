// The contract of a tokenizer model: one word in, pieces of the vocabulary out.

/** Numbers per piece in a flat list of pieces. */
export const PIECE_STRIDE = 3;

/** Pieces of one word: id, start, end for each, the places in UTF-16 units of the word. */
export type Pieces = Int32Array;

export interface TokenModel {
  readonly kind: "WordPiece" | "BPE" | "Unigram" | "WordLevel";
  readonly idOf: ReadonlyMap<string, number>;
  /** Largest id + 1. */
  readonly idEnd: number;
  tokenOf(id: number): string | undefined;
  /** Cuts a word, which is never empty. */
  split(word: string): Pieces;
}
