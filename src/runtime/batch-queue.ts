// Which inputs run together: a bounded queue of tokenised inputs, taken in batches of similar length. It runs nothing.
import { CodedError } from "../error/index.ts";
import { QUEUED_INPUTS_MAX } from "./limit.ts";

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
};

/** Inputs in the order of their arrival. */
export class BatchQueue<T extends Queued> {
  readonly #limits: BatchLimits;
  #waiting: T[] = [];

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#waiting.length;
  }

  /** All or nothing: throws `ENGINE_OVERLOADED` when not all of them fit. */
  add(items: readonly T[]): void {
    if (this.#waiting.length + items.length > QUEUED_INPUTS_MAX)
      throw this.overloaded(items.length);
    this.#waiting.push(...items);
  }

  /** Why that many more inputs are not taken. */
  overloaded(count: number): CodedError {
    const waiting = this.#waiting.length;
    return new CodedError(
      "ENGINE_OVERLOADED",
      `Cannot queue ${count} inputs as ${waiting} of at most ${QUEUED_INPUTS_MAX} are ` +
        "waiting: try again later, or send fewer at once",
      { detail: { waiting, maximum: QUEUED_INPUTS_MAX } },
    );
  }

  /** Removes what nobody waits for any more. */
  remove(gone: (item: T) => boolean): T[] {
    const removed = this.#waiting.filter(gone);
    if (removed.length > 0) this.#waiting = this.#waiting.filter((item) => !gone(item));
    return removed;
  }

  /**
   * Takes the next batch: the input that has waited longest, then those whose length is nearest to it, as long as
   * the padded batch stays within the token budget. An input above the budget runs alone. Empty when none wait.
   */
  take(): T[] {
    const oldest = this.#waiting[0];
    if (oldest === undefined) return [];
    if (this.#limits.inputs === 1) return this.#waiting.splice(0, 1);
    const candidates = this.#waiting
      .filter((item) => item.group === oldest.group)
      .map((item, arrival) => ({ item, arrival, distance: Math.abs(item.length - oldest.length) }))
      .sort((left, right) => left.distance - right.distance || left.arrival - right.arrival);
    const batch = new Set<T>();
    let longest = 0;
    for (const { item } of candidates) {
      const padded = Math.max(longest, item.length);
      const full =
        batch.size >= this.#limits.inputs || padded * (batch.size + 1) > this.#limits.tokens;
      if (full && batch.size > 0) break;
      batch.add(item);
      longest = padded;
    }
    this.#waiting = this.#waiting.filter((item) => !batch.has(item));
    return [...batch];
  }
}
