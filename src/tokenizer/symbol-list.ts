// The symbols of one word while BPE joins them: a linked list in flat arrays and a heap of possible merges.
import type { MergeTable } from "./merge-table.ts";
import { PIECE_STRIDE, type Pieces } from "./model.ts";

const INITIAL_SYMBOLS = 64;
const NONE = -1;

/** Scratch space for words up to this length is kept. */
const KEPT_SYMBOLS = 65_536;

/** Joins neighbours lowest rank first, leftmost first among equals; n log n in the length of the word. */
export class SymbolList {
  readonly #merges: MergeTable;
  #ids = new Int32Array(INITIAL_SYMBOLS);
  #bytes = new Int32Array(INITIAL_SYMBOLS);
  #previous = new Int32Array(INITIAL_SYMBOLS);
  #next = new Int32Array(INITIAL_SYMBOLS);
  #length = 0;
  /** Two numbers per entry: rank and place of the left symbol. */
  #heap = new Int32Array(INITIAL_SYMBOLS * 4);
  #heapLength = 0;

  constructor(merges: MergeTable) {
    this.#merges = merges;
  }

  add(id: number, bytes: number): void {
    const index = this.#length;
    if (index === this.#ids.length) this.#grow();
    this.#ids[index] = id;
    this.#bytes[index] = bytes;
    this.#previous[index] = index - 1;
    this.#next[index] = NONE;
    if (index > 0) this.#next[index - 1] = index;
    this.#length = index + 1;
  }

  merge(): void {
    const [ids, bytes, next, previous] = [this.#ids, this.#bytes, this.#next, this.#previous];
    for (let index = 0; index + 1 < this.#length; index++) this.#offer(index, index + 1);
    while (this.#heapLength > 0) {
      const rank = this.#heap[0] ?? 0;
      const left = this.#heap[1] ?? 0;
      this.#removeTop();
      const right = next[left] ?? NONE;
      if (bytes[left] === 0 || right === NONE) continue;
      const joined = this.#merges.joinedOf(rank);
      // The pair may have changed since it was offered; what counts is that it still gives the same token.
      const rankNow = this.#merges.rankOf(ids[left] ?? 0, ids[right] ?? 0);
      if (rankNow < 0 || this.#merges.joinedOf(rankNow) !== joined) continue;
      ids[left] = joined;
      bytes[left] = (bytes[left] ?? 0) + (bytes[right] ?? 0);
      bytes[right] = 0;
      const after = next[right] ?? NONE;
      next[left] = after;
      if (after !== NONE) previous[after] = left;
      const before = previous[left] ?? NONE;
      if (before !== NONE) this.#offer(before, left);
      if (after !== NONE) this.#offer(left, after);
    }
  }

  /** What is left: id, start and end of each, in bytes. The list is empty afterwards. */
  takePieces(): Pieces {
    let count = 0;
    for (let index = 0; index < this.#length; index++) if ((this.#bytes[index] ?? 0) > 0) count++;
    const pieces = new Int32Array(count * PIECE_STRIDE);
    let start = 0;
    let place = 0;
    for (let index = 0; index < this.#length; index++) {
      const bytes = this.#bytes[index] ?? 0;
      if (bytes === 0) continue;
      pieces[place] = this.#ids[index] ?? 0;
      pieces[place + 1] = start;
      start += bytes;
      pieces[place + 2] = start;
      place += PIECE_STRIDE;
    }
    this.#length = 0;
    // A word of megabytes must not hold its memory for good.
    if (this.#ids.length > KEPT_SYMBOLS) this.#reset();
    return pieces;
  }

  #reset(): void {
    this.#ids = new Int32Array(INITIAL_SYMBOLS);
    this.#bytes = new Int32Array(INITIAL_SYMBOLS);
    this.#previous = new Int32Array(INITIAL_SYMBOLS);
    this.#next = new Int32Array(INITIAL_SYMBOLS);
    this.#heap = new Int32Array(INITIAL_SYMBOLS * 4);
  }

  #offer(left: number, right: number): void {
    const rank = this.#merges.rankOf(this.#ids[left] ?? 0, this.#ids[right] ?? 0);
    if (rank < 0) return;
    if (this.#heapLength * 2 + 2 > this.#heap.length) this.#heap = doubled(this.#heap);
    const heap = this.#heap;
    let index = this.#heapLength++;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const parentRank = heap[parent * 2] ?? 0;
      if (parentRank < rank || (parentRank === rank && (heap[parent * 2 + 1] ?? 0) <= left)) break;
      heap[index * 2] = parentRank;
      heap[index * 2 + 1] = heap[parent * 2 + 1] ?? 0;
      index = parent;
    }
    heap[index * 2] = rank;
    heap[index * 2 + 1] = left;
  }

  #isLess(a: number, b: number): boolean {
    const heap = this.#heap;
    const rankA = heap[a * 2] ?? 0;
    const rankB = heap[b * 2] ?? 0;
    return rankA < rankB || (rankA === rankB && (heap[a * 2 + 1] ?? 0) < (heap[b * 2 + 1] ?? 0));
  }

  #removeTop(): void {
    const heap = this.#heap;
    const last = --this.#heapLength;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#isLess(child + 1, child)) child++;
      if (!this.#isLess(child, last)) break;
      heap[index * 2] = heap[child * 2] ?? 0;
      heap[index * 2 + 1] = heap[child * 2 + 1] ?? 0;
      index = child;
    }
    heap[index * 2] = heap[last * 2] ?? 0;
    heap[index * 2 + 1] = heap[last * 2 + 1] ?? 0;
  }

  #grow(): void {
    this.#ids = doubled(this.#ids);
    this.#bytes = doubled(this.#bytes);
    this.#previous = doubled(this.#previous);
    this.#next = doubled(this.#next);
  }
}

function doubled(from: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const to = new Int32Array(from.length * 2);
  to.set(from);
  return to;
}
