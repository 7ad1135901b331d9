// Which inputs share a batch.
import { describe, expect, test } from "bun:test";
import { type BatchLimits, BatchQueue, type Queued } from "../../src/runtime/batch-queue.ts";
import { BATCH_INPUTS_MAX, BATCH_TOKENS_MAX, QUEUED_INPUTS_MAX } from "../../src/runtime/limit.ts";
import { thrownBy } from "../helper/coded.ts";

const LIMITS = { inputs: BATCH_INPUTS_MAX, tokens: BATCH_TOKENS_MAX };

type Item = Queued & { readonly name: string };

const item = (length: number, group = "default"): Item => ({
  length,
  group,
  name: `${length}${group}`,
});

function queueOf(...items: readonly Item[]): BatchQueue<Item> {
  return limitedQueue(LIMITS, items);
}

function limitedQueue(limits: BatchLimits, items: readonly Item[]): BatchQueue<Item> {
  const queue = new BatchQueue<Item>(limits);
  queue.add(items);
  return queue;
}

describe("BatchQueue.take()", () => {
  test("begins with the oldest and fills with the nearest lengths", () => {
    const queue = queueOf(item(100), item(400), item(98), item(300), item(103), item(5));
    expect(queue.take().map(({ length }) => length)).toEqual([100, 98, 103, 5]);
    expect(queue.take().map(({ length }) => length)).toEqual([400]);
    expect(queue.take().map(({ length }) => length)).toEqual([300]);
    expect(queue.take()).toEqual([]);
  });

  test("keeps the padded batch within the token budget", () => {
    const lengths = Array.from({ length: 200 }, (_, index) => 1 + ((index * 37) % 130));
    const queue = queueOf(...lengths.map((length) => item(length)));
    let taken = 0;
    for (let batch = queue.take(); batch.length > 0; batch = queue.take()) {
      const longest = Math.max(...batch.map(({ length }) => length));
      expect(longest * batch.length).toBeLessThanOrEqual(BATCH_TOKENS_MAX);
      expect(batch.length).toBeLessThanOrEqual(BATCH_INPUTS_MAX);
      taken += batch.length;
    }
    expect(taken).toBe(200);
  });

  test("runs an input above the budget alone", () => {
    const queue = queueOf(item(BATCH_TOKENS_MAX * 2), item(BATCH_TOKENS_MAX * 2));
    expect(queue.take()).toHaveLength(1);
    expect(queue.count).toBe(1);
  });

  test("takes one at a time, in the order of arrival, where it may hold no more", () => {
    const items = [item(3), item(9), item(3, "tokens"), item(1)];
    const queue = limitedQueue({ inputs: 1, tokens: BATCH_TOKENS_MAX }, items);
    const taken = items.map(() => queue.take());
    expect(taken).toEqual(items.map((one) => [one]));
    expect(queue.take()).toEqual([]);
  });

  test("takes one at least, whatever the token budget", () => {
    const queue = limitedQueue({ inputs: BATCH_INPUTS_MAX, tokens: 0 }, [item(3), item(3)]);
    expect(queue.take()).toHaveLength(1);
    expect(queue.take()).toHaveLength(1);
  });

  test("keeps groups apart", () => {
    const queue = queueOf(item(8), item(8, "tokens"), item(8));
    expect(queue.take().map(({ group }) => group)).toEqual(["default", "default"]);
    expect(queue.take().map(({ group }) => group)).toEqual(["tokens"]);
  });
});

describe("BatchQueue.add()", () => {
  test("takes all or nothing at the limit", () => {
    const queue = queueOf(...Array.from({ length: QUEUED_INPUTS_MAX - 1 }, () => item(1)));
    expect(thrownBy(() => queue.add([item(1), item(1)])).code).toBe("ENGINE_OVERLOADED");
    expect(queue.count).toBe(QUEUED_INPUTS_MAX - 1);
    queue.add([item(1)]);
    expect(queue.count).toBe(QUEUED_INPUTS_MAX);
  });
});

test("BatchQueue.remove() gives back what it took out", () => {
  const queue = queueOf(item(1), item(2), item(3));
  expect(queue.remove(({ length }) => length === 2).map(({ length }) => length)).toEqual([2]);
  expect(queue.take().map(({ length }) => length)).toEqual([1, 3]);
});
