// The merges of a BPE model: pair of token ids to rank and joined id, in one open-addressed table.

export type Merge = {
  readonly left: number;
  readonly right: number;
  readonly rank: number;
  readonly joined: number;
};

const SLOTS_MIN = 16;

/** Looked up for every pair of every word, so it holds numbers only: left, right, rank + 1 per slot. */
export class MergeTable {
  readonly #mask: number;
  readonly #slots: Int32Array;
  readonly #joined: Int32Array;

  constructor(mergeCount: number) {
    let slotCount = SLOTS_MIN;
    while (slotCount < mergeCount * 2) slotCount *= 2;
    this.#mask = slotCount - 1;
    this.#slots = new Int32Array(slotCount * 3);
    this.#joined = new Int32Array(mergeCount);
  }

  /** Of two merges of the same pair the later one stands, as in the reference. */
  add(merge: Merge): void {
    const slot = this.#slotOf(merge.left, merge.right);
    this.#slots[slot] = merge.left;
    this.#slots[slot + 1] = merge.right;
    this.#slots[slot + 2] = merge.rank + 1;
    this.#joined[merge.rank] = merge.joined;
  }

  /** Rank of a pair, or -1. */
  rankOf(left: number, right: number): number {
    return (this.#slots[this.#slotOf(left, right) + 2] ?? 0) - 1;
  }

  joinedOf(rank: number): number {
    return this.#joined[rank] ?? -1;
  }

  #slotOf(left: number, right: number): number {
    const slots = this.#slots;
    let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    hash ^= hash >>> 15;
    for (let index = hash & this.#mask; ; index = (index + 1) & this.#mask) {
      const slot = index * 3;
      if (slots[slot + 2] === 0) return slot;
      if (slots[slot] === left && slots[slot + 1] === right) return slot;
    }
  }
}
