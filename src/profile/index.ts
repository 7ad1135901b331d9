// Door of the module `profile`.
export { processStartMs, type StartMark, startProfile } from "./start-profile.ts";
