// Graphs as exporters write them: each builds, and answers as ONNX Runtime does when it runs the file itself.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { FixtureOptions } from "../../scripts/fixture/fixture-option.ts";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import type { Settings } from "../../src/builder/index.ts";
import type { Model } from "../../src/gen/manifest_pb.ts";
import { FileSource } from "../../src/io/index.ts";
import {
  attachNative,
  openSession,
  prepareNative,
  scanModel,
  type TokenSequence,
} from "../../src/onnx/index.ts";
import { build, buildProblems, decisionsOf } from "../helper/build-model.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { openGraph, runGraph } from "../scripts/run-graph.ts";

const folder = createTempDir();
beforeAll(() => attachNative(prepareNative()));
afterAll(() => folder[Symbol.dispose]());

const SHORT = { ids: [2, 300, 301, 3], typeIds: [0, 0, 0, 0] };
const LONG = {
  ids: [2, 40, 41, 42, 500, 599, 77, 3, 120, 3],
  typeIds: [0, 0, 0, 0, 0, 0, 0, 0, 1, 1],
};
const ROWS = [SHORT, LONG];

/**
 * The same operators on the same machine; only what the optimiser merges may round otherwise, and float16 keeps 11 bits
 * of a number.
 */
const TOLERANCE = { float32: 1e-6, float16: 5e-3 };

/** What the runtime makes of the graph in the folder with the settings the build found. */
function sessionRun(dir: string, model: Model, rows: readonly (typeof SHORT)[]) {
  using weights = new FileSource(join(dir, "model.onnx"));
  const session = openSession({
    scanned: scanModel(weights),
    source: weights,
    locate: (name) => {
      using file = new FileSource(join(dir, name ?? "model.onnx"));
      return { path: file.realPath, byteOffset: 0, byteLength: file.byteLength };
    },
    intraOpThreads: 1,
  });
  const sequences = rows.map(
    ({ ids, typeIds }): TokenSequence => ({
      ids: Int32Array.from(ids),
      typeIds: Int32Array.from(typeIds),
    }),
  );
  try {
    return session.run(sequences, model).output;
  } finally {
    session.close();
  }
}

type Variant = readonly [
  name: string,
  options: FixtureOptions,
  given?: { readonly [Id in keyof Settings]?: NonNullable<Settings[Id]>["value"] },
];

const ORDER = ["token_type_ids", "attention_mask", "position_ids", "input_ids"] as const;

const VARIANTS: readonly Variant[] = [
  ["inputs in another order, with positions", { inputs: ORDER }],
  ["int32 inputs", { inputType: "int32" }],
  ["int64 and int32 inputs", { inputType: "mixed", inputs: ORDER }],
  ["no token_type_ids", { tokenTypeIds: false }],
  ["no attention_mask", { inputs: ["input_ids", "token_type_ids"] }, { oneAtATime: true }],
  ["nothing but ids", { inputs: ["input_ids"] }, { oneAtATime: true }],
  ["ids and positions", { inputs: ["position_ids", "input_ids"] }, { oneAtATime: true }],
  ["an unusual output", { outputName: "1607" }],
  ["an output named by a number", { outputName: "output_0" }],
  ["a second output", { poolerOutput: true }],
  ["an answer that is pooled", { pooled: true, head: "sentence-embedding" }],
  ["a pooled answer beside another", { pooled: true, poolerOutput: true }],
  ["float16", { dtype: "float16" }],
  ["float16 answers", { dtype: "float16", float16Output: true }],
  ["a classifier in float16", { dtype: "float16", head: "sequence-classification" }],
  ...Array.from(
    { length: 11 },
    (_, index): Variant => [`opset ${11 + index}`, { opset: 11 + index }],
  ),
  ["int8", { quantised: "int8" }],
  ["uint8", { quantised: "uint8", head: "sequence-classification" }],
  ["stored as int8", { quantised: "qdq", head: "token-classification" }],
  ["int8 and external data", { quantised: "int8", externalFiles: 2, hidden: 64 }],
  ["an external file", { externalData: true }],
  ["three external files", { externalFiles: 3 }],
  ["a frozen batch", { fixedBatch: 2 }],
  ["a frozen length", { fixedLength: 16 }],
  ["frozen batch and length", { fixedBatch: 2, fixedLength: 16, head: "reranking" }],
  ["a frozen batch of int8", { fixedBatch: 2, quantised: "int8" }],
];

describe("graphs", () => {
  // All three are given, or the runner would take the third parameter for its callback.
  const variants = VARIANTS.map(([name, options, given = {}]) => [name, options, given] as const);
  test.each(variants)("graphs with %s answer as the library does", async (_, options, given) => {
    const dir = await makeFixture(options);
    const isBare = options.head === undefined;
    const task = isBare && options.pooled !== true ? ({ task: "embedding" } as const) : {};
    const { model } = build(folder, dir, { ...task, ...given });
    const session = await openGraph(dir);
    const length = options.fixedLength ?? 0;
    // A graph without a mask gets one text at a time.
    const isAlone = given.oneAtATime === true;
    for (const rows of isAlone ? [[SHORT], [LONG]] : [ROWS]) {
      const expected = await runGraph(session, rows, { length, output: model.output });
      const found = sessionRun(dir, model, rows);
      expect(found.shape).toEqual([...expected.dims]);
      expect(found.data.length).toBe(expected.data.length);
      const worst = found.data.reduce(
        (most, value, at) => Math.max(most, Math.abs(value - expected.data[at]!)),
        0,
      );
      expect(worst).toBeLessThanOrEqual(TOLERANCE[options.dtype ?? "float32"]);
    }
    await session.release();
  });

  test("graphs with a frozen batch take other numbers of texts in pieces", async () => {
    const dir = await makeFixture({ fixedBatch: 2 });
    const { model } = build(folder, dir, { task: "embedding" });
    const open = build(folder, await makeFixture({}), { task: "embedding" }).model;
    for (const rows of [[LONG], [SHORT, LONG, LONG], [LONG, LONG, SHORT, LONG]]) {
      const found = sessionRun(dir, model, rows);
      const expected = sessionRun(await makeFixture({}), open, rows);
      expect(found.shape).toEqual(expected.shape);
      expect(found.data).toEqual(expected.data);
    }
  });

  test("graphs with frozen sizes say so", async () => {
    const dir = await makeFixture({ fixedBatch: 2, fixedLength: 16, head: "reranking" });
    expect(decisionsOf(build(folder, dir))).toMatchObject({
      "batch size": "2 (graph: fixed batch dimension)",
      "max length": '16 (graph: fixed length of "input_ids")',
      padding: 'to 16 tokens (graph: fixed length of "input_ids")',
    });
  });

  test("graphs without a mask are refused where padding would be seen", async () => {
    const dir = await makeFixture({ inputs: ["input_ids"] });
    const [problem, ...others] = buildProblems(folder, dir, { task: "embedding" });
    expect(others).toEqual([]);
    expect(problem).toContain("as the graph does not ignore padding: pad every text alike");
    expect(problem).toContain("run each text alone with --one-at-a-time");
  });

  test("graphs that are pooled already are read as they are", async () => {
    const dir = await makeFixture({ pooled: true, head: "sentence-embedding" });
    const { model, decisions } = build(folder, dir);
    expect(model.output).toBe("sentence_embedding");
    const pooling = decisions.find(({ setting }) => setting === "pooling");
    expect(pooling?.value).toBe("none");
  });
});
