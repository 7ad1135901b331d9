// An engine whose workers are several, die, or are told about: real sessions of a small model.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import type { CodedError } from "../../src/error/index.ts";
import { Pooling, Task } from "../../src/gen/manifest_pb.ts";
import type { BatchReport, EngineObserver, RejectReason } from "../../src/runtime/index.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { type ModelFile, startEngine } from "./model-file.ts";

const folder = createTempDir();
const OUR_ENTRY = new URL("../../src/runtime/worker.ts", import.meta.url).pathname;
let file: ModelFile;

beforeAll(async () => {
  const modelDir = await makeFixture({ shape: "tiny", head: "sentence-embedding" });
  file = { modelDir, model: { task: Task.SENTENCE_EMBEDDING, pooling: [Pooling.MEAN] } };
});

afterAll(() => folder[Symbol.dispose]());

const texts = Array.from({ length: 300 }, (_, index) => ({ text: "time ".repeat(index % 40) }));

const codeOf = (running: Promise<unknown>) =>
  running.then(
    () => "answered",
    (error: CodedError) => error.code,
  );

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

function recorder() {
  const log: string[] = [];
  const reports: BatchReport[] = [];
  const observer: EngineObserver = {
    batch: (report) => reports.push(report),
    truncated: (count) => log.push(`truncated ${count}`),
    rejected: (reason: RejectReason) => log.push(`rejected ${reason}`),
    workerRestarted: () => log.push("restarted"),
  };
  return { log, reports, observer };
}

describe("loadEngine() with several workers", () => {
  test("answers bit for bit as with one, and tells what it did", async () => {
    await using one = await startEngine(folder, file, { workers: 1 });
    await using many = await startEngine(folder, file, { workers: 3 });
    const { log, reports, observer } = recorder();
    many.observe(observer);
    const expected = await one.run(texts);
    const answers = await many.run(texts);
    expect(answers.map(({ reduced }) => reduced.data)).toEqual(
      expected.map(({ reduced }) => reduced.data),
    );
    const tokens = answers.reduce((sum, { encoding }) => sum + encoding.ids.length, 0);
    expect(reports.reduce((sum, report) => sum + report.inputs, 0)).toBe(texts.length);
    expect(reports.reduce((sum, report) => sum + report.tokens, 0)).toBe(tokens);
    expect(reports.every((report) => report.paddedTokens >= report.tokens)).toBe(true);
    await many.run([{ text: "time ".repeat(100) }]);
    expect(log).toEqual(["truncated 1"]);
    await until(() => many.stats().workers === 3);
    expect(many.stats()).toMatchObject({ queued: 0, running: 0, busyWorkers: 0, restarts: 0 });
  });

  test("answers the same with more threads in one worker", async () => {
    await using one = await startEngine(folder, file, { workers: 1, threadsPerWorker: 1 });
    await using latency = await startEngine(folder, file, { latency: true, threadsPerWorker: 2 });
    const [left, right] = [await one.run(texts), await latency.run(texts)];
    expect(right.map(({ reduced }) => reduced.data)).toEqual(
      left.map(({ reduced }) => reduced.data),
    );
    expect(latency.stats().workers).toBe(1);
  });
});

describe("a worker that dies", () => {
  /** Our own worker, which throws outside of all its care when a batch has so many inputs. */
  function crashingEntry(): string {
    const path = folder.join(`${crypto.randomUUID()}.ts`);
    writeFileSync(
      path,
      `import ${JSON.stringify(OUR_ENTRY)};
      const answer = self.onmessage;
      self.onmessage = (event) => {
        if (event.data.lengths?.length === 7) throw new Error("planted");
        answer(event);
      };`,
    );
    return path;
  }

  test("is replaced; the engine answers again, with its own numbers", async () => {
    const workerEntry = crashingEntry();
    await using engine = await startEngine(folder, file, { workers: 1, workerEntry });
    const { log, observer } = recorder();
    engine.observe(observer);
    const [before] = await engine.run([{ text: "the time" }]);
    const seven = Array.from({ length: 7 }, () => ({ text: "the time" }));
    expect(await codeOf(engine.run(seven))).toBe("ENGINE_WORKER_FAILED");
    expect(engine.state).toBe("loading");
    const [after] = await engine.run([{ text: "the time" }]);
    expect(engine.state).toBe("ready");
    expect(after!.reduced.data).toEqual(before!.reduced.data);
    expect(log.toSorted()).toEqual(["rejected worker_failed", "restarted"]);
    expect(engine.stats()).toMatchObject({ restarts: 1, workers: 1 });
  });

  test("leaves the engine ready while another answers", async () => {
    const workerEntry = crashingEntry();
    await using engine = await startEngine(folder, file, { workers: 2, workerEntry });
    await until(() => engine.stats().workers === 2);
    const seven = Array.from({ length: 7 }, () => ({ text: "the time" }));
    expect(await codeOf(engine.run(seven))).toBe("ENGINE_WORKER_FAILED");
    expect([engine.state, engine.stats().workers]).toEqual(["ready", 1]);
    expect(await codeOf(engine.run([{ text: "the time" }]))).toBe("answered");
  });
});
