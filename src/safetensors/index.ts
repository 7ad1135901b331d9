// Door of the module `safetensors`.
export { readFloats } from "./floats.ts";
export { type StoredArray, scanSafetensors } from "./scan.ts";
