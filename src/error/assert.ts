// Programmer mistakes, as opposed to bad input: these never become a 4xx.

export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

export function assert(condition: unknown, fact: string): asserts condition {
  if (!condition) throw new AssertionError(`Assertion failed: ${fact}`);
}

/** Marks a branch no value can reach; fails to compile when one can. */
export function unreachable(value: never): never {
  throw new AssertionError(`Assertion failed: unreachable value ${String(value)}`);
}
