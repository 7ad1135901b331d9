// Which inputs share a batch, and whose turn it is.
import { describe, expect, test } from "bun:test";
import { AssertionError } from "../../src/error/index.ts";
import { type BatchLimits, BatchQueue, type Queued } from "../../src/runtime/batch-queue.ts";
import {
  BATCH_INPUTS_MAX,
  BATCH_TOKENS_PER_THREAD,
  BULK_CAUTION_MS,
  BULK_INPUTS_MIN,
  BULK_TOKENS_MAX,
  QUEUED_INPUTS_MAX,
  RUN_OVERHEAD_TOKENS,
} from "../../src/runtime/limit.ts";
import { seededRandom } from "../helper/seeded-random.ts";

const TOKENS = BATCH_TOKENS_PER_THREAD;
const LIMITS = { inputs: BATCH_INPUTS_MAX, tokens: TOKENS };
/** Long after any request that is not bulk work. */
const LATER = 10 * BULK_CAUTION_MS;

type Item = Queued & { readonly name: string };

const item = (length: number, group = "default", name = ""): Item => ({ length, group, name });

const many = (count: number, length: number, name = ""): Item[] =>
  Array.from({ length: count }, () => item(length, "default", name));

function queueOf(...requests: readonly (readonly Item[])[]): BatchQueue<Item> {
  return limitedQueue(LIMITS, requests);
}

function limitedQueue(
  limits: BatchLimits,
  requests: readonly (readonly Item[])[],
): BatchQueue<Item> {
  const queue = new BatchQueue<Item>(limits);
  for (const items of requests) queue.add(items, 0);
  return queue;
}

function drain(queue: BatchQueue<Item>, nowMs = LATER): Item[][] {
  const batches: Item[][] = [];
  for (let batch = queue.take(nowMs); batch.length > 0; batch = queue.take(nowMs)) {
    batches.push(batch);
  }
  return batches;
}

const lengths = (batch: readonly Item[]) => batch.map(({ length }) => length);

describe("BatchQueue.take()", () => {
  test("begins with the oldest and fills with the nearest lengths", () => {
    const queue = queueOf(...[50, 130, 48, 55, 300, 52].map((length) => [item(length)]));
    expect(drain(queue).map(lengths)).toEqual([[50, 48, 52, 55], [130], [300]]);
  });

  test("shares a batch only where padding costs less than another run", () => {
    const near = 40 - RUN_OVERHEAD_TOKENS;
    const queue = queueOf([item(40)], [item(near)], [item(near - 1)]);
    expect(drain(queue).map(lengths)).toEqual([[40, near], [near - 1]]);
    const longer = queueOf([item(20)], [item(20)], [item(31)]);
    expect(drain(longer).map(lengths)).toEqual([[20, 20], [31]]);
  });

  test("keeps every padded batch within its budgets and takes each input once", () => {
    const random = seededRandom(4);
    const requests = Array.from({ length: 300 }, () =>
      Array.from({ length: 1 + Math.floor(random() * 5) }, () => {
        const group = random() < 0.5 ? "default" : "tokens";
        return item(1 + Math.floor(random() ** 2 * 300), group);
      }),
    );
    const queue = queueOf(...requests);
    const batches = drain(queue);
    for (const batch of batches) {
      const padded = Math.max(...lengths(batch)) * batch.length;
      expect(batch.length === 1 || padded <= TOKENS).toBe(true);
      expect(batch.length).toBeLessThanOrEqual(BATCH_INPUTS_MAX);
      expect(new Set(batch.map(({ group }) => group)).size).toBe(1);
    }
    expect(new Set(batches.flat())).toEqual(new Set(requests.flat()));
    expect(batches.flat()).toHaveLength(requests.flat().length);
    expect([queue.count, queue.work]).toEqual([0, 0]);
  });

  test("takes one at a time, in turns, where it may hold no more", () => {
    const [a, b, c] = [item(3), item(9), item(1)];
    const queue = limitedQueue({ inputs: 1, tokens: TOKENS }, [[a, b], [c]]);
    expect(drain(queue)).toEqual([[a], [c], [b]]);
  });

  test("takes one at least, whatever the token budget", () => {
    const queue = limitedQueue({ inputs: BATCH_INPUTS_MAX, tokens: 0 }, [[item(3), item(3)]]);
    expect(drain(queue).map(lengths)).toEqual([[3], [3]]);
  });

  test("gives every request its turn before any gets a second", () => {
    const queue = queueOf(many(2048, 65, "bulk"), many(40, 100, "large"), [item(16)]);
    const names = Array.from({ length: 4 }, () => queue.take(0)[0]?.name);
    expect(names).toEqual(["bulk", "large", "", "bulk"]);
  });

  test("gives a request that comes during bulk work the next turn, in a batch without it", () => {
    const queue = queueOf(many(2048, 16, "bulk"), many(2048, 16, "other"));
    queue.take(0);
    queue.add([item(16)], 0);
    const batches = Array.from({ length: 3 }, () => queue.take(0));
    expect(batches.map((batch) => batch[0]?.name)).toEqual(["", "other", "bulk"]);
    expect(batches[0]).toHaveLength(1);
  });

  test("passes bulk work over once at most before its turn", () => {
    const queue = queueOf(many(2048, 16, "bulk"));
    queue.take(0);
    for (let count = 0; count < 3; count++) queue.add([item(16 + 32 * count)], 0);
    const names = Array.from({ length: 5 }, () => queue.take(0)[0]?.name);
    expect(names).toEqual(["", "bulk", "", "", "bulk"]);
  });

  test("cuts bulk work finer while others ask", () => {
    const queue = queueOf(many(BULK_INPUTS_MIN, 16));
    expect(queue.take(0)).toHaveLength(TOKENS / 16);
    queue.add([item(300)], LATER);
    expect(lengths(queue.take(LATER))).toEqual([300]);
    expect(queue.take(LATER)).toHaveLength(BULK_TOKENS_MAX / 16);
    expect(queue.take(LATER + BULK_CAUTION_MS)).toHaveLength(TOKENS / 16);
  });

  test("leaves long inputs of bulk work for later while others ask and all other workers are at long ones", () => {
    const long = BULK_TOKENS_MAX + 1;
    const queue = queueOf([...many(2, long, "long"), ...many(BULK_INPUTS_MIN, 65, "short")]);
    const first = (nowMs: number, othersLong: boolean) => queue.take(nowMs, othersLong)[0]?.name;
    expect(first(LATER, true)).toBe("long");
    queue.add([item(16)], LATER);
    expect(queue.take(LATER, true).map(({ length }) => length)).toEqual([16]);
    expect(first(LATER, true)).toBe("short");
    expect(first(LATER, false)).toBe("long");
  });

  test("takes long inputs of bulk work in any case once nothing else waits", () => {
    const queue = queueOf(many(BULK_INPUTS_MIN, BULK_TOKENS_MAX + 1, "long"), [item(16)]);
    expect(queue.take(0, true)[0]?.name).toBe("long");
  });

  test("passes nobody over for longer than a batch for everyone before", () => {
    const queue = queueOf([item(200, "default", "odd")]);
    let waited = 0;
    for (let round = 0; round < 50; round++) queue.add([item(16)], 0);
    while (queue.take(0)[0]?.name !== "odd") waited += 1;
    expect(waited).toBe(0);
    queue.add([item(200, "default", "odd")], 0);
    for (let round = 0; round < 200; round++) {
      queue.add(many(3, 16 + (round % 7)), 0);
      waited = queue.take(0)[0]?.name === "odd" ? round : waited;
    }
    expect(waited).toBeLessThan(51);
    expect(
      drain(queue)
        .flat()
        .map(({ name }) => name),
    ).not.toContain("odd");
  });

  test("takes little time with a full queue", () => {
    const random = seededRandom(9);
    const texts = Array.from({ length: QUEUED_INPUTS_MAX }, () => [
      item(1 + Math.floor(random() * 512)),
    ]);
    const fill = () => queueOf(...texts);
    drain(fill());
    const queue = fill();
    const startedMs = performance.now();
    const { length } = drain(queue);
    // About five microseconds a batch; sorting the queue for each takes milliseconds.
    expect((performance.now() - startedMs) / length).toBeLessThan(0.5);
  });
});

describe("BatchQueue.add()", () => {
  test("takes all or nothing at the limit", () => {
    const queue = queueOf(many(QUEUED_INPUTS_MAX - 1, 1));
    expect([queue.fits(1), queue.fits(2)]).toEqual([true, false]);
    expect(() => queue.add([item(1), item(1)], 0)).toThrow(AssertionError);
    expect(queue.count).toBe(QUEUED_INPUTS_MAX - 1);
  });

  test("has no turn for a request without inputs", () => {
    expect(queueOf([]).take(0)).toEqual([]);
  });
});

describe("BatchQueue.remove()", () => {
  test("takes out what of a request still waits", () => {
    const queue = new BatchQueue<Item>(LIMITS);
    const gone = queue.add([item(200), item(200), item(7)], 0);
    queue.add([item(7)], 0);
    expect(lengths(queue.take(0))).toEqual([200]);
    expect([queue.remove(gone), queue.remove(gone), queue.count]).toEqual([2, 0, 1]);
    expect(drain(queue).map(lengths)).toEqual([[7]]);
  });

  test("leaves nothing behind however often", () => {
    const queue = new BatchQueue<Item>(LIMITS);
    queue.add([item(5)], 0);
    for (let round = 0; round < 20; round++) {
      expect(queue.remove(queue.add(many(1000, 5 + (round % 3)), 0))).toBe(1000);
    }
    expect(drain(queue).map(lengths)).toEqual([[5]]);
  });
});

describe("BatchQueue.workBefore()", () => {
  test("counts of each request no more than a batch", () => {
    const queue = queueOf(many(2048, 65), [item(100)]);
    const before = queue.workBefore();
    expect(before).toBeLessThan(TOKENS + 110);
    expect(before).toBeGreaterThan(TOKENS + 100);
    expect(queueOf().workBefore()).toBe(0);
  });
});
