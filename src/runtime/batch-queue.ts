// Which inputs run together, and whose turn it is: a bounded queue of tokenised inputs, taken in batches of similar
// length. It runs nothing and knows no time but what it is told.
//
// Requests take turns. A turn is one batch, which begins with the request's first waiting input. After its turn a
// request goes to the end of the line. Bulk work is given no two turns in a row while others wait, so that the single
// query that comes while thousands of inputs of another request wait is next. Nothing is passed over for longer than
// one batch for every request before it, bulk work for one more.
import { assert } from "../error/index.ts";
import { LengthIndex, type Slot } from "./length-index.ts";
import {
  ATTENTION_EVEN_TOKENS,
  BULK_CAUTION_MS,
  BULK_INPUTS_MIN,
  BULK_TOKENS_MAX,
  QUEUED_INPUTS_MAX,
  RUN_OVERHEAD_TOKENS,
} from "./limit.ts";

/** What the queue must know of a waiting input. */
export type Queued = {
  /** Tokens it takes in a batch of its own: special tokens, and the padding no batch can do without. */
  readonly length: number;
  /** Inputs share a batch only with inputs of the same group. */
  readonly group: string;
};

/** What a batch may hold at most; one input runs whatever its length. */
export type BatchLimits = {
  readonly inputs: number;
  /** Padding included. */
  readonly tokens: number;
  /** Inputs that may wait; `QUEUED_INPUTS_MAX` when absent. */
  readonly queued?: number | undefined;
};

type Place<T extends Queued> = Slot & { readonly item: T; readonly ticket: Ticket<T> };

/** The waiting inputs of one request: what `add` gives and `remove` takes. */
export type Ticket<T extends Queued> = {
  readonly places: Place<T>[];
  readonly bulk: boolean;
  /** Places before this one are taken. */
  next: number;
  /** Inputs that wait, and their work. */
  waiting: number;
  work: number;
};

/** What running an input costs, in tokens of a short text: attention grows with the square of the length. */
export function workOf(length: number): number {
  return length * (1 + length / ATTENTION_EVEN_TOKENS);
}

export class BatchQueue<T extends Queued> {
  readonly #limits: BatchLimits;
  /** Requests that wait, the next turn first. */
  readonly #turns = new Set<Ticket<T>>();
  /** Inputs by the group they may share a batch with; bulk work has groups of its own. */
  readonly #groups = new Map<string, LengthIndex<Place<T>>>();
  /** Whether the last turn was one of bulk work. */
  #lastBulk = false;
  #count = 0;
  #work = 0;
  #lastShortMs = Number.NEGATIVE_INFINITY;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#count;
  }

  /** Of all that waits. */
  get work(): number {
    return this.#work;
  }

  get inputsMax(): number {
    return this.#limits.queued ?? QUEUED_INPUTS_MAX;
  }

  /** Whether there is room for so many more. */
  fits(count: number): boolean {
    return this.#count + count <= this.inputsMax;
  }

  /** All inputs of one request; there must be room for them. */
  add(items: readonly T[], nowMs: number): Ticket<T> {
    assert(this.fits(items.length), "the queue has room");
    const bulk = items.length >= BULK_INPUTS_MIN;
    const work = items.reduce((sum, { length }) => sum + workOf(length), 0);
    const waiting = items.length;
    const ticket: Ticket<T> = { places: [], bulk, next: 0, waiting, work };
    for (const item of items) {
      const place = { item, ticket, length: item.length, taken: false };
      ticket.places.push(place);
      this.#indexOf(item, bulk).add(place);
    }
    if (waiting > 0) this.#turns.add(ticket);
    this.#count += waiting;
    this.#work += work;
    if (!bulk) this.#lastShortMs = nowMs;
    return ticket;
  }

  /** Removes what of a request still waits, because nobody waits for it any more. Returns how much. */
  remove(ticket: Ticket<T>): number {
    const removed = ticket.waiting;
    for (const place of ticket.places) {
      if (place.taken) continue;
      place.taken = true;
      this.#indexOf(place.item, ticket.bulk).forget();
      this.#account(place);
    }
    return removed;
  }

  /** The work that would be done before a request that came now got its first turn: of every other one a batch at most. */
  workBefore(): number {
    const share = this.#limits.tokens;
    // What all have is at least what counts of them.
    if (this.#work <= share) return this.#work;
    let before = 0;
    for (const ticket of this.#turns) before += Math.min(ticket.work, share);
    return before;
  }

  /**
   * Takes the next batch: the first input of the request whose turn it is, then those whose length is nearest to it, as
   * long as the padded batch stays within the token budget and padding costs less than another run. An input above the
   * budget runs alone. Empty when none wait.
   *
   * `othersLong` says that every other worker is at a long batch: while others ask, bulk work then goes on with inputs
   * that do not make this one such, too, as long as there are any.
   */
  take(nowMs: number, othersLong = false): T[] {
    const ticket = this.#nextTurn();
    if (ticket === undefined) return [];
    this.#lastBulk = ticket.bulk;
    const first = (othersLong && this.#firstShort(ticket, nowMs)) || firstPlace(ticket);
    const index = this.#indexOf(first.item, ticket.bulk);
    first.taken = true;
    index.forget();
    this.#turns.delete(ticket);
    this.#turns.add(ticket);
    this.#account(first);
    const batch = [first.item];
    const inputs = this.#limits.inputs;
    if (inputs === 1) return batch;
    const tokens = this.#tokensFor(ticket, nowMs);
    let longest = first.length;
    index.takeNearest(first.length, (place) => {
      const padded = Math.max(longest, place.length);
      if (batch.length >= inputs || padded * (batch.length + 1) > tokens) return false;
      const padding = (padded - longest) * batch.length + padded - place.length;
      if (padding > RUN_OVERHEAD_TOKENS) return false;
      longest = padded;
      batch.push(place.item);
      this.#account(place);
      return true;
    });
    return batch;
  }

  /** The next in line, but bulk work is not given two turns while others wait. */
  #nextTurn(): Ticket<T> | undefined {
    const [next] = this.#turns;
    if (next === undefined || !next.bulk || !this.#lastBulk) return next;
    for (const ticket of this.#turns) if (!ticket.bulk) return ticket;
    return next;
  }

  #tokensFor(ticket: Ticket<T>, nowMs: number): number {
    const { tokens } = this.#limits;
    return this.#isCareful(ticket, nowMs) ? Math.min(tokens, BULK_TOKENS_MAX) : tokens;
  }

  #isCareful({ bulk }: Ticket<T>, nowMs: number): boolean {
    return bulk && nowMs - this.#lastShortMs < BULK_CAUTION_MS;
  }

  /** Undefined where the turn may be a long one, or can be no other. */
  #firstShort(ticket: Ticket<T>, nowMs: number): Place<T> | undefined {
    if (!this.#isCareful(ticket, nowMs)) return undefined;
    for (let at = ticket.next; at < ticket.places.length; at++) {
      const place = ticket.places[at]!;
      if (!place.taken && place.length <= BULK_TOKENS_MAX) return place;
    }
    return undefined;
  }

  #account({ ticket, length }: Place<T>): void {
    const work = workOf(length);
    ticket.waiting -= 1;
    ticket.work -= work;
    this.#count -= 1;
    this.#work -= work;
    if (ticket.waiting === 0) this.#turns.delete(ticket);
    // Sums of fractions drift.
    if (this.#count === 0) this.#work = 0;
  }

  #indexOf({ group }: T, bulk: boolean): LengthIndex<Place<T>> {
    const name = bulk ? `bulk ${group}` : `short ${group}`;
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const index = new LengthIndex<Place<T>>();
    this.#groups.set(name, index);
    return index;
  }
}

function firstPlace<T extends Queued>(ticket: Ticket<T>): Place<T> {
  while (ticket.places[ticket.next]!.taken) ticket.next += 1;
  return ticket.places[ticket.next]!;
}
