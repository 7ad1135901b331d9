// Cuts words that the model knows in byte-level characters, for models that have no quicker way of their own.
import { byteLevelCharacter } from "./byte-level.ts";
import { PIECE_STRIDE, type Pieces } from "./model.ts";

/** Wraps a model's `split` so that it takes and places the word as it is; part of a character counts as all of it. */
export function splitByteWord(split: (word: string) => Pieces): (word: string) => Pieces {
  return (word) => {
    let mapped = "";
    const starts: number[] = [];
    const ends: number[] = [];
    for (let index = 0; index < word.length; ) {
      const codePoint = word.codePointAt(index) ?? 0;
      const next = index + (codePoint > 0xffff ? 2 : 1);
      const bytes = byteLevelCharacter(codePoint);
      mapped += bytes;
      for (let byte = 0; byte < bytes.length; byte++) {
        starts.push(index);
        ends.push(next);
      }
      index = next;
    }
    const pieces = split(mapped);
    for (let place = 0; place < pieces.length; place += PIECE_STRIDE) {
      pieces[place + 1] = starts[pieces[place + 1] ?? 0] ?? word.length;
      pieces[place + 2] = ends[(pieces[place + 2] ?? 0) - 1] ?? word.length;
    }
    return pieces;
  };
}
