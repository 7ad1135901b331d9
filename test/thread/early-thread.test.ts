// A thread begun early is taken once, and only where one of its kind is asked for.
import { expect, test } from "bun:test";
import { beginThread, takeThread, tokenizerUrl, workerUrl } from "../../src/thread/index.ts";

test("takeThread() gives the thread that began early, once, and new ones after it", () => {
  beginThread();
  const other = takeThread(tokenizerUrl());
  const first = takeThread(workerUrl());
  const second = takeThread(workerUrl());
  const threads = [other, first, second];
  expect(new Set(threads.map(({ threadId }) => threadId)).size).toBe(3);
  // Begun before the other two.
  expect(first.threadId).toBe(Math.min(...threads.map(({ threadId }) => threadId)));
  for (const thread of threads) thread.terminate();
});

test("a thread that died before it was taken is not waited for", async () => {
  beginThread();
  const early = takeThread(workerUrl());
  const ended = new Promise((resolve) => early.addEventListener("close", resolve));
  early.terminate();
  await ended;
  const next = takeThread(workerUrl());
  expect(next).not.toBe(early);
  next.terminate();
});
