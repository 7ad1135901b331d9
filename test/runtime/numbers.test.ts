// What neighbours may do to an answer: nothing. Real sessions, through the whole engine.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cachedDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import type { FixtureOptions } from "../../scripts/fixture/fixture-option.ts";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { Pooling, SparsePooling, Task } from "../../src/gen/manifest_pb.ts";
import type { Engine, LoadOptions } from "../../src/runtime/index.ts";
import type { TaskInput } from "../../src/task/index.ts";
import { seededRandom } from "../helper/seeded-random.ts";
import { sharedModelsDir } from "../helper/shared-models.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { floats, node, TINY_ROWS, value, writeTinyModelDir } from "../helper/tiny-graph.ts";
import { type ModelFile, startEngine } from "./model-file.ts";

// Each text is run alone and twice: some hundred runs, on a machine that may have other things to do.
setDefaultTimeout(120_000);

const folder = createTempDir();
afterAll(() => folder[Symbol.dispose]());

const WORDS = ["the", "time", "is", "long", "a", "zebra", "of", "x", "it's", "1984", "?", "Ä"];

/** 32 texts of 1 to 40 words, the first two of one and two tokens. */
function mixedTexts(words: readonly string[]): TaskInput[] {
  const random = seededRandom(42);
  return Array.from({ length: 32 }, (_, index) => {
    const count = index < 2 ? index : 1 + Math.floor(random() * 40);
    const chosen = Array.from({ length: count }, () => words[Math.floor(random() * words.length)]);
    return { text: chosen.join(" ") };
  });
}

/** Largest difference between the numbers of a text alone and those beside others, itself included. */
async function dependence(engine: Engine, words: readonly string[]): Promise<number> {
  const texts = mixedTexts(words);
  const together = await engine.run(texts);
  let largest = 0;
  for (const [index, text] of texts.entries()) {
    const [alone] = await engine.run([text]);
    const twice = await engine.run([text, text]);
    for (const other of [together[index], ...twice]) {
      largest = Math.max(largest, distance(alone!.reduced.data, other!.reduced.data));
    }
  }
  return largest;
}

function distance(left: Float32Array, right: Float32Array): number {
  expect(left.length).toBe(right.length);
  let largest = 0;
  // -0 and 0 differ in their bits, which nobody sees.
  for (const [index, number] of left.entries()) {
    largest = Math.max(largest, Math.abs(number - right[index]!));
  }
  expect(largest).not.toBeNaN();
  return largest;
}

async function dependenceOf(
  file: ModelFile,
  options?: LoadOptions,
  words = WORDS,
): Promise<number> {
  await using engine = await startEngine(folder, file, options);
  return await dependence(engine, words);
}

const TINY: readonly Partial<FixtureOptions>[] = [
  {},
  { hidden: 33, heads: 3, intermediate: 65 },
  { hidden: 20, heads: 4, intermediate: 37, layers: 1 },
];

const HEADS: readonly (readonly [NonNullable<FixtureOptions["head"]>, object])[] = [
  ["embedding", { task: Task.EMBEDDING }],
  [
    "sentence-embedding",
    { task: Task.SENTENCE_EMBEDDING, pooling: [Pooling.MEAN, Pooling.CLS, Pooling.MAX] },
  ],
  ["sequence-classification", { task: Task.SEQUENCE_CLASSIFICATION }],
  ["reranking", { task: Task.RERANKING }],
  ["token-classification", { task: Task.TOKEN_CLASSIFICATION }],
  ["masked-lm", { task: Task.SPARSE_EMBEDDING, sparsePooling: SparsePooling.SPARSE_MAX }],
];

describe("a text alone, among 32 of mixed lengths and beside itself", () => {
  for (const [head, model] of HEADS) {
    test.each(TINY)(`has the same bits as ${head} of shape %j`, async (shape) => {
      const modelDir = await makeFixture({ head, ...shape });
      const { hidden = 32 } = shape;
      const width = head === "sentence-embedding" ? { width: 3 * hidden, outputWidth: hidden } : {};
      expect(await dependenceOf({ modelDir, model: { ...model, ...width } })).toBe(0);
    });
  }

  test.each([
    ["a fixed length", { maxLength: 64, fixedLength: 64 }],
    ["a multiple", { maxLength: 64, padMultiple: 16 }],
  ])("has the same bits when padded to %s", async (_, tokenizer) => {
    const modelDir = await makeFixture({ head: "sequence-classification" });
    const model = { task: Task.SEQUENCE_CLASSIFICATION, tokenizer };
    expect(await dependenceOf({ modelDir, model })).toBe(0);
  });

  test.each([0, 2])(
    "has the same bits when padded on the left, positions from %p",
    async (firstPosition) => {
      const batch = ["batch", "sequence"];
      const modelDir = await writeTinyModelDir(folder.join(`positions-${firstPosition}`), {
        inputs: [value("input_ids", batch), value("position_ids", batch)],
        nodes: [
          node("Gather", ["embeddings.weight", "input_ids"], "words"),
          node("Gather", ["positions.weight", "position_ids"], "places"),
          node("Add", ["words", "places"], "last_hidden_state"),
        ],
        initializers: [
          floats("embeddings.weight", [TINY_ROWS, 4], Math.sin),
          floats("positions.weight", [66, 4], Math.cos),
        ],
      });
      const tokenizer = { maxLength: 64, padLeft: true };
      const model = { task: Task.EMBEDDING, firstPosition, tokenizer };
      expect(await dependenceOf({ modelDir, model })).toBe(0);
      await using engine = await startEngine(folder, { modelDir, model });
      const [, short] = await engine.run([{ text: "the time is long" }, { text: "a" }]);
      const first = 4 * (short?.encoding.ids[0] ?? 0);
      const expected = Math.fround(Math.sin(first)) + Math.fround(Math.cos(4 * firstPosition));
      expect(short?.reduced.data[0]).toBeCloseTo(expected, 6);
    },
  );

  test("has the same bits when read in windows", async () => {
    const modelDir = await makeFixture({ head: "token-classification" });
    const model = { task: Task.TOKEN_CLASSIFICATION, tokenizer: { maxLength: 12 } };
    expect(await dependenceOf({ modelDir, model })).toBe(0);
  });
});

/** Sums in another order: the last bits of numbers up to 10. */
const LAST_BITS = 2e-5;

describe("a graph whose answers depend on the batch", () => {
  /** Adds the mean of all numbers of the batch to each. */
  const mixingDir = () =>
    writeTinyModelDir(folder.join("mixing"), {
      nodes: [
        node("Gather", ["embeddings.weight", "input_ids"], "found"),
        node("ReduceMean", ["found"], "mean", { keepdims: { int: 1 } }),
        node("Add", ["found", "mean"], "last_hidden_state"),
      ],
    });

  test("gives one answer per text when run one at a time", async () => {
    const modelDir = await mixingDir();
    const model = { task: Task.EMBEDDING };
    expect(await dependenceOf({ modelDir, model })).toBeGreaterThan(1e-3);
    expect(await dependenceOf({ modelDir, model }, { deterministic: true })).toBe(0);
    expect(await dependenceOf({ modelDir, model: { ...model, oneAtATime: true } })).toBe(0);
  });

  const DEMOS = [
    ["sentiment", Task.SEQUENCE_CLASSIFICATION],
    ["reranker", Task.RERANKING],
    ["entities", Task.TOKEN_CLASSIFICATION],
  ] as const;

  test.each(DEMOS)(
    "gives one answer per text when run one at a time: demo %s",
    async (name, task) => {
      const modelDir = (await cachedDemoModels())[name];
      expect(await dependenceOf({ modelDir, model: { task } })).toBeLessThan(LAST_BITS);
      expect(await dependenceOf({ modelDir, model: { task, oneAtATime: true } })).toBe(0);
    },
  );
});

const QUANTISED_DIR = join(sharedModelsDir() ?? "", "arabic-diacritics");
const ARABIC = ["السلام", "عليكم", "و", "كتاب", "في", "مدرسة", "الكبيرة"];
/** 8 bits of weights and activations: the scale of an activation is that of its batch. */
const INT8_TOLERANCE = 1e-3;

describe.skipIf(!existsSync(join(QUANTISED_DIR, "model_quantized.onnx")))(
  "an int8 graph (needs shared models)",
  () => {
    const file = {
      modelDir: QUANTISED_DIR,
      weights: "model_quantized.onnx",
      model: { task: Task.TOKEN_CLASSIFICATION },
    };

    test("stays within the tolerance among others", async () => {
      expect(await dependenceOf(file, {}, ARABIC)).toBeLessThanOrEqual(INT8_TOLERANCE);
    });

    test("gives the same bits when deterministic", async () => {
      expect(await dependenceOf(file, { deterministic: true }, ARABIC)).toBe(0);
    });
  },
);
