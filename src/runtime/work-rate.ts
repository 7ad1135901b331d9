// How fast workers work, as measured: smoothed, so that one slow batch is no trend and a slower machine soon is.

/** What a batch still counts for when another was measured since. */
const REMEMBERED = 0.95;

export class WorkRate {
  #work = 0;
  #ms = 0;

  /** One worker took so long for so much. */
  add(work: number, ms: number): void {
    this.#work = this.#work * REMEMBERED + work;
    this.#ms = this.#ms * REMEMBERED + ms;
  }

  /** How long one worker takes for so much; 0 before anything was measured. */
  msFor(work: number): number {
    return this.#work > 0 ? (work * this.#ms) / this.#work : 0;
  }
}
