// How many workers and threads, by what was asked for.
import { expect, test } from "bun:test";
import { THREADS_MAX, WORKERS_DEFAULT_MAX, WORKERS_MAX } from "../../src/runtime/limit.ts";
import { planWorkers, type WorkerChoice } from "../../src/runtime/worker-plan.ts";

const CASES: readonly (readonly [number, WorkerChoice, number, number])[] = [
  [1, {}, 1, 1],
  [2, {}, 2, 1],
  [8, {}, 8, 1],
  [64, {}, WORKERS_DEFAULT_MAX, 64 / WORKERS_DEFAULT_MAX],
  [8, { latency: true }, 1, 8],
  [8, { workers: 2 }, 2, 4],
  [2, { workers: 5 }, 5, 1],
  [8, { threadsPerWorker: 4 }, 2, 4],
  [2, { threadsPerWorker: 4 }, 1, 4],
  [8, { workers: 3, threadsPerWorker: 3 }, 3, 3],
  [8, { latency: true, workers: 2 }, 2, 4],
  [8, { latency: true, threadsPerWorker: 2 }, 1, 2],
  [4, { workers: 1_000, threadsPerWorker: 1_000 }, WORKERS_MAX, THREADS_MAX],
];

test.each(CASES)("planWorkers() on %i cores for %o", (count, choice, workers, threads) => {
  const cores = { count, reason: "cores of the machine" };
  expect(planWorkers(choice, cores)).toEqual({ workers, threads, cores });
});
