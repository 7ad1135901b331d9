// How many workers there are and how many threads each has, of what was asked for and what the machine has.
import { THREADS_MAX, WORKERS_DEFAULT_MAX, WORKERS_MAX } from "./limit.ts";
import { type UsableCores, usableCores } from "./usable-core.ts";

export type WorkerChoice = {
  /** Sessions side by side; one per usable core when absent. */
  readonly workers?: number;
  /** Threads within one session; what the usable cores leave each worker when absent, at least 1. */
  readonly threadsPerWorker?: number;
  /** One worker with all cores, unless the other two say otherwise: answers one request soonest, many later. */
  readonly latency?: boolean;
};

export type WorkerPlan = {
  readonly workers: number;
  readonly threads: number;
  /** What bounds the usable cores. */
  readonly cores: UsableCores;
};

/** Numbers beyond what there may be are bounded, never refused: whoever reads settings tells users. */
export function planWorkers(choice: WorkerChoice, cores = usableCores()): WorkerPlan {
  const { count } = cores;
  const perThread = Math.floor(count / (choice.threadsPerWorker ?? 1));
  const wanted = choice.workers ?? (choice.latency ? 1 : Math.min(WORKERS_DEFAULT_MAX, perThread));
  const workers = bounded(wanted, WORKERS_MAX);
  const threads = bounded(choice.threadsPerWorker ?? Math.floor(count / workers), THREADS_MAX);
  return { workers, threads, cores };
}

function bounded(wanted: number, maximum: number): number {
  return Math.max(1, Math.min(maximum, Math.floor(wanted)));
}
