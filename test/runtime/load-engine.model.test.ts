// Layers outside of the graph, prompts that pooling leaves out, and windows: through a real worker.
import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Activation, Pooling, Task } from "../../src/gen/manifest_pb.ts";
import { loadEngine, type RunOptions } from "../../src/runtime/index.ts";
import { rejectedBy } from "../helper/coded.ts";
import { writeSafetensors } from "../helper/safetensors-file.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { writeTinyModelDir } from "../helper/tiny-graph.ts";
import { type ModelFile, openModelFile, startEngine } from "./model-file.ts";

const folder = createTempDir();
/** Each token has the 4 numbers of its row of a table, whatever stands around it. */
const modelDir = await writeTinyModelDir(folder.join("lookup"));
afterAll(() => folder[Symbol.dispose]());

const DENSE = "2_Dense/model.safetensors";

/** Adds the first two numbers and the last two; the bias is 1 and 2. */
const TENSORS = {
  "linear.weight": { shape: [2, 4], data: Float32Array.of(1, 1, 0, 0, 0, 0, 1, 1) },
  "linear.bias": { shape: [2], data: Float32Array.of(1, 2) },
};

function safetensors(tensors: Parameters<typeof writeSafetensors>[1] = TENSORS): Uint8Array {
  const path = folder.join(`${crypto.randomUUID()}.safetensors`);
  writeSafetensors(path, tensors);
  return Uint8Array.from(readFileSync(path));
}

function denseFile(place: object = {}): ModelFile {
  const dense = {
    inWidth: 4,
    outWidth: 2,
    activation: Activation.TANH,
    weight: { file: DENSE, name: "linear.weight", ...place },
    bias: { file: DENSE, name: "linear.bias" },
  };
  const model = {
    task: Task.SENTENCE_EMBEDDING,
    pooling: [Pooling.MEAN],
    outputWidth: 4,
    width: 2,
    layers: [
      { kind: { case: "dense", value: dense } },
      { kind: { case: "unitLength", value: {} } },
    ],
  };
  return { modelDir, model, files: { [DENSE]: safetensors() } };
}

/** Row i of the table holds the sines of 4 i to 4 i + 3. */
function tableRow(id: number): number[] {
  return [0, 1, 2, 3].map((column) => Math.fround(Math.sin(4 * id + column)));
}

function meanOf(ids: readonly number[]): number[] {
  const rows = ids.map(tableRow);
  return [0, 1, 2, 3].map((column) => {
    return rows.reduce((sum, row) => sum + row[column]!, 0) / rows.length;
  });
}

function expectNear(found: Float32Array | undefined, expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  for (const [index, number] of expected.entries()) expect(found?.[index]).toBeCloseTo(number, 6);
}

describe("layers", () => {
  test("layers are applied to what was pooled, in their order", async () => {
    await using engine = await startEngine(folder, denseFile());
    const [answer, other] = await engine.run([{ text: "the time" }, { text: "a" }]);
    const [a = 0, b = 0, c = 0, d = 0] = meanOf([...(answer?.encoding.ids ?? [])]);
    const hidden = [Math.tanh(a + b + 1), Math.tanh(c + d + 2)];
    const norm = Math.hypot(...hidden);
    expectNear(
      answer?.reduced.data,
      hidden.map((number) => number / norm),
    );
    expect(other?.reduced.columns).toBe(2);
  });

  test("layers leave the vectors of tokens alone where the model pools", async () => {
    await using engine = await startEngine(folder, denseFile());
    const [answer] = await engine.run([{ text: "a" }], { view: "tokens" });
    const ids = [...(answer?.encoding.ids ?? [])];
    expectNear(answer?.reduced.data, ids.flatMap(tableRow));
  });

  const FAULTS: readonly (readonly [string, ModelFile, string, string])[] = [
    [
      "an asset",
      denseFile({ file: "3_Dense/model.safetensors" }),
      "ENGINE_UNSUPPORTED_MODEL",
      'need an asset "3_Dense/model.safetensors": found none',
    ],
    [
      "a tensor",
      denseFile({ name: "linear.weights" }),
      "ENGINE_UNSUPPORTED_MODEL",
      'need a tensor "linear.weights" in "2_Dense/model.safetensors": found none',
    ],
    [
      "a slot instead of a file",
      denseFile({ file: "model.onnx" }),
      "ENGINE_UNSUPPORTED_MODEL",
      'need an asset "model.onnx": found none',
    ],
    [
      "the right shape",
      denseFile({ name: "linear.bias" }),
      "TASK_LAYER_INVALID",
      "has shape [2]: expected [2, 4]",
    ],
    [
      "a whole file",
      { ...denseFile(), files: { [DENSE]: safetensors().subarray(0, 100) } },
      "SAFETENSORS_INVALID",
      DENSE,
    ],
  ];

  test.each(FAULTS)(
    "a model whose layers lack %s never becomes ready",
    async (_, file, code, text) => {
      const { opened, path } = openModelFile(folder, file);
      const engine = loadEngine(opened, path);
      const error = await rejectedBy(engine.ready);
      await engine.close();
      expect([error.code as string, error.message.includes(text)]).toEqual([code, true]);
    },
  );

  test("a file whose width is not what its settings make is refused with ENGINE_BAD_MODEL", async () => {
    const model = {
      task: Task.SENTENCE_EMBEDDING,
      pooling: [Pooling.MEAN, Pooling.CLS],
      firstPosition: 4_000_000_000,
    };
    const { opened, path } = openModelFile(folder, { modelDir, model });
    const engine = loadEngine(opened, path);
    const error = await rejectedBy(engine.ready);
    await engine.close();
    expect(error.code).toBe("ENGINE_BAD_MODEL");
    expect(error.detail["problems"]).toEqual([
      "first position: expected at most 131072, found 4000000000",
      "width: expected 8, found 4",
    ]);
  });
});

describe("prompts", () => {
  const pooled = (fields: object) => ({
    modelDir,
    model: { task: Task.SENTENCE_EMBEDDING, pooling: [Pooling.MEAN], ...fields },
  });
  const inputs = [
    { text: "the time", prompt: "a long: " },
    { text: "the time" },
    { text: "the time", prompt: "it: " },
  ];

  test("a prompt's tokens take part in pooling", async () => {
    await using engine = await startEngine(folder, pooled({}));
    for (const answer of await engine.run(inputs)) {
      expectNear(answer.reduced.data, meanOf([...answer.encoding.ids]));
    }
  });

  test("a prompt's tokens take no part in pooling where the model says so", async () => {
    await using engine = await startEngine(folder, pooled({ poolWithoutPrompt: true }));
    const answers = await engine.run(inputs);
    const tokenizer = await engine.tokenizer;
    for (const [index, { reduced, encoding }] of answers.entries()) {
      const { prompt } = inputs[index]!;
      const skipped = prompt === undefined ? 0 : tokenizer.encode(prompt).ids.length - 1;
      expectNear(reduced.data, meanOf([...encoding.ids].slice(skipped)));
    }
    const [alone] = await engine.run(inputs.slice(0, 1));
    expect(alone?.reduced.data).toEqual(answers[0]!.reduced.data);
  });
});

describe("windows of a whole engine", () => {
  const file = (maxLength: number) => ({
    modelDir,
    model: { task: Task.TOKEN_CLASSIFICATION, tokenizer: { kind: "WordPiece", maxLength } },
  });
  const long = "the time is a long way from here, ".repeat(40);

  test.each([[{}], [{ windowOverlap: 0 }], [{ windowOverlap: 9 }]] as readonly (readonly [
    RunOptions,
  ])[])("a long text is answered as one, with %j", async (options) => {
    await using engine = await startEngine(folder, file(16));
    const answers = await engine.run([{ text: "a" }, { text: long }, { text: "b c" }], options);
    const tokenizer = await engine.tokenizer;
    expect(answers[1]?.encoding).toEqual(tokenizer.encode(long));
    for (const { encoding, reduced } of answers) {
      expect([reduced.rows, reduced.columns]).toEqual([encoding.ids.length, 4]);
      // The graph looks at one token at a time: a window changes nothing.
      expectNear(reduced.data, [...encoding.ids].flatMap(tableRow));
    }
  });

  test("windows count as inputs of the queue", async () => {
    await using engine = await startEngine(folder, file(12));
    const inputs = [{ text: "a ".repeat(125_000) }];
    const error = await rejectedBy(engine.run(inputs));
    expect(error.code).toBe("ENGINE_REQUEST_TOO_LARGE");
    expect(await engine.run(inputs, { truncate: true })).toHaveLength(1);
  });

  test("an overlap without progress is refused before anything runs", async () => {
    await using engine = await startEngine(folder, file(16));
    const refused = engine.run([{ text: "a" }], { windowOverlap: 14 });
    expect((await rejectedBy(refused)).code).toBe("ENGINE_WINDOW_OVERLAP");
  });
});
