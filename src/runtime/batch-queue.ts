// Which inputs run together: a bounded queue of tokenised inputs, taken in batches of similar length. It runs nothing.
import { CodedError } from "../error/index.ts";
import { BATCH_INPUTS_MAX, BATCH_TOKENS_MAX, QUEUED_INPUTS_MAX } from "./limit.ts";

/** What the queue must know of a waiting input. */
export type Queued = {
  /** Tokens, special tokens included. */
  readonly length: number;
  /** Inputs share a batch only with inputs of the same group. */
  readonly group: string;
};

/** Inputs in the order of their arrival. */
export class BatchQueue<T extends Queued> {
  #waiting: T[] = [];

  get count(): number {
    return this.#waiting.length;
  }

  /** All or nothing: throws `ENGINE_OVERLOADED` when not all of them fit. */
  add(items: readonly T[]): void {
    if (this.#waiting.length + items.length > QUEUED_INPUTS_MAX) {
      throw new CodedError(
        "ENGINE_OVERLOADED",
        `Cannot queue ${items.length} inputs as ${this.#waiting.length} of at most ${QUEUED_INPUTS_MAX} are ` +
          "waiting: try again later, or send fewer at once",
        { detail: { waiting: this.#waiting.length, maximum: QUEUED_INPUTS_MAX } },
      );
    }
    this.#waiting.push(...items);
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
    const candidates = this.#waiting
      .filter((item) => item.group === oldest.group)
      .map((item, arrival) => ({ item, arrival, distance: Math.abs(item.length - oldest.length) }))
      .sort((left, right) => left.distance - right.distance || left.arrival - right.arrival);
    const batch = new Set<T>();
    let longest = 0;
    for (const { item } of candidates) {
      const padded = Math.max(longest, item.length);
      const full = batch.size >= BATCH_INPUTS_MAX || padded * (batch.size + 1) > BATCH_TOKENS_MAX;
      if (full && batch.size > 0) break;
      batch.add(item);
      longest = padded;
    }
    this.#waiting = this.#waiting.filter((item) => !batch.has(item));
    return [...batch];
  }
}
