// Remembers the pieces of words already cut, within a bound.
import { textOfUnits } from "./aligned-text.ts";
import type { Pieces } from "./model.ts";

/** Words per generation: natural text repeats a few thousand words. */
const GENERATION_WORDS = 16_384;

/** Longer words are rare and would let a caller fill the memory. */
const WORD_UNITS_MAX = 48;

/** A copy of a word: a slice would keep the whole text it was cut from in memory. */
function detach(word: string): string {
  const units = new Uint16Array(word.length);
  for (let index = 0; index < word.length; index++) units[index] = word.charCodeAt(index);
  return textOfUnits(units);
}

/**
 * Two generations of words: when the young one is full it becomes the old one, and what was old is forgotten.
 * Words in use move to the young generation, so it behaves like a least-recently-used cache without its bookkeeping.
 */
export class PieceCache {
  readonly #split: (word: string) => Pieces;
  #young = new Map<string, Pieces>();
  #old = new Map<string, Pieces>();

  constructor(split: (word: string) => Pieces) {
    this.#split = split;
  }

  get(word: string): Pieces {
    const young = this.#young.get(word);
    if (young !== undefined) return young;
    if (word.length > WORD_UNITS_MAX) return this.#split(word);
    const pieces = this.#old.get(word) ?? this.#split(word);
    if (this.#young.size >= GENERATION_WORDS) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(detach(word), pieces);
    return pieces;
  }
}
