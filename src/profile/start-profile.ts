// When each step of a start was done, on whichever thread: a few numbers that are always kept and shown on request.

export type StartMark = {
  /** "main" or the name the thread was given. */
  readonly thread: string;
  /** What was just done. */
  readonly step: string;
  /** Milliseconds since 1970, with fractions: the one clock all threads share. */
  readonly atMs: number;
};

/** A start has some twenty steps; what comes later, or again and again, is no part of it. */
const MARKS_MAX = 64;

const marks: StartMark[] = [];

/** Notes that `step` is done, now. */
export function markStart(step: string, thread = "main"): void {
  if (marks.length < MARKS_MAX) marks.push({ thread, step, atMs: epochMs() });
}

/** Takes over what another thread noted. */
export function joinMarks(others: readonly StartMark[]): void {
  marks.push(...others.slice(0, MARKS_MAX - marks.length));
}

/** All that was noted, in the order of time. */
export function startMarks(): readonly StartMark[] {
  return marks.toSorted((left, right) => left.atMs - right.atMs);
}

/** When this process began, by the same clock. */
export function processStartMs(): number {
  return performance.timeOrigin;
}

function epochMs(): number {
  return performance.timeOrigin + performance.now();
}
