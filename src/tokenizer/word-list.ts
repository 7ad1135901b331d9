// Words of a text as places in it: a text of millions of words is two arrays, not millions of objects.
import { type AlignedText, AlignedTextBuilder } from "./aligned-text.ts";

const INITIAL_WORDS = 32;

/** Places [start, end) in `base`, in order, never empty. Complete before it is read. */
export class WordList {
  readonly base: AlignedText;
  #bounds = new Int32Array(INITIAL_WORDS * 2);
  #count = 0;

  constructor(base: AlignedText) {
    this.base = base;
  }

  /** The whole of a text as one word; no word if it is empty. */
  static whole(base: AlignedText): WordList {
    const list = new WordList(base);
    list.push(0, base.text.length);
    return list;
  }

  get count(): number {
    return this.#count;
  }

  startOf(index: number): number {
    return this.#bounds[index * 2] ?? 0;
  }

  endOf(index: number): number {
    return this.#bounds[index * 2 + 1] ?? 0;
  }

  /** The same places in another text of the same length. */
  on(base: AlignedText): WordList {
    const list = new WordList(base);
    list.#bounds = this.#bounds;
    list.#count = this.#count;
    return list;
  }

  /** Adds a word; an empty one is left out. */
  push(start: number, end: number): void {
    if (start >= end) return;
    const at = this.#count * 2;
    if (at === this.#bounds.length) {
      const bounds = new Int32Array(at * 2);
      bounds.set(this.#bounds);
      this.#bounds = bounds;
    }
    this.#bounds[at] = start;
    this.#bounds[at + 1] = end;
    this.#count++;
  }
}

/** Writes every word anew through `write`, which appends to the builder; the words then lie in a text of their own. */
export function rewriteWords(
  words: WordList,
  write: (out: AlignedTextBuilder, start: number, end: number) => void,
): WordList {
  const out = new AlignedTextBuilder(words.base.text.length + words.count);
  const ends: number[] = [];
  for (let index = 0; index < words.count; index++) {
    write(out, words.startOf(index), words.endOf(index));
    ends.push(out.length);
  }
  const list = new WordList(out.finish());
  for (const [index, end] of ends.entries()) list.push(ends[index - 1] ?? 0, end);
  return list;
}
