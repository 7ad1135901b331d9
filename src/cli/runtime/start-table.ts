// What a start took, step by step, as a table for people.
import type { StartMark } from "../../profile/index.ts";

/** Columns: when each step was done, how long its thread took for it and computed for it, the thread, the step. */
export function startTable(marks: readonly StartMark[], processStartMs: number): string {
  const last = new Map<string, StartMark>();
  const rows = marks.map((mark) => {
    const { thread, step, atMs, cpuMs } = mark;
    const before = last.get(thread);
    last.set(thread, mark);
    const took = before === undefined ? "" : `+${(atMs - before.atMs).toFixed(1)}`;
    const computed = (cpuMs - (before?.cpuMs ?? 0)).toFixed(1);
    const at = (atMs - processStartMs).toFixed(1);
    return `${at.padStart(9)} ${took.padStart(8)} ${computed.padStart(7)}  ${thread.padEnd(7)} ${step}`;
  });
  return ["  done ms  took ms  cpu ms  thread  step", ...rows].join("\n");
}
