// A thread begun early is taken once, and only where one of its kind is asked for.
import { expect, test } from "bun:test";
import {
  beginThread,
  settleThread,
  takeThread,
  tokenizerUrl,
  workerUrl,
} from "../../src/thread/index.ts";

/** What a thread tells first. */
function firstKind(thread: Worker): Promise<unknown> {
  return new Promise((resolve) => {
    thread.addEventListener("message", ({ data }) => resolve(data.kind), { once: true });
  });
}

test("takeThread() gives the thread that began early, once, and new ones after it", async () => {
  beginThread();
  const other = takeThread(tokenizerUrl());
  const first = takeThread(workerUrl());
  const second = takeThread(workerUrl());
  const threads = [other, first, second];
  expect(new Set(threads.map(({ threadId }) => threadId)).size).toBe(3);
  // Begun before the other two.
  expect(first.threadId).toBe(Math.min(...threads.map(({ threadId }) => threadId)));
  // Not while it loads the library, which no thread survives.
  expect(await firstKind(first)).toBe("prepared");
  for (const thread of threads) thread.terminate();
});

test("a thread that died before it was taken is not waited for", async () => {
  beginThread();
  const early = takeThread(workerUrl());
  expect(await firstKind(early)).toBe("prepared");
  const ended = new Promise((resolve) => early.addEventListener("close", resolve));
  early.terminate();
  await ended;
  const next = takeThread(workerUrl());
  expect(next).not.toBe(early);
  next.terminate();
});

test("settleThread() waits until a thread nobody took has loaded the library", async () => {
  beginThread();
  await settleThread();
  const thread = takeThread(workerUrl());
  // It answers this without a session, and would tell first that the library is loaded had that not been waited for.
  thread.postMessage({ kind: "run", id: 1 });
  expect(await firstKind(thread)).toBe("run-failed");
  thread.terminate();
});

test("settleThread() waits for nothing where no thread began early", async () => {
  await expect(settleThread()).resolves.toBeUndefined();
});
