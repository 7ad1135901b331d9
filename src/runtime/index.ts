// Door of the module `runtime`.
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
} from "./engine.ts";
export { type LoadOptions, loadEngine } from "./load-engine.ts";
