// A thread for inference that begins before the command line is read: to begin takes a thread as long as that takes.
import { workerUrl } from "./thread-url.ts";

let early: Worker | undefined;

/** Begins the thread. It loads its code and waits to be told what to do. */
export function beginThread(): void {
  const thread = new Worker(workerUrl());
  early = thread;
  // One that could not even begin must not be waited for.
  const forget = () => {
    if (early === thread) early = undefined;
  };
  thread.addEventListener("error", forget, { once: true });
  thread.addEventListener("close", forget, { once: true });
}

/** A thread at `url`: the one that began early when it is of that kind and not taken yet, else a new one. */
export function takeThread(url: string): Worker {
  const taken = url === workerUrl() ? early : undefined;
  if (taken === undefined) return new Worker(url);
  early = undefined;
  return taken;
}
