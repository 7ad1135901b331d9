// Requests and workers brought together. The workers are real threads whose entry is planted: they answer when told to.
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import { CodedError } from "../../src/error/index.ts";
import { ModelSchema } from "../../src/gen/manifest_pb.ts";
import {
  type BatchReport,
  createMeter,
  type EngineObserver,
  type RejectReason,
} from "../../src/runtime/engine.ts";
import { QUEUED_INPUTS_MAX, WAIT_SPREAD } from "../../src/runtime/limit.ts";
import { Scheduler } from "../../src/runtime/scheduler.ts";
import { WorkerClient } from "../../src/runtime/worker-client.ts";
import { WorkerPool } from "../../src/runtime/worker-pool.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const folder = createTempDir();
const LIMITS = { inputs: 8, tokens: 64 };

/** Ids of a sequence say what becomes of its batch: 1 waits for the gate, 2 ends the thread, 3 fails, 4 takes 20 ms. */
const ENTRY = `
  const held = [];
  let isOpen = false;
  new BroadcastChannel("GATE").onmessage = () => {
    isOpen = true;
    for (const answer of held.splice(0)) answer();
  };
  self.onmessage = ({ data }) => {
    if (data.kind === "start") return postMessage({ kind: "ready", native: { addon: "" }, marks: [] });
    const answer = () => postMessage({
      kind: "result", id: data.id, rows: new Int32Array(data.lengths.length).fill(1), columns: 1,
      data: Float32Array.from(data.lengths), inferenceMs: 5,
    });
    if (data.ids.includes(2)) throw new Error("planted");
    if (data.ids.includes(3)) return postMessage({
      kind: "run-failed", id: data.id, failure: { code: "ONNX_RUN_FAILED", message: "planted", detail: {} },
    });
    if (data.ids.includes(4)) return setTimeout(answer, 20);
    if (data.ids.includes(1) && !isOpen) held.push(answer); else answer();
  };`;

let number = 0;
const opened: { close: () => Promise<void> }[] = [];

afterEach(async () => {
  for (const { close } of opened.splice(0)) await close();
});

afterAll(() => folder[Symbol.dispose]());

async function open(count = 1) {
  const channel = `gate-${++number}`;
  const entry = folder.join(`${channel}.ts`);
  writeFileSync(entry, ENTRY.replace("GATE", channel));
  const gate = new BroadcastChannel(channel);
  const reports: BatchReport[] = [];
  const rejected: RejectReason[] = [];
  let restarted = 0;
  const observer: EngineObserver = {
    batch: (report) => reports.push(report),
    truncated: () => {},
    rejected: (reason) => rejected.push(reason),
    workerRestarted: () => {},
  };
  const pool = new WorkerPool(
    {
      count,
      open: () => new WorkerClient(entry),
      start: (worker) => worker.start("", { addon: "" }, { intraOpThreads: 1 }),
    },
    { ready: () => scheduler.dispatch(), restarted: () => restarted++, failed: () => {} },
  );
  const scheduler = new Scheduler(pool, {
    model: create(ModelSchema),
    limits: LIMITS,
    observers: [observer],
  });
  pool.start();
  await pool.ready;
  opened.push({
    close: async () => {
      gate.close();
      await pool.close(new CodedError("ENGINE_CLOSED", "Cannot answer: planted"));
    },
  });
  const restarts = () => restarted;
  return { scheduler, pool, reports, rejected, restarts, release: () => gate.postMessage(0) };
}

const sequence = (length: number, id = 0) => ({
  ids: new Int32Array(length).fill(id),
  typeIds: new Int32Array(length),
});

const VIEW = { view: "default" } as const;
const HELD = 1;
const CRASHES = 2;
const FAILS = 3;
const SLOW = 4;

const codeOf = (running: Promise<unknown>) =>
  running.then(
    () => "answered",
    (error: CodedError) => error.code ?? error.message,
  );

describe("Scheduler.run()", () => {
  test("answers in the order of the sequences, whatever the batches", async () => {
    const { scheduler, reports } = await open();
    const lengths = [40, 3, 41, 2, 60, 1];
    const meter = createMeter();
    const reduced = await scheduler.run(
      lengths.map((length) => sequence(length)),
      { ...VIEW, meter },
    );
    expect(reduced.map(({ data }) => data[0])).toEqual(lengths);
    expect(meter.tokens).toBe(147);
    expect(meter.inferenceMs).toBe(5);
    expect(meter.queueMs).toBeGreaterThan(0);
    const totals = reports.map(({ inputs, tokens, paddedTokens }) => [
      inputs,
      tokens,
      paddedTokens,
    ]);
    expect(totals).toEqual([
      [1, 40, 40],
      [3, 6, 9],
      [1, 41, 41],
      [1, 60, 60],
    ]);
    expect(reports.flatMap(({ waitsMs }) => waitsMs)).toHaveLength(6);
  });

  test("gives work to all workers at once", async () => {
    const { scheduler, pool, release } = await open(2);
    const first = scheduler.run([sequence(40, HELD)], VIEW);
    const second = scheduler.run([sequence(40, HELD)], VIEW);
    while (pool.count < 2) await new Promise((resolve) => setImmediate(resolve));
    const { busyWorkers, running, workers, queued } = scheduler.stats;
    expect([busyWorkers, running, workers, queued]).toEqual([2, 2, 2, 0]);
    release();
    await Promise.all([first, second]);
    expect(scheduler.stats.running).toBe(0);
  });

  test("drops a request whose deadline passes before any of it has begun", async () => {
    const { scheduler, rejected, release } = await open();
    const first = scheduler.run([sequence(40, HELD)], VIEW);
    const deadlineMs = performance.now() + 20;
    const late = scheduler.run([sequence(40), sequence(41)], { ...VIEW, deadlineMs });
    expect(await codeOf(late)).toBe("ENGINE_DEADLINE_EXCEEDED");
    expect([scheduler.stats.queued, rejected]).toEqual([0, ["deadline"]]);
    release();
    expect(await codeOf(first)).toBe("answered");
    const past = scheduler.run([sequence(1)], { ...VIEW, deadlineMs: performance.now() - 1 });
    expect(await codeOf(past)).toBe("ENGINE_DEADLINE_EXCEEDED");
  });

  test("lets a request finish that has begun before its deadline", async () => {
    const { scheduler, release } = await open();
    const begun = scheduler.run([sequence(40, HELD)], {
      ...VIEW,
      deadlineMs: performance.now() + 5,
    });
    const dropped = scheduler.run([sequence(40)], { ...VIEW, deadlineMs: performance.now() + 10 });
    expect(await codeOf(dropped)).toBe("ENGINE_DEADLINE_EXCEEDED");
    release();
    expect(await codeOf(begun)).toBe("answered");
  });

  test("lets a request finish of which only the first batch began before its deadline", async () => {
    const { scheduler, rejected, release } = await open();
    const deadlineMs = performance.now() + 5;
    const begun = scheduler.run([sequence(40, HELD), sequence(41), sequence(42)], {
      ...VIEW,
      deadlineMs,
    });
    expect(scheduler.stats.queued).toBe(2);
    const dropped = scheduler.run([sequence(40)], { ...VIEW, deadlineMs: deadlineMs + 5 });
    expect(await codeOf(dropped)).toBe("ENGINE_DEADLINE_EXCEEDED");
    release();
    expect([await codeOf(begun), rejected]).toEqual(["answered", ["deadline"]]);
  });

  test("takes a request of any size at once while nothing else waits", async () => {
    const { scheduler, rejected } = await open();
    await scheduler.run([sequence(60, SLOW)], VIEW);
    // Its own work takes far longer than it allows until it begins.
    const many = Array.from({ length: 500 }, () => sequence(60));
    const answer = scheduler.run(many, { ...VIEW, deadlineMs: performance.now() + 200 });
    expect([await codeOf(answer), rejected]).toEqual(["answered", []]);
  });

  test("drops what still waits of a request nobody waits for", async () => {
    const { scheduler, rejected, release } = await open();
    const controller = new AbortController();
    const first = scheduler.run([sequence(40, HELD)], VIEW);
    const gone = scheduler.run([sequence(40), sequence(10)], {
      ...VIEW,
      signal: controller.signal,
    });
    expect(scheduler.stats.queued).toBe(2);
    controller.abort(new Error("left"));
    expect(await codeOf(gone)).toBe("left");
    expect([scheduler.stats.queued, rejected]).toEqual([0, ["gone"]]);
    release();
    await first;
  });

  test("refuses at once what it predicts to begin too late", async () => {
    const { scheduler, rejected, release } = await open();
    // One run to measure by.
    await scheduler.run([sequence(60, SLOW)], VIEW);
    const running = scheduler.run([sequence(60, HELD)], VIEW);
    const waiting = scheduler.run(
      Array.from({ length: 500 }, () => sequence(60)),
      VIEW,
    );
    expect(scheduler.stats.predictedWaitMs).toBeGreaterThan(10);
    const refused = scheduler.run([sequence(60)], { ...VIEW, deadlineMs: performance.now() + 5 });
    const error = await refused.catch((thrown: CodedError) => thrown);
    expect(error).toMatchObject({
      code: "ENGINE_OVERLOADED",
      kind: "overloaded",
      detail: { retryAfterSeconds: expect.any(Number) },
    });
    expect(rejected).toEqual(["predicted_late"]);
    // Those that came later may go before it, so that the wait it can be sure of is longer.
    const { predictedWaitMs } = scheduler.stats;
    const deadlineMs = performance.now() + predictedWaitMs * (WAIT_SPREAD - 0.5);
    const unsure = scheduler.run([sequence(60)], { ...VIEW, deadlineMs });
    await expect(unsure).rejects.toMatchObject({ code: "ENGINE_OVERLOADED" });
    expect(rejected).toEqual(["predicted_late", "predicted_late"]);
    // Its turn comes soon, however much waits of one request, and however much it has itself.
    const many = Array.from({ length: 500 }, () => sequence(60));
    const other = scheduler.run(many, { ...VIEW, deadlineMs: performance.now() + 1000 });
    release();
    const answers = await Promise.all([running, waiting, other].map(codeOf));
    expect(answers).toEqual(["answered", "answered", "answered"]);
  });

  test("takes all or nothing of a request the queue has no room for", async () => {
    const { scheduler, rejected, release } = await open();
    const first = scheduler.run([sequence(40, HELD)], VIEW);
    const many = Array.from({ length: QUEUED_INPUTS_MAX - 1 }, () => sequence(1));
    const filling = scheduler.run(many, VIEW);
    expect(await codeOf(scheduler.run([sequence(1), sequence(1)], VIEW))).toBe("ENGINE_OVERLOADED");
    expect([scheduler.stats.queued, rejected]).toEqual([QUEUED_INPUTS_MAX - 1, ["queue_full"]]);
    release();
    await Promise.all([first, filling]);
  });

  test("refuses for good a request that no queue of this length takes", async () => {
    const { scheduler, rejected } = await open();
    const many = Array.from({ length: QUEUED_INPUTS_MAX + 1 }, () => sequence(1));
    const error = await scheduler.run(many, VIEW).catch((thrown: CodedError) => thrown);
    expect(error).toMatchObject({
      code: "ENGINE_REQUEST_TOO_LARGE",
      kind: "invalid_input",
      detail: { found: QUEUED_INPUTS_MAX + 1, maximum: QUEUED_INPUTS_MAX },
    });
    expect(rejected).toEqual([]);
  });

  test("fails only the requests of a batch that cannot be run", async () => {
    const { scheduler, rejected } = await open();
    const codes = await Promise.all([
      codeOf(scheduler.run([sequence(60, FAILS), sequence(5)], VIEW)),
      codeOf(scheduler.run([sequence(5)], VIEW)),
    ]);
    expect(codes).toEqual(["ONNX_RUN_FAILED", "answered"]);
    expect(rejected).toEqual([]);
  });

  test("answers the neighbours of an input that cannot be run", async () => {
    const { scheduler, reports, release } = await open();
    const held = codeOf(scheduler.run([sequence(60, HELD)], VIEW));
    const neighbours = [
      codeOf(scheduler.run([sequence(5)], VIEW)),
      codeOf(scheduler.run([sequence(5, FAILS)], VIEW)),
      codeOf(scheduler.run([sequence(5)], VIEW)),
    ];
    release();
    expect(await Promise.all(neighbours)).toEqual(["answered", "ONNX_RUN_FAILED", "answered"]);
    expect(await held).toBe("answered");
    expect(reports.map(({ inputs }) => inputs)).toEqual([1, 1, 1]);
    expect(scheduler.stats).toMatchObject({ queued: 0, running: 0 });
  });
});

describe("a worker that dies", () => {
  test("fails what it ran; what waited is run by the one that takes its place", async () => {
    const { scheduler, rejected, restarts } = await open();
    const codes = await Promise.all([
      codeOf(scheduler.run([sequence(60, CRASHES), sequence(5)], VIEW)),
      codeOf(scheduler.run([sequence(5)], VIEW)),
      codeOf(scheduler.run([sequence(30)], VIEW)),
    ]);
    expect(codes).toEqual(["ENGINE_WORKER_FAILED", "answered", "answered"]);
    expect([rejected, restarts(), scheduler.stats.restarts]).toEqual([["worker_failed"], 1, 1]);
    expect(scheduler.stats.workers).toBe(1);
  });
});
