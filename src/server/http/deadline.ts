// How long the client waits: its header x-request-timeout-ms, within what the server allows.
import { CodedError } from "../../error/index.ts";

const TIMEOUT_HEADER = "x-request-timeout-ms";

/** The performance.now() time after which nobody waits. Throws `SERVER_BAD_HEADER`. */
export function deadlineOf(headers: Headers, startedMs: number, timeoutMaxMs: number): number {
  const given = headers.get(TIMEOUT_HEADER);
  if (given === null) return startedMs + timeoutMaxMs;
  if (/^\d{1,9}$/.test(given) && Number(given) > 0) {
    return startedMs + Math.min(Number(given), timeoutMaxMs);
  }
  throw new CodedError(
    "SERVER_BAD_HEADER",
    `Cannot keep to ${TIMEOUT_HEADER} as it must be a whole number of milliseconds from 1: ` +
      `found ${JSON.stringify(given.slice(0, 40))}`,
    { detail: { header: TIMEOUT_HEADER } },
  );
}
