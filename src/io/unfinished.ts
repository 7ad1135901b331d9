// What lies half done on disk goes when the process does: on its exit, and on the signals that can be caught.
import { readFileSync, rmSync } from "node:fs";
import { constants } from "node:os";

const END_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type EndSignal = (typeof END_SIGNALS)[number];

const unfinished = new Set<string>();
let isWatching = false;

/**
 * Until it is disposed of, the file or folder at `path` is removed when the process ends. A signal waits until the
 * event loop turns: work that does not let it turn is finished first.
 */
export function removeAtEnd(path: string): Disposable {
  watch();
  unfinished.add(path);
  return { [Symbol.dispose]: () => void unfinished.delete(path) };
}

/** Removes what is unfinished. What cannot be removed stays: nobody is left to tell. */
export function removeUnfinished(): void {
  for (const path of unfinished) removeQuietly(path);
  unfinished.clear();
}

/** For those that have an error to tell already, which must not be hidden by another. */
export function removeQuietly(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Such as a file system that has become read-only: the error that is told says so.
  }
}

/** Once and for good: a signal that arrived when its listener had just gone would be lost. */
function watch(): void {
  if (isWatching) return;
  isWatching = true;
  process.once("exit", removeUnfinished);
  const ignored = ignoredSignals();
  for (const signal of END_SIGNALS) if (!ignored.has(signal)) process.on(signal, end);
}

/** Ends the process as the signal would have done, unless somebody else listens and decides. */
export function end(signal: EndSignal): void {
  if (process.listenerCount(signal) > 1) return;
  removeUnfinished();
  process.off(signal, end);
  process.kill(process.pid, signal);
}

/** Whoever started this process with `nohup` wants it to go on: a listener would undo that. */
export function ignoredSignals(statusPath = "/proc/self/status"): ReadonlySet<EndSignal> {
  try {
    const status = readFileSync(statusPath, "latin1");
    const mask = BigInt(`0x${/^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
    const bit = (signal: EndSignal) => (mask >> BigInt(constants.signals[signal] - 1)) & 1n;
    return new Set(END_SIGNALS.filter((signal) => bit(signal) === 1n));
  } catch {
    // Only Linux tells.
    return new Set();
  }
}
