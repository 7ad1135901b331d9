// Brings requests and workers together: admits what can be answered in time, gives free workers the next batch, and
// gives up requests as a whole when one of their inputs cannot be run.
import { assert, CodedError, isCodedError } from "../error/index.ts";
import type { Model } from "../gen/manifest_pb.ts";
import { paddedLength, type TokenSequence } from "../onnx/index.ts";
import type { View } from "../task/index.ts";
import type { Matrix } from "../tensor/index.ts";
import { type BatchLimits, BatchQueue, type Queued, type Ticket, workOf } from "./batch-queue.ts";
import type { EngineObserver, EngineStats, RejectReason, RunMeter, RunOptions } from "./engine.ts";
import {
  BULK_TOKENS_MAX,
  RETRY_AFTER_MAX_S,
  RUN_OVERHEAD_TOKENS,
  SENT_AHEAD_MS,
  TIMER_MS_MAX,
  WAIT_SPREAD,
} from "./limit.ts";
import { WorkRate } from "./work-rate.ts";
import type { WorkerClient } from "./worker-client.ts";
import type { WorkerPool } from "./worker-pool.ts";

export type ScheduleOptions = {
  readonly view: View;
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs?: number | undefined;
  readonly meter?: RunMeter | undefined;
  readonly checkNumbers?: RunOptions["checkNumbers"] | undefined;
};

/** One request: answered as a whole or not at all. */
type Request = {
  readonly options: ScheduleOptions;
  readonly arrivedMs: number;
  readonly results: Matrix[];
  readonly settle: (error: unknown) => void;
  ticket: Ticket<Job> | undefined;
  left: number;
  /** Results there are, and the numbers in them. */
  answered: number;
  numbers: number;
  /** Whether a worker got one of its inputs. */
  begun: boolean;
  settled: boolean;
};

type Job = Queued & {
  readonly request: Request;
  readonly index: number;
  readonly sequence: TokenSequence;
};

/** What a worker has at hand. */
type Line = { work: number; sinceMs: number };

const BATCHES_AHEAD_MAX = 2;

export class Scheduler {
  readonly #model: Model;
  readonly #limits: BatchLimits;
  readonly #pool: WorkerPool;
  readonly #observers: readonly EngineObserver[];
  readonly #queue: BatchQueue<Job>;
  readonly #rate = new WorkRate();
  readonly #lines = new WeakMap<WorkerClient, Line>();
  readonly #requests = new Set<Request>();
  #running = 0;
  #runningWork = 0;
  /** Batches a short text should not have to wait for. */
  #runningLong = 0;

  constructor(
    pool: WorkerPool,
    options: {
      readonly model: Model;
      readonly limits: BatchLimits;
      /** May grow. */
      readonly observers: readonly EngineObserver[];
    },
  ) {
    this.#pool = pool;
    this.#model = options.model;
    this.#limits = options.limits;
    this.#observers = options.observers;
    this.#queue = new BatchQueue(options.limits);
  }

  /** What the pool and the queue hold; the engine adds nothing. */
  get stats(): EngineStats {
    return {
      queued: this.#queue.count,
      running: this.#running,
      workers: this.#pool.count,
      busyWorkers: this.#pool.workers.filter(({ busy }) => busy > 0).length,
      restarts: this.#pool.restarts,
      predictedWaitMs: this.#predictWaitMs(),
    };
  }

  /** Throws `ENGINE_REQUEST_TOO_LARGE` when so many inputs can never be taken, `ENGINE_OVERLOADED` when not now. */
  checkRoom(count: number): void {
    if (this.#queue.fits(count)) return;
    const maximum = this.#queue.inputsMax;
    if (count > maximum) {
      throw new CodedError(
        "ENGINE_REQUEST_TOO_LARGE",
        `Cannot queue the request as at most ${maximum} inputs may wait, windows of long texts counted each: ` +
          `found ${count} or more: send fewer at once`,
        { detail: { found: count, maximum } },
      );
    }
    this.#reject("queue_full");
    const waiting = this.#queue.count;
    throw new CodedError(
      "ENGINE_OVERLOADED",
      `Cannot queue ${count} inputs as ${waiting} of at most ${maximum} are ` +
        "waiting: try again later, or send fewer at once",
      {
        detail: {
          waiting,
          maximum,
          retryAfterSeconds: seconds(this.#msFor(this.#queue.work)),
        },
      },
    );
  }

  /** Throws the reason of a signal that fired, or `ENGINE_DEADLINE_EXCEEDED` when the time is up. */
  checkWanted({ signal, deadlineMs }: Omit<ScheduleOptions, "view">): void {
    if (signal?.aborted) {
      this.#reject("gone");
      throw signal.reason;
    }
    if (deadlineMs === undefined || performance.now() <= deadlineMs) return;
    this.#reject("deadline");
    throw late();
  }

  /**
   * One matrix per sequence, in their order. Rejects with `ENGINE_OVERLOADED`, `ENGINE_DEADLINE_EXCEEDED`, the reason
   * of the signal, or why a worker could not run a batch.
   */
  async run(
    sequences: readonly TokenSequence[],
    options: ScheduleOptions,
  ): Promise<readonly Matrix[]> {
    const { signal, deadlineMs } = options;
    this.checkWanted(options);
    this.checkRoom(sequences.length);
    const { promise, resolve, reject } = Promise.withResolvers<readonly Matrix[]>();
    const request: Request = {
      options,
      arrivedMs: performance.now(),
      results: [],
      settle: (error) => (error === undefined ? resolve(request.results) : reject(error)),
      ticket: undefined,
      left: sequences.length,
      answered: 0,
      numbers: 0,
      begun: false,
      settled: false,
    };
    this.#admit(request, sequences);
    const leave = () => this.#giveUp(request, "gone", signal?.reason);
    signal?.addEventListener("abort", leave, { once: true });
    const timer = this.#watchDeadline(request, deadlineMs);
    try {
      this.dispatch();
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", leave);
    }
  }

  /** Gives batches to all workers that are free; call it when there may be more of them. */
  dispatch(): void {
    for (const ahead of [0, 1]) {
      for (const worker of this.#pool.workers) {
        while (worker.busy <= ahead && this.#takesMore(worker)) {
          const batch = this.#takeBatch();
          if (batch === undefined) return;
          void this.#runBatch(worker, batch);
        }
      }
    }
    if (this.#queue.count > 0) this.#pool.grow();
  }

  /** Fails all there is. */
  failAll(reason: CodedError): void {
    for (const request of this.#requests) this.#settle(request, reason);
  }

  #admit(request: Request, sequences: readonly TokenSequence[]): void {
    const { options } = request;
    const jobs = sequences.map((sequence, index) => {
      const length = paddedLength(sequence.ids.length, this.#model);
      return { length, group: options.view, request, index, sequence };
    });
    if (options.deadlineMs !== undefined) this.#checkPrediction(options.deadlineMs);
    request.ticket = this.#queue.add(jobs, request.arrivedMs);
    this.#requests.add(request);
  }

  #checkPrediction(deadlineMs: number): void {
    const waitMs = this.#predictWaitMs();
    if (performance.now() + waitMs * WAIT_SPREAD <= deadlineMs) return;
    this.#reject("predicted_late");
    const retryAfterSeconds = seconds(waitMs);
    throw new CodedError(
      "ENGINE_OVERLOADED",
      `Cannot begin in time as what waits takes about ${retryAfterSeconds} s: ` +
        "try again later, or allow more time",
      { detail: { predictedWaitMs: Math.round(waitMs), retryAfterSeconds } },
    );
  }

  /** Until the first batch of a request that came now would begin: what others have is counted, its own work is not. */
  #predictWaitMs(): number {
    const isFree = this.#queue.count === 0 && this.#pool.workers.some(({ busy }) => busy === 0);
    const running = isFree ? 0 : this.#runningWork / 2;
    return this.#msFor(this.#queue.workBefore()) + this.#parallelMs(running);
  }

  /** Until all workers together have done what waits, runs included that are needed for it. */
  #msFor(waitingWork: number): number {
    const { inputs, tokens } = this.#limits;
    const { count, work } = this.#queue;
    const runsPerWork = Math.max(1 / tokens, work > 0 ? count / inputs / work : 0);
    return this.#parallelMs(waitingWork * (1 + RUN_OVERHEAD_TOKENS * runsPerWork));
  }

  #parallelMs(work: number): number {
    return this.#rate.msFor(work) / Math.max(1, this.#pool.count);
  }

  #takesMore(worker: WorkerClient): boolean {
    if (worker.busy === 0) return true;
    const ms = this.#rate.msFor(this.#lines.get(worker)?.work ?? 0);
    return worker.busy < BATCHES_AHEAD_MAX && ms > 0 && ms < SENT_AHEAD_MS;
  }

  /** Undefined when nothing waits that is still wanted. */
  #takeBatch(): readonly Job[] | undefined {
    while (this.#queue.count > 0) {
      const nowMs = performance.now();
      const others = this.#pool.count - 1;
      const taken = this.#queue.take(nowMs, others > 0 && this.#runningLong >= others);
      const batch = taken.filter(({ request }) => !this.#isLate(request, nowMs));
      for (const { request } of batch) request.begun = true;
      if (batch.length > 0) return batch;
    }
    return undefined;
  }

  #isLate(request: Request, nowMs: number): boolean {
    if (request.settled) return true;
    const { deadlineMs } = request.options;
    if (request.begun || deadlineMs === undefined || nowMs <= deadlineMs) return false;
    this.#giveUp(request, "deadline", late());
    return true;
  }

  async #runBatch(worker: WorkerClient, batch: readonly Job[]): Promise<void> {
    const [first] = batch;
    assert(first !== undefined, "a batch has an input");
    const sentMs = performance.now();
    const longest = batch.reduce((length, job) => Math.max(length, job.length), 0);
    const work = RUN_OVERHEAD_TOKENS + workOf(longest) * batch.length;
    const line = this.#lines.get(worker) ?? { work: 0, sinceMs: sentMs };
    this.#lines.set(worker, line);
    if (worker.busy === 0) line.sinceMs = sentMs;
    line.work += work;
    this.#running += batch.length;
    this.#runningWork += work;
    const long = longest * batch.length > BULK_TOKENS_MAX ? 1 : 0;
    this.#runningLong += long;
    const waitsMs = batch.map(({ request }) => sentMs - request.arrivedMs);
    let suspects: readonly Job[] = [];
    try {
      const sequences = batch.map(({ sequence }) => sequence);
      const { matrices, inferenceMs } = await worker.run(sequences, first.request.options.view);
      const nowMs = performance.now();
      this.#pool.noteRun(worker);
      this.#rate.add(work, nowMs - line.sinceMs);
      line.sinceMs = nowMs;
      this.#report(batch, { longest, inferenceMs, waitsMs });
      for (const [at, job] of batch.entries()) this.#answer(job, matrices[at]!);
    } catch (thrown) {
      if (batch.length > 1 && isCodedError(thrown, "ONNX_RUN_FAILED")) suspects = batch;
      else for (const { request } of batch) this.#giveUp(request, reasonFor(thrown), thrown);
    } finally {
      line.work -= work;
      this.#running -= batch.length;
      this.#runningWork -= work;
      this.#runningLong -= long;
    }
    // Whatever one input does to the graph, its neighbours are answered.
    for (const job of suspects) {
      if (!this.#isLate(job.request, performance.now())) await this.#runBatch(worker, [job]);
    }
    this.dispatch();
  }

  #report(
    batch: readonly Job[],
    run: {
      readonly longest: number;
      readonly inferenceMs: number;
      readonly waitsMs: readonly number[];
    },
  ): void {
    const { longest, inferenceMs, waitsMs } = run;
    let tokens = 0;
    for (const [at, { request, sequence }] of batch.entries()) {
      const { meter } = request.options;
      tokens += sequence.ids.length;
      if (meter === undefined) continue;
      meter.tokens += sequence.ids.length;
      meter.queueMs = Math.max(meter.queueMs, waitsMs[at]!);
      meter.inferenceMs = Math.max(meter.inferenceMs, inferenceMs);
    }
    const inputs = batch.length;
    for (const observer of this.#observers) {
      observer.batch({ inputs, tokens, paddedTokens: inputs * longest, inferenceMs, waitsMs });
    }
  }

  #answer({ request, index }: Job, matrix: Matrix): void {
    if (request.settled) return;
    request.results[index] = matrix;
    request.left -= 1;
    request.answered += 1;
    request.numbers += matrix.data.length;
    try {
      const { answered: inputs, numbers } = request;
      request.options.checkNumbers?.({ inputs, numbers });
    } catch (thrown) {
      this.#giveUp(request, undefined, thrown);
    }
    if (request.left === 0) this.#settle(request, undefined);
  }

  #reject(reason: RejectReason): void {
    for (const observer of this.#observers) observer.rejected(reason);
  }

  /** Takes what still waits of the request out of the queue; what runs is run for nothing. */
  #giveUp(request: Request, reason: RejectReason | undefined, error: unknown): void {
    if (request.settled) return;
    if (reason !== undefined) this.#reject(reason);
    this.#settle(request, error);
  }

  #settle(request: Request, error: unknown): void {
    if (request.settled) return;
    request.settled = true;
    this.#requests.delete(request);
    if (request.ticket !== undefined) this.#queue.remove(request.ticket);
    request.settle(error);
  }

  /** A request that has begun is not cut: the deadline is about work not yet begun. */
  #watchDeadline(request: Request, deadlineMs: number | undefined): Timer | undefined {
    if (deadlineMs === undefined) return undefined;
    const delayMs = Math.max(0, Math.ceil(deadlineMs - performance.now()));
    if (delayMs > TIMER_MS_MAX) return undefined;
    return setTimeout(() => {
      if (!request.begun) this.#giveUp(request, "deadline", late());
    }, delayMs);
  }
}

function reasonFor(thrown: unknown): RejectReason | undefined {
  const isCrash = thrown instanceof CodedError && thrown.code === "ENGINE_WORKER_FAILED";
  return isCrash ? "worker_failed" : undefined;
}

function late(): CodedError {
  return new CodedError(
    "ENGINE_DEADLINE_EXCEEDED",
    "Cannot answer in time as the work was not begun before the deadline: " +
      "try again later, or allow more time",
  );
}

function seconds(ms: number): number {
  return Math.min(RETRY_AFTER_MAX_S, Math.max(1, Math.ceil(ms / 1000)));
}
