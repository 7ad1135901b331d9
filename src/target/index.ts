// Door of the module `target`.
export type { Requirements, Target } from "./check-target.ts";
export { hostTarget } from "./host.ts";
export { baseFileName, findTarget, printRequirements, TARGETS } from "./registry.ts";
