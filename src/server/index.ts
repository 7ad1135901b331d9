// Door of the module `server`.
export { type RunningServer, type ServeOptions, serve } from "./serve.ts";
