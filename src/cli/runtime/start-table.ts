// What a start took, step by step: as facts for programs and as a table for people.
import type { StartMark } from "../../profile/index.ts";

/** A step: when it was done, how long its thread took for it and computed for it. */
export type StartStep = {
  readonly step: string;
  readonly thread: string;
  /** Since the process began. */
  readonly done_ms: number;
  /** Since the step before of the same thread; null for its first. */
  readonly took_ms: number | null;
  readonly cpu_ms: number;
};

export function startSteps(
  marks: readonly StartMark[],
  processStartMs: number,
): readonly StartStep[] {
  const last = new Map<string, StartMark>();
  return marks.map((mark) => {
    const { thread, step, atMs, cpuMs } = mark;
    const before = last.get(thread);
    last.set(thread, mark);
    return {
      step,
      thread,
      done_ms: tenths(atMs - processStartMs),
      took_ms: before === undefined ? null : tenths(atMs - before.atMs),
      cpu_ms: tenths(cpuMs - (before?.cpuMs ?? 0)),
    };
  });
}

export function startTable(steps: readonly StartStep[]): string {
  const rows = steps.map(({ step, thread, done_ms, took_ms, cpu_ms }) => {
    const took = took_ms === null ? "" : `+${took_ms.toFixed(1)}`;
    const computed = cpu_ms.toFixed(1).padStart(7);
    return `${done_ms.toFixed(1).padStart(9)} ${took.padStart(8)} ${computed}  ${thread.padEnd(7)} ${step}`;
  });
  return ["  done ms  took ms  cpu ms  thread  step", ...rows].join("\n");
}

function tenths(ms: number): number {
  return Number(ms.toFixed(1));
}
