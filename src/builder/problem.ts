// Faults are collected and thrown once, so that a user sees all of them in one run.
import { CodedError, type ErrorCode } from "../error/index.ts";
import type { Problem } from "../task/index.ts";

/** Throws one error that lists the problems. `action` is what cannot be done. */
export function throwProblems(
  code: ErrorCode,
  action: string,
  problems: readonly Problem[],
): never {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  throw new CodedError(code, `${action}: found ${count}`, {
    detail: { problems: problems.map(printProblem) },
  });
}

export function printProblem({ field, message }: Problem): string {
  return `${field}: ${message}`;
}
