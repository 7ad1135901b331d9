// An opened file that answers: real worker, real session, small model.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import type { CodedError } from "../../src/error/index.ts";
import { type OpenedFile, openFile, writeEncoderfile } from "../../src/format/index.ts";
import { InputRole, type Model, ModelSchema, Pooling, Task } from "../../src/gen/manifest_pb.ts";
import { ModelType } from "../../src/gen/metadata_pb.ts";
import { FileSource, MemorySource } from "../../src/io/index.ts";
import { scanModel } from "../../src/onnx/index.ts";
import { type Engine, loadEngine } from "../../src/runtime/index.ts";
import { ARRANGE_AFTER_BATCHES } from "../../src/runtime/limit.ts";
import { thrownBy } from "../helper/coded.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const folder = createTempDir();
const WIDTH = 32;
const BASE = new MemorySource(new Uint8Array(1000).fill(1), "base");
let modelDir: string;
let engine: Engine;

/** Writes a file that holds the tiny fixture and opens it. */
function open(name: string, model?: Model): { opened: OpenedFile; path: string } {
  using weights = new FileSource(join(modelDir, "model.onnx"));
  using tokenizer = new FileSource(join(modelDir, "tokenizer.json"));
  writeEncoderfile(
    {
      base: BASE,
      manifest: {
        modelType: ModelType.SENTENCE_EMBEDDING,
        name,
        version: "1",
        ...(model === undefined ? {} : { model }),
      },
      assets: [
        { kind: "weights", content: weights },
        { kind: "tokenizer", content: tokenizer },
      ],
    },
    folder.join(name),
  );
  const source = new FileSource(folder.join(name));
  return { opened: openFile(source), path: source.realPath };
}

function tinyModel(maxLength = 64): Model {
  using weights = new FileSource(join(modelDir, "model.onnx"));
  return create(ModelSchema, {
    task: Task.SENTENCE_EMBEDDING,
    graph: scanModel(weights).graph,
    inputs: [
      { name: "input_ids", role: InputRole.INPUT_IDS },
      { name: "attention_mask", role: InputRole.ATTENTION_MASK },
      { name: "token_type_ids", role: InputRole.TOKEN_TYPE_IDS },
    ],
    output: "last_hidden_state",
    tokenizer: { kind: "WordPiece", maxLength },
    pooling: [Pooling.MEAN],
    width: WIDTH,
  });
}

beforeAll(async () => {
  modelDir = await makeFixture({ shape: "tiny", head: "sentence-embedding" });
  const { opened, path } = open("good", tinyModel());
  engine = loadEngine(opened, path);
});

afterAll(async () => {
  await engine.close();
  folder[Symbol.dispose]();
});

async function failure(promise: Promise<unknown>): Promise<CodedError> {
  return promise.then(
    () => Promise.reject(new Error("Nothing was thrown")),
    (thrown: CodedError) => thrown,
  );
}

describe("Engine.run()", () => {
  test("answers in the order of the inputs, one pooled row each", async () => {
    await engine.ready;
    expect(engine.state).toBe("ready");
    const texts = [
      "the time",
      "a",
      "it is a long way from here to there and back again",
      "the time",
    ];
    const answers = await engine.run(texts.map((text) => ({ text })));
    expect(answers.map(({ input }) => input.text)).toEqual(texts);
    expect(answers.map(({ reduced }) => [reduced.rows, reduced.columns])).toEqual(
      texts.map(() => [1, WIDTH]),
    );
    expect(answers[3]?.reduced.data).toEqual(answers[0]!.reduced.data);
  });

  test("gives the same numbers alone and among others", async () => {
    const texts = Array.from({ length: 40 }, (_, index) => ({
      text: "word ".repeat(1 + (index % 13)),
    }));
    const together = await engine.run(texts);
    for (const index of [0, 7, 12, 39]) {
      const [alone] = await engine.run([texts[index]!]);
      expect(alone?.reduced.data).toEqual(together[index]!.reduced.data);
    }
  });

  test("gives a row per token in the view of tokens", async () => {
    const [answer] = await engine.run([{ text: "the time" }], { view: "tokens" });
    expect(answer?.reduced.rows).toBe(answer?.encoding.ids.length);
  });

  test("cuts long inputs, or refuses them", async () => {
    const long = { text: "the time ".repeat(100) };
    const [answer] = await engine.run([long]);
    expect(answer?.encoding.ids.length).toBe(64);
    expect(answer?.encoding.truncated).toBe(true);
    const error = await failure(engine.run([{ text: "a" }, long], { truncate: false }));
    expect([error.code, error.detail["index"]]).toEqual(["ENGINE_INPUT_TOO_LONG", 1]);
  });

  test("cuts on the side it is asked to", async () => {
    const text = `first ${"the ".repeat(100)} last`;
    const [right] = await engine.run([{ text }], { truncateSide: "right" });
    const [left] = await engine.run([{ text }], { truncateSide: "left" });
    expect(right?.encoding.spans[2]).toBe(0);
    expect(left?.encoding.spans.at(-3)).toBe(text.length);
  });

  test("tells of the numbers that are held, also of long texts, and ends when it is told to", async () => {
    const texts = [{ text: "a" }, { text: "the time ".repeat(1000) }, { text: "b" }];
    const told: unknown[] = [];
    await engine.run(texts, { checkNumbers: (count) => told.push(count) });
    expect(told).toEqual([1, 2, 3].map((inputs) => ({ inputs, numbers: inputs * WIDTH })));
    const checkNumbers = () => {
      throw new Error("enough");
    };
    // Not by `rejects`, which lets events pass while it waits, and now and then loses the message of a worker.
    const ended = await engine.run(texts, { checkNumbers }).catch((error) => error);
    expect(String(ended)).toContain("enough");
    expect(await engine.run([{ text: "a" }])).toHaveLength(1);
  });

  test("drops what nobody waits for", async () => {
    const gone = AbortSignal.abort(new Error("gone"));
    expect((await failure(engine.run([{ text: "a" }], { signal: gone }))).message).toBe("gone");
    const controller = new AbortController();
    const many = Array.from({ length: 500 }, () => ({ text: "the time ".repeat(40) }));
    const running = failure(engine.run(many, { signal: controller.signal }));
    controller.abort(new Error("left"));
    expect((await running).message).toBe("left");
    expect(await engine.run([{ text: "a" }])).toHaveLength(1);
  });

  test("refuses more than the queue holds at once with ENGINE_REQUEST_TOO_LARGE", async () => {
    const many = Array.from({ length: 9000 }, () => ({ text: "a" }));
    expect((await failure(engine.run(many))).code).toBe("ENGINE_REQUEST_TOO_LARGE");
  });

  test("answers nothing for no inputs", async () => {
    expect(await engine.run([])).toEqual([]);
  });
});

describe("loadEngine()", () => {
  test("refuses files without settings or with a transform", () => {
    const { opened, path } = open("published");
    expect(thrownBy(() => loadEngine(opened, path)).code).toBe("ENGINE_UNSUPPORTED_MODEL");
    const good = open("with-transform", tinyModel());
    good.opened.manifest.transform = good.opened.manifest.weights!;
    expect(thrownBy(() => loadEngine(good.opened, path)).message).toContain("transform");
  });

  test("tells why a graph cannot be loaded", async () => {
    const model = tinyModel();
    model.output = "no_such_output";
    model.inputs[0]!.role = 77 as InputRole;
    model.inputs[1]!.name = "no_such_input";
    model.tokenizer!.fixedLength = 4_000_000_000;
    const { opened, path } = open("broken-graph", model);
    const broken = loadEngine(opened, path);
    const error = await failure(broken.ready);
    expect(error.code).toBe("ENGINE_BAD_MODEL");
    expect(error.detail["problems"]).toEqual([
      "fixed length: expected 1 to 131072 tokens and at least 64, found 4000000000",
      'input "input_ids": expected a known role, found 77',
      'input "no_such_input": expected one of input_ids, attention_mask, token_type_ids, each once',
      'input "attention_mask": expected a role, found none',
      'output: expected one of last_hidden_state, found "no_such_output"',
    ]);
    expect(broken.state).toBe("failed");
    expect((await failure(broken.run([{ text: "a" }]))).code).toBe("ENGINE_BAD_MODEL");
    await broken.close();
  });

  test.each(["weights", "tokenizer"])(
    "tells of damage before what it leads to: %s",
    async (kind) => {
      const { opened, path } = open(`unreadable-${kind}`, tinyModel());
      const asset = opened.assets.find((candidate) => candidate.kind === kind)!;
      const bytes = readFileSync(path);
      bytes.fill(0xff, asset.byteOffset, asset.byteOffset + 64);
      writeFileSync(path, bytes);
      const damaged = loadEngine(opened, path);
      expect((await failure(damaged.ready)).code).toBe("FORMAT_DAMAGED_ASSET");
      await damaged.close();
    },
  );

  test("never becomes ready when a byte of an asset is not what was built", async () => {
    const { opened, path } = open("flipped", tinyModel());
    const weights = opened.assets.find(({ kind }) => kind === "weights")!;
    const bytes = readFileSync(path);
    const at = weights.byteOffset + weights.byteLength - 1000;
    bytes[at] = bytes[at]! ^ 1;
    writeFileSync(path, bytes);
    const damaged = loadEngine(opened, path);
    const error = await failure(damaged.ready);
    expect(error.code).toBe("FORMAT_DAMAGED_ASSET");
    expect(error.message).toContain("model.onnx");
    expect((await failure(damaged.run([{ text: "a" }]))).code).toBe("FORMAT_DAMAGED_ASSET");
    await damaged.close();
  });

  test("answers the same from weights all workers share, but for rounding", async () => {
    const { opened, path } = open("shared", tinyModel());
    const sharing = loadEngine(opened, path, { memory: "low", workers: 2 });
    const [found, expected] = await Promise.all(
      [sharing, engine].map(async (one) => (await one.run([{ text: "the time" }]))[0]!.reduced),
    );
    await sharing.close();
    const worst = expected!.data.reduce(
      (most, number, at) => Math.max(most, Math.abs(number - found!.data[at]!)),
      0,
    );
    expect(found!.data).toHaveLength(expected!.data.length);
    expect(worst).toBeLessThan(1e-5);
  });

  test("goes on answering the same when workers copy their weights, once they have work", async () => {
    const { opened, path } = open("balanced", tinyModel());
    const balanced = loadEngine(opened, path, { memory: "balanced", workers: 2 });
    const expected = (await engine.run([{ text: "the time" }]))[0]!.reduced;
    let rounds = 0;
    // As many more as make each of the two copy its weights.
    while (balanced.stats().workers < 2 || rounds++ < ARRANGE_AFTER_BATCHES) {
      const inputs = Array.from({ length: 8 }, () => ({ text: "the time" }));
      const requests = Array.from({ length: 4 }, () => balanced.run(inputs));
      for (const { reduced } of (await Promise.all(requests)).flat()) {
        const worst = Math.max(...reduced.data.map((number, at) => number - expected.data[at]!));
        expect(Math.abs(worst)).toBeLessThan(1e-5);
      }
    }
    expect(balanced.stats()).toMatchObject({ workers: 2, restarts: 0 });
    await balanced.close();
  });

  test("answers ENGINE_CLOSED once it is closed", async () => {
    const { opened, path } = open("closing", tinyModel());
    const closing = loadEngine(opened, path);
    await closing.ready;
    const many = Array.from({ length: 300 }, () => ({ text: "the time ".repeat(30) }));
    const running = failure(closing.run(many));
    await closing.close();
    await closing.close();
    expect((await running).code).toBe("ENGINE_CLOSED");
    expect((await failure(closing.run([{ text: "a" }]))).code).toBe("ENGINE_CLOSED");
    expect(closing.state).toBe("closed");
  });
});
