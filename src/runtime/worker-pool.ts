// The workers of an engine: started one after another, replaced when they die, given up when they die again and again.
// Which batch goes to which of them is decided elsewhere.
import type { CodedError } from "../error/index.ts";
import { FAST_CRASH_MS, FAST_CRASHES_MAX, GROW_AFTER_MS, RESTART_DELAY_MS } from "./limit.ts";
import type { WorkerClient } from "./worker-client.ts";

export type PoolOptions = {
  /** Workers side by side. */
  readonly count: number;
  /** Makes a worker, which is not started yet. */
  readonly open: () => WorkerClient;
  /** Sends a worker what it loads. */
  readonly start: (worker: WorkerClient) => void;
  readonly now?: () => number;
};

/** Told of what becomes of the workers. */
export type PoolEvents = {
  /** One more worker answers. */
  readonly ready: () => void;
  /** A worker died and another takes its place, now or soon. */
  readonly restarted: () => void;
  /** None answers and none will. */
  readonly failed: (reason: CodedError) => void;
};

export class WorkerPool {
  /** Resolves once a worker answers; rejects with the coded reason when the first one could not load. */
  readonly ready: Promise<void>;
  readonly #options: PoolOptions;
  readonly #events: PoolEvents;
  readonly #now: () => number;
  readonly #readySince = new Map<WorkerClient, number>();
  /** Only ever one: Bun crashes when two threads load a native addon at once. */
  #loading: WorkerClient | undefined;
  /** One until more are asked for, so that the first answer has the machine for itself. */
  #wanted = 1;
  #fastCrashes = 0;
  #restarts = 0;
  #wasReady = false;
  #gaveUp = false;
  #closed = false;
  #timer: Timer | undefined;

  /** Opens the first worker, whose thread starts at once; `start` lets it load. */
  constructor(options: PoolOptions, events: PoolEvents) {
    this.#options = options;
    this.#events = events;
    this.#now = options.now ?? (() => performance.now());
    const first = options.open();
    this.#loading = first;
    this.ready = this.#follow(first);
    this.ready.catch(() => {});
  }

  /** Lets the first worker load. */
  start(): void {
    if (this.#loading !== undefined) this.#options.start(this.#loading);
  }

  /** Those that answer, the oldest first. */
  get workers(): readonly WorkerClient[] {
    return [...this.#readySince.keys()];
  }

  get count(): number {
    return this.#readySince.size;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Asks for all workers there may be, as there is work for them. */
  grow(): void {
    if (this.#wanted === this.#options.count) return;
    this.#wanted = this.#options.count;
    this.#openMissing();
  }

  /** Resolves once no worker is loading, as one that does cannot be ended safely, and all have ended. */
  async close(reason: CodedError): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#loading?.ready.catch(() => {});
    for (const worker of this.workers) worker.close(reason);
    this.#readySince.clear();
  }

  #openMissing(): void {
    const enough = this.#readySince.size >= this.#wanted;
    if (enough || this.#loading !== undefined || this.#gaveUp || this.#closed) return;
    const worker = this.#options.open();
    this.#loading = worker;
    this.#options.start(worker);
    this.#follow(worker).catch(() => {});
  }

  /** Settles as the worker's readiness does; what becomes of it later is seen to as well. */
  async #follow(worker: WorkerClient): Promise<void> {
    try {
      await worker.ready;
    } finally {
      this.#loading = undefined;
      void worker.ended.then((reason) => this.#handleEnd(worker, reason));
    }
    const isFirst = !this.#wasReady;
    this.#wasReady = true;
    this.#readySince.set(worker, this.#now());
    this.#events.ready();
    if (isFirst && this.#wanted === 1) this.#after(GROW_AFTER_MS, () => this.grow()).unref();
    else this.#openMissing();
  }

  #handleEnd(worker: WorkerClient, reason: CodedError): void {
    if (this.#closed) return;
    // What no worker could load yet, none will.
    if (!this.#wasReady) this.#giveUp(reason);
    else this.#replace(worker, reason);
  }

  #replace(worker: WorkerClient, reason: CodedError): void {
    const since = this.#readySince.get(worker);
    this.#readySince.delete(worker);
    const isFast = since === undefined || this.#now() - since < FAST_CRASH_MS;
    this.#fastCrashes = isFast ? this.#fastCrashes + 1 : 0;
    if (this.#fastCrashes >= FAST_CRASHES_MAX) {
      this.#giveUp(reason);
      return;
    }
    this.#restarts += 1;
    this.#events.restarted();
    const delayMs = this.#fastCrashes === 0 ? 0 : RESTART_DELAY_MS * 2 ** (this.#fastCrashes - 1);
    this.#after(delayMs, () => this.#openMissing());
  }

  #giveUp(reason: CodedError): void {
    this.#gaveUp = true;
    if (this.#readySince.size === 0) this.#events.failed(reason);
  }

  #after(delayMs: number, act: () => void): Timer {
    // Whatever was to be done before is done by this, too: both look for what is missing.
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, delayMs);
    return this.#timer;
  }
}
