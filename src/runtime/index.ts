// Door of the module `runtime`.
export type { Engine, EngineState, RunOptions } from "./engine.ts";
export { type LoadOptions, loadEngine } from "./load-engine.ts";
