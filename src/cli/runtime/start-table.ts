// What a start took, step by step, as a table for people.
import type { StartMark } from "../../profile/index.ts";

/** Columns: when each step was done, how long its thread took for it, the thread, the step. */
export function startTable(marks: readonly StartMark[], processStartMs: number): string {
  const last = new Map<string, number>();
  const rows = marks.map(({ thread, step, atMs }) => {
    const before = last.get(thread);
    last.set(thread, atMs);
    const took = before === undefined ? "" : `+${(atMs - before).toFixed(1)}`;
    const at = (atMs - processStartMs).toFixed(1);
    return `${at.padStart(9)} ${took.padStart(8)}  ${thread.padEnd(7)} ${step}`;
  });
  return ["  done ms  took ms  thread  step", ...rows].join("\n");
}
