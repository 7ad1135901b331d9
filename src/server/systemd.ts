// What a manager of services such as systemd says through the environment: sockets it has opened, where it wants to
// hear of the service, how often. Reads variables only.
import { CodedError } from "../error/index.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The descriptor of the first socket that is handed over. */
const FIRST_DESCRIPTOR = 3;

/**
 * The descriptor of the socket to serve on; undefined when none was handed to this process. Throws
 * `SERVER_LISTEN_FAILED` for several.
 */
export function activatedSocket(env: Environment, pid: number): number | undefined {
  const { LISTEN_FDS: count, LISTEN_PID: owner } = env;
  // Variables are inherited: those meant for a parent name its process.
  if (count === undefined || count === "0" || owner !== String(pid)) return undefined;
  if (count === "1") return FIRST_DESCRIPTOR;
  throw new CodedError(
    "SERVER_LISTEN_FAILED",
    `Cannot listen as one socket may be handed over by LISTEN_FDS: found ${JSON.stringify(count.slice(0, 20))}: ` +
      "give one ListenStream= in the socket unit",
  );
}

/** Milliseconds between signs of life; undefined when none are wanted. Half of what is allowed, as is the custom. */
export function watchdogInterval(env: Environment, pid: number): number | undefined {
  const { WATCHDOG_USEC: allowed = "", WATCHDOG_PID: owner } = env;
  if (!/^[1-9]\d{0,14}$/.test(allowed)) return undefined;
  if (owner !== undefined && owner !== String(pid)) return undefined;
  return Math.max(1, Math.floor(Number(allowed) / 2000));
}
