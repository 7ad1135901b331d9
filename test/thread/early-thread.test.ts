// A thread begun early is taken once, and only where one of its kind is asked for.
import { expect, test } from "bun:test";
import {
  beginThread,
  PREPARE,
  settleThread,
  takeThread,
  tokenizerUrl,
  workerUrl,
} from "../../src/thread/index.ts";

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

test("settleThread() waits until a thread nobody took has loaded the library", async () => {
  beginThread();
  await settleThread();
  const thread = takeThread(workerUrl());
  const answer = new Promise<unknown>((resolve) => {
    thread.onmessage = ({ data }) => resolve(data);
  });
  thread.postMessage(PREPARE);
  // The first answer is gone already: this is the one to the second question.
  expect(await answer).toEqual({ kind: "prepared" });
  thread.terminate();
});

test("settleThread() waits for nothing where no thread began early", async () => {
  await expect(settleThread()).resolves.toBeUndefined();
});
