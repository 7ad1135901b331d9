// Long texts are tokenised elsewhere: same tokens, same refusals, and this thread stays free.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { CodedError } from "../../src/error/index.ts";
import { Pooling, Task } from "../../src/gen/manifest_pb.ts";
import { createMeter, type Engine } from "../../src/runtime/index.ts";
import { LONG_TEXT_CHARACTERS, LONG_TEXTS_WAITING_MAX } from "../../src/runtime/limit.ts";
import { isLongInput, TokenizerThread } from "../../src/runtime/tokenizer-thread.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { startEngine } from "./model-file.ts";

const folder = createTempDir();
/** The longest text a request may hold. */
const LONGEST = 250_000;
const CLOSED = new CodedError("ENGINE_CLOSED", "Cannot answer: planted");
let engine: Engine & AsyncDisposable;

beforeAll(async () => {
  const modelDir = await makeFixture({ shape: "tiny", head: "sentence-embedding" });
  const model = { task: Task.SENTENCE_EMBEDDING, pooling: [Pooling.MEAN] };
  engine = await startEngine(folder, { modelDir, model });
});

afterAll(async () => {
  await engine.close();
  folder[Symbol.dispose]();
});

const codeOf = (running: Promise<unknown>) =>
  running.then(
    () => "answered",
    (error: CodedError) => error.code ?? error.message,
  );

test("isLongInput() counts the texts, the pair and the prompt", () => {
  const half = "a".repeat(LONG_TEXT_CHARACTERS / 2);
  expect(isLongInput({ text: half, pair: half })).toBe(false);
  expect(isLongInput({ text: half, pair: `${half}a` })).toBe(true);
  expect(isLongInput({ text: half, prompt: `${half}a` })).toBe(true);
});

describe("a long text", () => {
  test("gives the tokens a short one with the same beginning gives", async () => {
    const short = "the time ".repeat(100);
    const long = "the time ".repeat(1 + LONG_TEXT_CHARACTERS / 9);
    const meter = createMeter();
    const [left, right] = await engine.run([{ text: short }, { text: long }], { meter });
    expect(right!.encoding).toEqual(left!.encoding);
    expect(right!.reduced.data).toEqual(left!.reduced.data);
    expect(meter.characters).toBe(short.length + long.length);
    expect(meter.tokenizeMs).toBeGreaterThan(0);
    expect(meter.tokens).toBe(left!.encoding.ids.length * 2);
  });

  test("is refused as a short one is", async () => {
    const text = "the time ".repeat(LONG_TEXT_CHARACTERS);
    const running = engine.run([{ text: "a" }, { text }], { truncate: false });
    const error = await running.catch((thrown: CodedError) => thrown);
    expect(error).toMatchObject({ code: "ENGINE_INPUT_TOO_LONG", detail: { index: 1 } });
  });

  test("leaves this thread free", async () => {
    const text = "word time ".repeat(LONGEST / 10);
    let done = false;
    const running = engine.run([{ text }, { text }]).then(() => {
      done = true;
    });
    let longestMs = 0;
    while (!done) {
      const startedMs = performance.now();
      await new Promise((resolve) => setImmediate(resolve));
      longestMs = Math.max(longestMs, performance.now() - startedMs);
    }
    await running;
    expect(longestMs).toBeLessThan(50);
  });

  test("is not waited for by those who left or are out of time", async () => {
    const text = "word time ".repeat(LONGEST / 10);
    const controller = new AbortController();
    const gone = codeOf(engine.run([{ text }], { signal: controller.signal }));
    const late = codeOf(engine.run([{ text }], { deadlineMs: performance.now() + 2 }));
    controller.abort(new Error("left"));
    expect(await gone).toBe("left");
    expect(await late).toBe("ENGINE_DEADLINE_EXCEEDED");
  });
});

describe("TokenizerThread", () => {
  function plant(source: string): TokenizerThread {
    const entry = folder.join(`${crypto.randomUUID()}.ts`);
    writeFileSync(entry, source);
    return new TokenizerThread("", entry);
  }

  test.each([
    ["throws", "throw new Error('planted');"],
    ["exits", "process.exit(3);"],
  ])("fails the texts of a thread that %s, and starts another", async (_, end) => {
    const thread = plant(`self.onmessage = ({ data }) => { if (data.kind !== "open") ${end} };`);
    const ask = () => codeOf(thread.encode({ text: "a" }, 0, {}));
    const both = await Promise.all([ask(), ask()]);
    expect(both).toEqual(["ENGINE_WORKER_FAILED", "ENGINE_WORKER_FAILED"]);
    expect(await ask()).toBe("ENGINE_WORKER_FAILED");
    thread.close(CLOSED);
  });

  test("takes no more texts than may wait, and closes with them", async () => {
    const thread = plant("self.onmessage = () => {};");
    const ask = () => codeOf(thread.encode({ text: "a" }, 0, {}));
    const waiting = Array.from({ length: LONG_TEXTS_WAITING_MAX }, ask);
    expect(await ask()).toBe("ENGINE_OVERLOADED");
    thread.close(CLOSED);
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["ENGINE_CLOSED"]));
  });
});
