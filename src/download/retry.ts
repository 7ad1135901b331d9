// Attempts one after the other, with growing pauses, as long as there is hope.
import type { CodedError } from "../error/index.ts";
import { isWorthRetrying } from "./failure.ts";
import type { Policy } from "./policy.ts";

export type RetryOptions = {
  readonly policy: Policy;
  readonly onNote?: ((sentence: string) => void) | undefined;
  /** Bytes so far: an attempt that brought many does not count. */
  readonly arrived?: () => number;
};

/** Throws what the last attempt threw, and at once what no further attempt would cure. */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  { policy, onNote, arrived = () => 0 }: RetryOptions,
): Promise<T> {
  for (let failures = 0, before = arrived(); ; ) {
    try {
      return await attempt();
    } catch (thrown) {
      if (!isWorthRetrying(thrown)) throw thrown;
      if (arrived() - before >= policy.progressByteLength) failures = 0;
      before = arrived();
      failures++;
      const waitMs = pauseOf(thrown, failures, policy);
      if (failures >= policy.attemptsMax || waitMs === undefined) throw thrown;
      const seconds = (waitMs / 1000).toFixed(1);
      onNote?.(`${thrown.message.replace(/:[^:]*$/, "")}; trying again in ${seconds} s`);
      await Bun.sleep(waitMs);
    }
  }
}

/** Undefined when the server asks for more patience than there is. */
function pauseOf({ detail }: CodedError, failures: number, policy: Policy): number | undefined {
  const asked = retryAfterMs(detail["retryAfter"]);
  if (asked !== undefined) return asked <= policy.retryAfterMsMax ? asked : undefined;
  const pauseMs = Math.min(policy.pauseMs * 2 ** (failures - 1), policy.pauseMsMax);
  // Many clients that were cut off together must not come back together.
  return pauseMs * (0.5 + Math.random() / 2);
}

/** Seconds, or a date. */
function retryAfterMs(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - Date.now());
}
