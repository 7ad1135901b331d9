// Door of the module `executable`.
export { readMachine } from "./machine.ts";
export { findStamp, hasBaseLength } from "./stamp.ts";
