// Graphs as exporters write them: each builds, and answers as ONNX Runtime does when it runs the file itself.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import type { FixtureOptions } from "../../scripts/fixture/fixture-option.ts";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { encodeOnnxModel } from "../../scripts/fixture/onnx-writer.ts";
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
import { LOOKUP_MODEL, node, TINY_ROWS, writeTinyModelDir } from "../helper/tiny-graph.ts";
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
    expect(problem).toContain(
      "as the graph does not ignore padding: run each text alone with --one-at-a-time, pad every text",
    );
  });

  test("graphs of bfloat16 are refused by name, whatever the output is", async () => {
    const dir = await writeTinyModelDir(folder.join("bfloat16"), {
      initializers: [
        {
          name: "narrow",
          type: "bfloat16",
          dims: [TINY_ROWS, 4],
          bytes: () => new Uint8Array(TINY_ROWS * 8),
        },
      ],
      nodes: [
        node("Gather", ["narrow", "input_ids"], "vectors"),
        node("Cast", ["vectors"], "last_hidden_state", { to: { int: 1 } }),
      ],
    });
    expect(buildProblems(folder, dir, { task: "embedding" })).toEqual([
      "model.onnx: graph: expected float32 or float16: found bfloat16, which cannot be " +
        "computed on processors: export the model " +
        "in float32",
    ]);
  });

  test("graphs that were cut short are refused with the place", async () => {
    const dir = folder.join("cut");
    cpSync(await makeFixture({}), dir, { recursive: true });
    const path = join(dir, "model.onnx");
    for (const byteLength of [0, 1000, statSync(path).size - 1]) {
      truncateSync(path, byteLength);
      const problems = buildProblems(folder, dir, { task: "embedding", labels: ["x"] });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(/^model.onnx: graph: cannot read /);
      cpSync(join(await makeFixture({}), "model.onnx"), path);
    }
  });

  test("graphs that lost external data are refused with all that is missing", async () => {
    const dir = folder.join("lost");
    cpSync(await makeFixture({ externalFiles: 3 }), dir, { recursive: true });
    rmSync(join(dir, "model.onnx_data"));
    truncateSync(join(dir, "model.onnx_data_2"), 64);
    const problems = buildProblems(folder, dir, { task: "embedding", normalize: true, stride: 3 });
    expect(problems).toEqual([
      expect.stringMatching(/^model.onnx: external data "model.onnx_data": cannot open .*: /),
      expect.stringMatching(
        /^model.onnx: external data "model.onnx_data_2": expected at least \d+ bytes: found 64: /,
      ),
      "--stride: only token_classification reads long texts in windows: others cut them: the task is embedding",
    ]);
  });

  test("graphs with external data elsewhere are refused", async () => {
    const dir = await writeTinyModelDir(folder.join("elsewhere"));
    for (const location of ["../model.onnx_data", "/etc/passwd", "a\\b"]) {
      const places = new Map([["embeddings.weight", { location, offset: 0, byteLength: 9600 }]]);
      const chunks = [...encodeOnnxModel(LOOKUP_MODEL, places)];
      await Bun.write(join(dir, "model.onnx"), Buffer.concat(chunks));
      expect(buildProblems(folder, dir, { task: "embedding" })).toEqual([
        `model.onnx: external data "${location}": expected a file beside the graph: export the model again`,
      ]);
    }
  });

  test("graphs that are pooled already are read as they are", async () => {
    const dir = await makeFixture({ pooled: true, head: "sentence-embedding" });
    const { model, decisions } = build(folder, dir);
    expect(model.output).toBe("sentence_embedding");
    const pooling = decisions.find(({ setting }) => setting === "pooling");
    expect(pooling?.value).toBe("none");
  });
});
