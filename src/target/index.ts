// Door of the module `target`.
export { hostTarget } from "./host.ts";
export { findTarget, TARGETS, type Target } from "./registry.ts";
