// When each step of a start was done, on whichever thread: a few numbers that are always kept and shown on request.

export type StartMark = {
  /** "main" or the name the thread was given. */
  readonly thread: string;
  /** What was just done. */
  readonly step: string;
  /** Milliseconds since 1970, with fractions: the one clock all threads share. */
  readonly atMs: number;
  /** Milliseconds the thread has computed for since it began: what it would have taken on a machine of its own. */
  readonly cpuMs: number;
};

/** A start has some twenty steps; what comes later, or again and again, is no part of it. */
const MARKS_MAX = 64;

/** What was noted of one start. */
export class StartProfile {
  readonly #marks: StartMark[] = [];

  /** Notes that `step` is done, now. */
  mark(step: string, thread = "main"): void {
    const { user, system } = process.threadCpuUsage();
    this.join([{ thread, step, atMs: epochMs(), cpuMs: (user + system) / 1000 }]);
  }

  /** Takes over what another thread noted. */
  join(others: readonly StartMark[]): void {
    this.#marks.push(...others.slice(0, MARKS_MAX - this.#marks.length));
  }

  /** All that was noted, in the order of time. */
  get marks(): readonly StartMark[] {
    return this.#marks.toSorted((left, right) => left.atMs - right.atMs);
  }
}

/** The start of this process, as far as this thread knows. */
export const startProfile: StartProfile = new StartProfile();

/** When this process began, by the same clock. */
export function processStartMs(): number {
  return performance.timeOrigin;
}

/** Milliseconds since then. */
export function sinceStartMs(): number {
  return epochMs() - processStartMs();
}

function epochMs(): number {
  return performance.timeOrigin + performance.now();
}
