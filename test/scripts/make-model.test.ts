// Fixtures are judged by running them in ONNX Runtime itself.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FixtureOptions } from "../../scripts/fixture/fixture-option.ts";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { openGraph, runGraph } from "./run-graph.ts";

const folder = await mkdtemp(join(tmpdir(), "fixture-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

const SHORT = { ids: [2, 300, 301, 3] };
const LONG = {
  ids: [2, 40, 41, 42, 500, 599, 77, 3, 120, 3],
  typeIds: [0, 0, 0, 0, 0, 0, 0, 0, 1, 1],
};
/** Rounding of float32 sums in another order; float16 keeps 11 bits, activations of 8 hang on the batch. */
const TOLERANCE = { float32: 1e-5, float16: 2e-2, int8: 5e-2 };

async function filesOf(path: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of (await readdir(path, { recursive: true })).sort()) {
    const file = join(path, name);
    if ((await stat(file)).isFile()) files[name] = Bun.hash(await readFile(file)).toString(16);
  }
  return files;
}

const VARIANTS: readonly (readonly [string, FixtureOptions, string, readonly number[]])[] = [
  ["embedding", {}, "last_hidden_state", [2, 10, 32]],
  ["sentence-embedding", { head: "sentence-embedding" }, "last_hidden_state", [2, 10, 32]],
  ["sequence-classification", { head: "sequence-classification" }, "logits", [2, 3]],
  ["token-classification", { head: "token-classification", labels: 9 }, "logits", [2, 10, 9]],
  ["reranking", { head: "reranking" }, "logits", [2, 1]],
  ["masked-lm", { head: "masked-lm" }, "logits", [2, 10, 600]],
  ["no token_type_ids", { tokenTypeIds: false }, "last_hidden_state", [2, 10, 32]],
  ["int32 inputs", { inputType: "int32" }, "last_hidden_state", [2, 10, 32]],
  ["external data", { externalData: true }, "last_hidden_state", [2, 10, 32]],
  ["float16", { dtype: "float16" }, "last_hidden_state", [2, 10, 32]],
  ["float16 answers", { dtype: "float16", float16Output: true }, "last_hidden_state", [2, 10, 32]],
  ["mixed inputs", { inputType: "mixed" }, "last_hidden_state", [2, 10, 32]],
  [
    "inputs in another order",
    { inputs: ["position_ids", "token_type_ids", "attention_mask", "input_ids"] },
    "last_hidden_state",
    [2, 10, 32],
  ],
  ["another output", { outputName: "hidden" }, "hidden", [2, 10, 32]],
  ["two outputs", { poolerOutput: true }, "last_hidden_state", [2, 10, 32]],
  ["a pooled output", { pooled: true }, "sentence_embedding", [2, 32]],
  ["three external files", { externalFiles: 3 }, "last_hidden_state", [2, 10, 32]],
  ["int8", { quantised: "int8" }, "last_hidden_state", [2, 10, 32]],
  ["uint8", { quantised: "uint8", head: "reranking" }, "logits", [2, 1]],
  ["qdq", { quantised: "qdq" }, "last_hidden_state", [2, 10, 32]],
  ["opset 11", { opset: 11 }, "last_hidden_state", [2, 10, 32]],
  ["opset 13", { opset: 13, head: "reranking" }, "logits", [2, 1]],
  ["opset 17", { opset: 17 }, "last_hidden_state", [2, 10, 32]],
  ["opset 18", { opset: 18, head: "token-classification" }, "logits", [2, 10, 5]],
  ["opset 21", { opset: 21, head: "masked-lm" }, "logits", [2, 10, 600]],
];

describe("makeFixture()", () => {
  test.each(VARIANTS)("gives a graph ONNX Runtime runs: %s", async (label, options, name, dims) => {
    const path = await makeFixture({ ...options, outputDir: join(folder, label) });
    const session = await openGraph(path);
    const batch = await runGraph(session, [SHORT, LONG]);
    expect(batch.name).toBe(name);
    expect(batch.dims).toEqual([...dims]);
    expect(batch.type).toBe(options.float16Output ? "float16" : "float32");
    expect(batch.data.every(Number.isFinite)).toBe(true);
    expect(new Set(batch.data).size).toBeGreaterThan(1);

    // A row alone answers as it does with a longer mate: padding is masked.
    const alone = await runGraph(session, [SHORT]);
    const tolerance =
      options.quantised === undefined || options.quantised === "qdq"
        ? TOLERANCE[options.dtype ?? "float32"]
        : TOLERANCE.int8;
    for (const [index, value] of alone.data.entries()) {
      expect(Math.abs(value - batch.data[index]!)).toBeLessThan(tolerance);
    }
    await session.release();
  });

  test("gives the same weights whatever the opset and the place of the weights", async () => {
    const run = async (options: FixtureOptions, name: string) => {
      const path = await makeFixture({ ...options, outputDir: join(folder, name) });
      return (await runGraph(await openGraph(path), [LONG])).data;
    };
    const plain = await run({ seed: 5 }, "plain");
    const others = [
      await run({ seed: 5, externalData: true }, "external"),
      await run({ seed: 5, externalFiles: 2 }, "two external"),
      await run({ seed: 5, opset: 18 }, "newer"),
      await run(
        { seed: 5, inputs: ["position_ids", "attention_mask", "token_type_ids", "input_ids"] },
        "order",
      ),
    ];
    for (const other of others) {
      for (const [index, value] of other.entries()) expect(value).toBeCloseTo(plain[index]!, 4);
    }
    expect(await run({ seed: 6 }, "other seed")).not.toEqual(plain);
  });

  test("gives identical bytes twice and under a race", async () => {
    const options = { head: "sentence-embedding", cacheDir: join(folder, "cache") } as const;
    const first = await makeFixture({ ...options, outputDir: join(folder, "a") });
    const [one, two] = await Promise.all([makeFixture(options), makeFixture(options)]);
    expect(one).toBe(two);
    expect(await filesOf(one)).toEqual(await filesOf(first));
    expect(await readdir(options.cacheDir)).toHaveLength(1);
    expect(Object.keys(await filesOf(one))).toEqual([
      "1_Pooling/config.json",
      "config.json",
      "config_sentence_transformers.json",
      "model.onnx",
      "modules.json",
      "sentence_bert_config.json",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
  });

  test("gives nearly the same answers when weights are rounded", async () => {
    const run = async (options: FixtureOptions, name: string) => {
      const path = await makeFixture({ ...options, seed: 5, outputDir: join(folder, name) });
      return (await runGraph(await openGraph(path), [LONG])).data;
    };
    const plain = await run({}, "unrounded");
    for (const quantised of ["int8", "uint8", "qdq"] as const) {
      const rounded = await run({ quantised }, `rounded ${quantised}`);
      const worst = rounded.reduce(
        (most, value, at) => Math.max(most, Math.abs(value - plain[at]!)),
        0,
      );
      expect(worst).toBeGreaterThan(0);
      expect(worst).toBeLessThan(0.1);
    }
  });

  test("gives graphs of frozen sizes", async () => {
    const options = { fixedBatch: 2, fixedLength: 16, outputDir: join(folder, "frozen") };
    const session = await openGraph(await makeFixture(options));
    expect((await runGraph(session, [SHORT, LONG], { length: 16 })).dims).toEqual([2, 16, 32]);
    await expect(runGraph(session, [SHORT], { length: 16 })).rejects.toThrow("invalid dimensions");
    await session.release();
  });

  test("gives graphs without a mask, which see padding", async () => {
    const options = { inputs: ["input_ids"], outputDir: join(folder, "maskless") } as const;
    const session = await openGraph(await makeFixture(options));
    const alone = (await runGraph(session, [SHORT])).data;
    const padded = (await runGraph(session, [SHORT], { length: 20 })).data;
    expect(Math.abs(alone[0]! - padded[0]!)).toBeGreaterThan(1e-4);
    await session.release();
  });

  test("refuses a shape that is no model", async () => {
    const outputDir = join(folder, "refused");
    await expect(makeFixture({ hidden: 30, heads: 4, outputDir })).rejects.toThrow(
      "multiple of heads",
    );
    await expect(makeFixture({ opset: 10, outputDir })).rejects.toThrow("opset must be 11 to 21");
    await expect(makeFixture({ inputs: ["attention_mask"], outputDir })).rejects.toThrow(
      "inputs must hold input_ids",
    );
    await expect(makeFixture({ layers: 0, outputDir })).rejects.toThrow("layers");
    await expect(makeFixture({ vocabulary: 9, outputDir })).rejects.toThrow("vocabulary");
  });
});

test("makeFixture() names as many labels as are given", async () => {
  const labelNames = ["contradiction", "neutral", "entailment", "other"];
  for (const head of ["sequence-classification", "token-classification"] as const) {
    const dir = await makeFixture({ head, labelNames });
    const { id2label } = JSON.parse(await readFile(join(dir, "config.json"), "utf8"));
    expect(Object.values(id2label)).toEqual(labelNames);
  }
});
