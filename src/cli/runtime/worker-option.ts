// What the engine is told of workers and batches: the settings that were given, and nothing of those that were not.
import type { LoadOptions } from "../../runtime/index.ts";
import type { ServeSettings } from "./serve-option.ts";

type Chosen = Pick<
  ServeSettings,
  "workers" | "threadsPerWorker" | "latency" | "batchTokens" | "memory"
>;

export function workerOptions(settings: Chosen): LoadOptions {
  const { workers, threadsPerWorker, latency, batchTokens, memory } = settings;
  return {
    latency,
    memory,
    ...(workers === undefined ? {} : { workers }),
    ...(threadsPerWorker === undefined ? {} : { threadsPerWorker }),
    ...(batchTokens === undefined ? {} : { batchTokens }),
  };
}
