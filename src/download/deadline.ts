// Ends a request that takes too long: the runtime's own limits know no stalls.

export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isMissed = false;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether it was this that ended the request. */
  get isMissed(): boolean {
    return this.#isMissed;
  }

  /** From now on; replaces the one before. */
  set(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isMissed = true;
      this.#controller.abort();
    }, ms);
  }

  /** Also ends what still goes on: a body nobody reads to its end would hold its connection. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#controller.abort();
  }
}
