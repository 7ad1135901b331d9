// Door of the module `server`.
export type { FaultHandler } from "./http/app.ts";
export { type RunningServer, type ServeOptions, serve } from "./serve.ts";
