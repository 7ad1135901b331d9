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
  /** Batches after which a worker arranges its weights; never when absent. */
  readonly arrangeAfter?: number | undefined;
  readonly now?: () => number;
};

/** Told of what becomes of the workers. */
export type PoolEvents = {
  /** One more worker answers, or one answers again. */
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
  /** Batches of the workers whose weights are not arranged. */
  readonly #runs = new Map<WorkerClient, number>();
  /** Only ever one, as it answers nothing meanwhile. */
  #arranging: Promise<void> | undefined;
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

  /** Tells that a worker has answered a batch. */
  noteRun(worker: WorkerClient): void {
    const runs = this.#runs.get(worker);
    if (runs === undefined) return;
    this.#runs.set(worker, runs + 1);
    this.#arrangeNext();
  }

  /** Resolves once no worker is loading, as one that does cannot be ended safely, and all have ended. */
  async close(reason: CodedError): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#loading?.ready.catch(() => {});
    await this.#arranging;
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
    if (this.#options.arrangeAfter !== undefined) this.#runs.set(worker, 0);
    this.#events.ready();
    if (isFirst && this.#wanted === 1) this.#after(GROW_AFTER_MS, () => this.grow()).unref();
    else this.#openMissing();
  }

  /** One worker after another, and none while there are fewer than asked for: the others answer meanwhile. */
  #arrangeNext(): void {
    if (this.#arranging !== undefined || this.#closed) return;
    if (this.#loading !== undefined || this.#readySince.size < this.#wanted) return;
    const { arrangeAfter = Infinity } = this.#options;
    const next = [...this.#runs].find(([, runs]) => runs >= arrangeAfter)?.[0];
    if (next === undefined) return;
    this.#runs.delete(next);
    const done = () => {
      this.#arranging = undefined;
      this.#events.ready();
      this.#arrangeNext();
    };
    // One that ends meanwhile is replaced.
    this.#arranging = next.arrange().then(done, done);
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
    this.#runs.delete(worker);
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
