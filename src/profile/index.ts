// Door of the module `profile`.
export { processStartMs, type StartMark, sinceStartMs, startProfile } from "./start-profile.ts";
