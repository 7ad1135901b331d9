// Door of the module `runtime`.
export type { Engine, EngineState, RunOptions } from "./engine.ts";
export { loadEngine } from "./load-engine.ts";
