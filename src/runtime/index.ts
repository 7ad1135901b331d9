// Door of the module `runtime`.
export { batchLimits, type LimitOptions } from "./batch-limit.ts";
export {
  type BatchReport,
  createMeter,
  type Engine,
  type EngineObserver,
  type EngineState,
  type EngineStats,
  type RejectReason,
  type RunMeter,
  type RunOptions,
  type TokenizeOptions,
} from "./engine.ts";
export {
  BATCH_INPUTS_MAX,
  BATCH_TOKENS_CHOICE_MAX,
  BATCH_TOKENS_MAX,
  THREADS_MAX,
  WORKERS_MAX,
} from "./limit.ts";
export { type LoadOptions, loadEngine } from "./load-engine.ts";
export { type MemoryLimit, type MemorySystem, memoryLimit } from "./memory-limit.ts";
export { type MemoryMode, memoryModeOf, settledMemory } from "./memory-mode.ts";
export { type UsableCores, usableCores } from "./usable-core.ts";
export { planWorkers, type WorkerChoice, type WorkerPlan } from "./worker-plan.ts";
