// The texts of a vocabulary in one hash table over UTF-16 units: a text is looked up where it stands, without
// making a string of it, and a quarter of a million texts are two arrays.

import { textOfUnits } from "./aligned-text.ts";

const HASH_START = 0x811c9dc5 | 0;
const HASH_FACTOR = 0x01000193;
const INITIAL_UNITS = 4096;
const INITIAL_ENTRIES = 512;

const spread = (hash: number): number => hash ^ (hash >>> 15) ^ (hash >>> 7);

/** Units that stand in front of a text looked up, as "##" does in WordPiece: text[start, end) and their hash. */
export type TablePrefix = { text: string; start: number; end: number; hash: number };

// Written out where texts are hashed: calls cost too much while the code is young, and loading happens then.
function hashUnits(text: string, start: number, end: number): number {
  let hash = HASH_START;
  for (let index = start; index < end; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), HASH_FACTOR);
  }
  return hash;
}

export function createPrefix(text: string, start = 0, end: number = text.length): TablePrefix {
  return { text, start, end, hash: hashUnits(text, start, end) };
}

export const NO_PREFIX: TablePrefix = createPrefix("");

function resized<T extends Int32Array | Uint16Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Texts and ids. Filled once, then only read. Of equal texts the last one stands. */
export class TokenTable {
  /** Number of different texts. */
  size = 0;
  /** Largest id + 1. */
  idEnd = 0;
  /** Length of the longest text. */
  unitsMax = 0;
  #units = new Uint16Array(INITIAL_UNITS);
  /** Where entry e begins and its id at 2e and 2e + 1; it ends where the next one begins. */
  #entries = new Int32Array(INITIAL_ENTRIES * 2);
  #hashes = new Int32Array(INITIAL_ENTRIES);
  #count = 0;
  /** Entry + 1 and hash per slot, 0 where there is none: what a look-up needs lies together. */
  #slots = new Int32Array(0);
  #mask = 0;
  #entryOf: Int32Array | undefined;

  /** Adds text[start, end) with an id. */
  add(text: string, start: number, end: number, id: number): void {
    const entry = this.#count++;
    if (entry + 1 === this.#hashes.length) this.#growEntries();
    const entries = this.#entries;
    let length = entries[entry * 2] ?? 0;
    const lengthAfter = length + end - start;
    if (lengthAfter > this.#units.length) {
      this.#units = resized(this.#units, new Uint16Array(lengthAfter * 2));
    }
    const units = this.#units;
    let hash = HASH_START;
    for (let index = start; index < end; index++) {
      const unit = text.charCodeAt(index);
      units[length++] = unit;
      hash = Math.imul(hash ^ unit, HASH_FACTOR);
    }
    entries[entry * 2 + 1] = id;
    entries[entry * 2 + 2] = length;
    this.#hashes[entry] = hash;
    if (id >= this.idEnd) this.idEnd = id + 1;
    if (end - start > this.unitsMax) this.unitsMax = end - start;
  }

  #growEntries(): void {
    const capacity = this.#hashes.length * 2;
    this.#entries = resized(this.#entries, new Int32Array(capacity * 2));
    this.#hashes = resized(this.#hashes, new Int32Array(capacity));
  }

  /** Makes the table ready to be read; nothing may be added after. */
  seal(): this {
    let slotCount = 16;
    while (slotCount < this.#count * 2) slotCount *= 2;
    this.#mask = slotCount - 1;
    this.#slots = new Int32Array(slotCount * 2);
    const slots = this.#slots;
    for (let entry = 0; entry < this.#count; entry++) {
      const hash = this.#hashes[entry] ?? 0;
      let slot = (spread(hash) & this.#mask) * 2;
      while (slots[slot] !== 0 && !this.#isSame(entry, slot)) slot = (slot + 2) & (this.#mask * 2);
      if (slots[slot] === 0) this.size++;
      slots[slot] = entry + 1;
      slots[slot + 1] = hash;
    }
    this.#hashes = new Int32Array(0);
    return this;
  }

  /** Whether an entry has the text of the one in a slot. */
  #isSame(entry: number, slot: number): boolean {
    if (this.#slots[slot + 1] !== this.#hashes[entry]) return false;
    const other = (this.#slots[slot] ?? 0) - 1;
    const from = this.#entries[entry * 2] ?? 0;
    const length = (this.#entries[entry * 2 + 2] ?? 0) - from;
    const otherFrom = this.#entries[other * 2] ?? 0;
    if ((this.#entries[other * 2 + 2] ?? 0) - otherFrom !== length) return false;
    for (let unit = 0; unit < length; unit++) {
      if (this.#units[from + unit] !== this.#units[otherFrom + unit]) return false;
    }
    return true;
  }

  /** Id of prefix + text[start, end), or -1. */
  find(text: string, start: number, end: number, prefix: TablePrefix = NO_PREFIX): number {
    let hash = prefix.hash;
    for (let index = start; index < end; index++) {
      hash = Math.imul(hash ^ text.charCodeAt(index), HASH_FACTOR);
    }
    return this.#idAt(hash, text, start, end, prefix);
  }

  idOf(token: string): number | undefined {
    const id = this.find(token, 0, token.length);
    return id < 0 ? undefined : id;
  }

  /** Gives the id and end of every prefix + text[start, end) there is, the shortest first. */
  eachAt(
    text: string,
    start: number,
    give: (id: number, end: number) => void,
    prefix: TablePrefix = NO_PREFIX,
  ): void {
    const limit = Math.min(text.length, start + this.unitsMax - (prefix.end - prefix.start));
    let hash = prefix.hash;
    for (let end = start + 1; end <= limit; end++) {
      hash = Math.imul(hash ^ text.charCodeAt(end - 1), HASH_FACTOR);
      const id = this.#idAt(hash, text, start, end, prefix);
      if (id >= 0) give(id, end);
    }
  }

  /** A text with this id; of several the last one. */
  textOf(id: number): string | undefined {
    if (this.#entryOf === undefined) {
      this.#entryOf = new Int32Array(this.idEnd).fill(-1);
      for (let entry = 0; entry < this.#count; entry++) {
        this.#entryOf[this.#entries[entry * 2 + 1] ?? 0] = entry;
      }
    }
    const entry = this.#entryOf[id] ?? -1;
    if (entry < 0) return undefined;
    const units = this.#units.subarray(this.#entries[entry * 2], this.#entries[entry * 2 + 2]);
    return textOfUnits(units);
  }

  // Five parameters, because this runs for every substring of every word.
  #idAt(hash: number, text: string, start: number, end: number, prefix: TablePrefix): number {
    const slots = this.#slots;
    const mask = this.#mask * 2;
    for (let slot = (spread(hash) * 2) & mask; ; slot = (slot + 2) & mask) {
      const entry = (slots[slot] ?? 0) - 1;
      if (entry < 0) return -1;
      if (slots[slot + 1] === hash && this.#equals(entry, text, start, end, prefix)) {
        return this.#entries[entry * 2 + 1] ?? -1;
      }
    }
  }

  #equals(entry: number, text: string, start: number, end: number, prefix: TablePrefix): boolean {
    const units = this.#units;
    let at = this.#entries[entry * 2] ?? 0;
    const length = prefix.end - prefix.start + end - start;
    if ((this.#entries[entry * 2 + 2] ?? 0) - at !== length) return false;
    for (let index = prefix.start; index < prefix.end; index++) {
      if (units[at++] !== prefix.text.charCodeAt(index)) return false;
    }
    for (let index = start; index < end; index++) {
      if (units[at++] !== text.charCodeAt(index)) return false;
    }
    return true;
  }
}
