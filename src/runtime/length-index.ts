// Waiting inputs by their length: finds those whose length is nearest to a given one, the longest waiting first.
import { assert } from "../error/index.ts";

/** What is taken elsewhere stays here until it is come across: whoever takes it says so in `taken`. */
export type Slot = { readonly length: number; taken: boolean };

/** Slots of one length, in the order they came; those before `start` are gone. */
type Shelf<S> = { readonly length: number; slots: S[]; start: number };

/** Gone slots that are kept at most before they are cleared away, besides as many as there are waiting. */
const GONE_SLOTS_MAX = 1024;

export class LengthIndex<S extends Slot> {
  /** By length, the shortest first. Lengths are few, as models take some hundred tokens. */
  #shelves: Shelf<S>[] = [];
  #waiting = 0;
  #gone = 0;

  add(slot: S): void {
    const at = this.#find(slot.length);
    const shelf = this.#shelves[at];
    if (shelf?.length === slot.length) shelf.slots.push(slot);
    else this.#shelves.splice(at, 0, { length: slot.length, slots: [slot], start: 0 });
    this.#waiting += 1;
  }

  /** Tells that a slot was marked as taken without this index. */
  forget(): void {
    this.#waiting -= 1;
    this.#gone += 1;
    if (this.#gone > GONE_SLOTS_MAX + this.#waiting) this.#clear();
  }

  /**
   * Takes slots from the nearest length outwards, a shorter one before a longer one. Where `accept` refuses one, those
   * beyond it are not asked about.
   */
  takeNearest(length: number, accept: (slot: S) => boolean): void {
    let upper = this.#find(length);
    let lower = upper - 1;
    while (true) {
      const [left, right] = [this.#shelves[lower], this.#shelves[upper]];
      const isLower =
        left !== undefined &&
        (right === undefined || length - left.length <= right.length - length);
      const shelf = isLower ? left : right;
      if (shelf === undefined) break;
      if (this.#takeFrom(shelf, accept)) {
        this.#shelves.splice(isLower ? lower : upper, 1);
        if (isLower) upper -= 1;
      } else if (!isLower) upper = this.#shelves.length;
      if (isLower) lower = shelf.slots.length > 0 ? -1 : lower - 1;
    }
  }

  /** Whether nothing is left on the shelf. */
  #takeFrom(shelf: Shelf<S>, accept: (slot: S) => boolean): boolean {
    for (let slot = shelf.slots[shelf.start]; slot !== undefined; ) {
      if (slot.taken) this.#gone -= 1;
      else {
        if (!accept(slot)) {
          this.#trim(shelf);
          return false;
        }
        slot.taken = true;
        this.#waiting -= 1;
      }
      shelf.start += 1;
      slot = shelf.slots[shelf.start];
    }
    shelf.slots = [];
    return true;
  }

  #trim(shelf: Shelf<S>): void {
    if (shelf.start <= GONE_SLOTS_MAX || shelf.start * 2 < shelf.slots.length) return;
    shelf.slots = shelf.slots.slice(shelf.start);
    shelf.start = 0;
  }

  /** Index of the first shelf of that length or more. */
  #find(length: number): number {
    let low = 0;
    let high = this.#shelves.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#shelves[middle]!.length < length) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #clear(): void {
    for (const shelf of this.#shelves) {
      shelf.slots = shelf.slots.slice(shelf.start).filter((slot) => !slot.taken);
      shelf.start = 0;
    }
    this.#shelves = this.#shelves.filter(({ slots }) => slots.length > 0);
    this.#gone = 0;
    const left = this.#shelves.reduce((sum, { slots }) => sum + slots.length, 0);
    assert(left === this.#waiting, "what waits is on a shelf");
  }
}
