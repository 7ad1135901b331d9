// A thread for inference that begins before the command line is read: to begin takes a thread as long as that takes.
import { workerUrl } from "./thread-url.ts";

let early: { readonly thread: Worker; readonly prepared: Promise<void> } | undefined;

/** What a thread that began early is told: to load the inference library. Its first message says that it has tried. */
export const PREPARE = { kind: "prepare" } as const;

/** Begins the thread, and has it load the inference library while nobody knows yet what it will run. */
export function beginThread(): void {
  const thread = new Worker(workerUrl());
  const { promise, resolve } = Promise.withResolvers<void>();
  early = { thread, prepared: promise };
  // One that could not even begin must not be waited for.
  const forget = () => {
    if (early?.thread === thread) early = undefined;
    resolve();
  };
  thread.addEventListener("error", forget, { once: true });
  thread.addEventListener("close", forget, { once: true });
  thread.addEventListener("message", () => resolve(), { once: true });
  thread.postMessage(PREPARE);
}

/** Resolves once a thread that began early, and that nobody took, does nothing: to end it before is not safe. */
export async function settleThread(): Promise<void> {
  await early?.prepared;
}

/** A thread at `url`: the one that began early when it is of that kind and not taken yet, else a new one. */
export function takeThread(url: string): Worker {
  const taken = url === workerUrl() ? early?.thread : undefined;
  if (taken === undefined) return new Worker(url);
  early = undefined;
  return taken;
}
