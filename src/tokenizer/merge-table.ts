// The merges of a BPE model: pair of token ids to rank and joined id, in one open-addressed table.

const SLOTS_MIN = 1024;
const SLOT_STRIDE = 3;

/** Looked up for every pair of every word, so it holds numbers only: left, right, rank + 1 per slot. */
export class MergeTable {
  #slots: Int32Array;
  #mask: number;
  #joined: Int32Array;
  #count = 0;

  constructor(mergesExpected: number) {
    let slotCount = SLOTS_MIN;
    while (slotCount < mergesExpected * 2) slotCount *= 2;
    this.#slots = new Int32Array(slotCount * SLOT_STRIDE);
    this.#mask = slotCount - 1;
    this.#joined = new Int32Array(slotCount);
  }

  /** Adds the merge of the next rank. Of two merges of the same pair the later one stands. */
  add(left: number, right: number, joined: number): void {
    if (this.#count * 2 > this.#mask) this.#grow();
    const rank = this.#count++;
    this.#set(left, right, rank + 1);
    this.#joined[rank] = joined;
  }

  /** Rank of a pair, or -1. */
  rankOf(left: number, right: number): number {
    return (this.#slots[this.#slotOf(left, right) + 2] ?? 0) - 1;
  }

  joinedOf(rank: number): number {
    return this.#joined[rank] ?? -1;
  }

  #set(left: number, right: number, place: number): void {
    const slot = this.#slotOf(left, right);
    this.#slots[slot] = left;
    this.#slots[slot + 1] = right;
    this.#slots[slot + 2] = place;
  }

  #slotOf(left: number, right: number): number {
    const slots = this.#slots;
    let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    hash ^= hash >>> 15;
    for (let index = hash & this.#mask; ; index = (index + 1) & this.#mask) {
      const slot = index * SLOT_STRIDE;
      if (slots[slot + 2] === 0) return slot;
      if (slots[slot] === left && slots[slot + 1] === right) return slot;
    }
  }

  #grow(): void {
    const old = this.#slots;
    const joined = new Int32Array(this.#joined.length * 2);
    joined.set(this.#joined);
    this.#joined = joined;
    this.#slots = new Int32Array(old.length * 2);
    this.#mask = this.#slots.length / SLOT_STRIDE - 1;
    for (let slot = 0; slot < old.length; slot += SLOT_STRIDE) {
      const place = old[slot + 2] ?? 0;
      if (place > 0) this.#set(old[slot] ?? 0, old[slot + 1] ?? 0, place);
    }
  }
}
