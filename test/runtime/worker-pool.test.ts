// How many workers there are, one loading at a time, and what becomes of those that die. The entries are planted.
import { afterAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { CodedError } from "../../src/error/index.ts";
import { FAST_CRASHES_MAX } from "../../src/runtime/limit.ts";
import { WorkerClient } from "../../src/runtime/worker-client.ts";
import { WorkerPool } from "../../src/runtime/worker-pool.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const folder = createTempDir();
afterAll(() => folder[Symbol.dispose]());

const ARRANGE_AFTER = 3;
const CLOSED = new CodedError("ENGINE_CLOSED", "Cannot answer: planted");
const GOOD = `self.onmessage = ({ data }) => {
  if (data.kind !== "start") throw new Error("planted");
  postMessage({ kind: "ready", native: { addon: "" }, marks: [] });
};`;
/** Tells in its one number whether it has arranged its weights. */
const ARRANGES = `let arranged = 0;
self.onmessage = ({ data }) => {
  const { kind, id } = data;
  if (kind === "start") postMessage({ kind: "ready", native: { addon: "" }, marks: [] });
  if (kind === "arrange") arranged++;
  if (kind === "arrange") postMessage({ kind: "arranged", id });
  const numbers = { data: Float32Array.of(arranged), rows: Int32Array.of(1), columns: 1 };
  if (kind === "run") postMessage({ kind: "result", id, inferenceMs: 1, ...numbers });
};`;
const LOADS_NEVER = `self.onmessage = () => postMessage({
  kind: "failed", failure: { code: "ONNX_LOAD_FAILED", message: "planted", detail: {} },
});`;

function entryOf(source: string): string {
  const path = folder.join(`${crypto.randomUUID()}.ts`);
  writeFileSync(path, source);
  return path;
}

/** A pool whose worker number n has the entry number n, the last one if there are fewer. */
function open(count: number, ...sources: readonly string[]) {
  const entries = sources.map(entryOf);
  const log: string[] = [];
  let loading = 0;
  let loadingMost = 0;
  let number = 0;
  const failed = Promise.withResolvers<CodedError>();
  const pool = new WorkerPool(
    {
      count,
      open: () => {
        const worker = new WorkerClient(entries[Math.min(number++, entries.length - 1)]!);
        loadingMost = Math.max(loadingMost, ++loading);
        const settled = () => loading--;
        worker.ready.then(settled, settled);
        return worker;
      },
      start: (worker) => worker.start("", { addon: "" }, { intraOpThreads: 1 }),
      arrangeAfter: ARRANGE_AFTER,
      // A time in which every worker dies fast.
      now: () => 0,
    },
    {
      ready: () => log.push("ready"),
      restarted: () => log.push("restarted"),
      failed: failed.resolve,
    },
  );
  pool.start();
  return { pool, log, failed: failed.promise, loadingMost: () => loadingMost };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

const sequence = { ids: Int32Array.of(1), typeIds: Int32Array.of(0) };

describe("WorkerPool", () => {
  test("has one worker until there is work for more, and loads them one after another", async () => {
    const { pool, log, loadingMost } = open(3, GOOD);
    await pool.ready;
    expect([pool.count, log]).toEqual([1, ["ready"]]);
    pool.grow();
    await until(() => pool.count === 3);
    expect(loadingMost()).toBe(1);
    await pool.close(CLOSED);
    expect(pool.count).toBe(0);
  });

  test("has workers arrange their weights after so many batches, one after another", async () => {
    const { pool, log } = open(2, ARRANGES);
    await pool.ready;
    const [first] = pool.workers;
    const arrangedIn = async (worker: WorkerClient) => {
      const { matrices } = await worker.run([sequence], "default");
      pool.noteRun(worker);
      return matrices[0]?.data[0];
    };
    pool.grow();
    await until(() => pool.count === 2);
    for (let run = 0; run < ARRANGE_AFTER; run++) {
      expect([await arrangedIn(first!), run]).toEqual([0, run]);
    }
    expect(first?.busy).toBe(1);
    await until(() => first?.busy === 0);
    expect(await arrangedIn(first!)).toBe(1);
    // Once only, and the other only when it has had its batches.
    for (let run = 0; run < ARRANGE_AFTER; run++) expect(await arrangedIn(first!)).toBe(1);
    expect(await arrangedIn(pool.workers[1]!)).toBe(0);
    expect(log).toEqual(["ready", "ready", "ready"]);
    await pool.close(CLOSED);
  });

  test("has all of them a while after the first, unasked", async () => {
    const { pool } = open(2, GOOD);
    await until(() => pool.count === 2);
    await pool.close(CLOSED);
  });

  test("replaces a worker that dies, and answers meanwhile with the others", async () => {
    const { pool, log } = open(2, GOOD);
    await pool.ready;
    pool.grow();
    await until(() => pool.count === 2);
    const [first, second] = pool.workers;
    await first!.run([sequence], "default").catch(() => {});
    await until(() => pool.count === 1);
    expect(pool.workers).toEqual([second!]);
    await until(() => pool.count === 2);
    expect([log, pool.restarts]).toEqual([["ready", "ready", "restarted", "ready"], 1]);
    await pool.close(CLOSED);
  });

  test("fails when the first cannot load, with its reason", async () => {
    const { pool, log, failed } = open(2, LOADS_NEVER);
    const code = await pool.ready.catch((error: CodedError) => error.code);
    expect(code).toBe("ONNX_LOAD_FAILED");
    expect((await failed).code).toBe("ONNX_LOAD_FAILED");
    pool.grow();
    expect([log, pool.count]).toEqual([[], 0]);
    await pool.close(CLOSED);
  });

  test("gives up after several that died one after another", async () => {
    const { pool, log, failed } = open(1, GOOD, LOADS_NEVER);
    await pool.ready;
    await pool.workers[0]!.run([sequence], "default").catch(() => {});
    expect((await failed).code).toBe("ONNX_LOAD_FAILED");
    const restarts = Array.from({ length: FAST_CRASHES_MAX - 1 }, () => "restarted");
    expect(log).toEqual(["ready", ...restarts]);
    await pool.close(CLOSED);
  }, 15_000);

  test("stays while others answer when one cannot be replaced", async () => {
    const { pool, log } = open(2, GOOD, LOADS_NEVER);
    await pool.ready;
    pool.grow();
    await until(() => log.length === FAST_CRASHES_MAX);
    expect(pool.count).toBe(1);
    await pool.close(CLOSED);
  }, 15_000);

  test("closes while a worker loads, and starts none after", async () => {
    const { pool } = open(3, GOOD);
    await pool.ready;
    pool.grow();
    await pool.close(CLOSED);
    expect(pool.count).toBe(0);
  });
});
