// The contract of a tokenizer model: one word in, pieces of the vocabulary out.
import type { JsonCursor } from "./json-cursor.ts";
import type { JsonScanner } from "./json-scan.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Numbers per piece in a flat list of pieces. */
export const PIECE_STRIDE = 3;

/** Pieces of one word: id, start, end for each, the places in UTF-16 units of the word. */
export type Pieces = Int32Array;

export interface TokenModel {
  readonly kind: "WordPiece" | "BPE" | "Unigram" | "WordLevel";
  /** Number of different token texts. */
  readonly size: number;
  /** Largest id + 1. */
  readonly idEnd: number;
  /** What pieces within a word begin with in the vocabulary, such as "##"; empty without. */
  readonly continuingPrefix: string;
  /** The piece that stands for what the vocabulary lacks; undefined where it has none. */
  readonly unknownId: number | undefined;
  idOf(token: string): number | undefined;
  tokenOf(id: number): string | undefined;
  /** Cuts a word, which is never empty. */
  split(word: string): Pieces;
  /** Cuts a word as if it were written in byte-level characters; places are those of the word as it is. */
  splitBytes?(word: string): Pieces;
}

/** What a model is made from: its settings, its vocabulary and, still to be read, its merges. */
export type ModelSource = {
  readonly settings: JsonCursor;
  readonly vocabulary: Vocabulary;
  readonly merges: JsonScanner | undefined;
};
