// Models that are compared token by token: their layers on tokens, and what is left to the caller.
import { describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { build, buildProblems, decisionsOf } from "../helper/build-model.ts";
import { answersOf } from "../helper/built-vector.ts";
import {
  denseConfig,
  denseWeights,
  largestDifference,
  linear,
  modulesOf,
  unitLength,
  writeDense,
} from "../helper/sentence-transformers.ts";
import { createTempDir, type TempDir } from "../helper/temp-dir.ts";
import {
  floats,
  node,
  TINY_ROWS,
  value,
  writeTinyGraph,
  writeTinyModelDir,
} from "../helper/tiny-graph.ts";
import { tokenRow } from "../helper/vector-graph.ts";

const CONFIG = "config_sentence_transformers.json";
const PROJECTION = denseWeights(4, 3, 5);
const ST = "sentence_transformers.models";
const PYLATE = {
  "modules.json": modulesOf(`${ST}.Transformer`, "pylate.models.Dense.Dense"),
  "1_Dense/config.json": denseConfig(PROJECTION, "linear.Identity"),
};
const SILENT = {
  query_prefix: "",
  document_prefix: "",
  do_query_expansion: false,
  skiplist_words: [],
};

async function lateDir(folder: TempDir, files: Readonly<Record<string, unknown>>) {
  const dir = await writeTinyModelDir(folder.join("model"), {}, files);
  writeDense(dir, "1_Dense", PROJECTION);
  return dir;
}

describe("late interaction", () => {
  test("late interaction projects the vector of each token and divides by its length", async () => {
    using folder = createTempDir();
    const files = { ...PYLATE, [CONFIG]: SILENT };
    const result = build(folder, await lateDir(folder, files), { task: "embedding" });
    expect(result.model).toMatchObject({ width: 3, outputWidth: 4, normalize: true });
    const decided = decisionsOf(result);
    expect(decided["layer 1"]).toStartWith("dense 4 -> 3, identity (1_Dense/config.json");
    expect(decided["normalize"]).toBe("true (late interaction: always)");
    expect(decided).not.toHaveProperty("left to the caller");
    const { answers } = answersOf(result.path, ["a b", "c d e f g"]);
    for (const { encoding, reduced } of answers) {
      const rows = [...encoding.ids].map((id) => linear(tokenRow(id), PROJECTION));
      const raw = largestDifference(reduced.data, rows.flat());
      const unit = largestDifference(reduced.data, rows.flatMap(unitLength));
      expect(Math.min(raw, unit)).toBeLessThan(1e-6);
    }
  });

  test("late interaction says what its own library does around the model", async () => {
    using folder = createTempDir();
    const config = { query_prefix: "[Q] ", document_prefix: "", query_length: 32 };
    const dir = await lateDir(folder, { ...PYLATE, [CONFIG]: config });
    const result = build(folder, dir, { task: "embedding" });
    expect(decisionsOf(result)["left to the caller"]).toBe(
      'the first token "[Q] " of queries, filling queries up with mask tokens, skipping punctuation, ' +
        `at most 32 tokens of queries (${CONFIG})`,
    );
  });

  test("late interaction is never pooled in silence", async () => {
    using folder = createTempDir();
    const dir = await lateDir(folder, PYLATE);
    const [problem, ...others] = buildProblems(folder, dir);
    expect(others).toEqual([]);
    expect(problem).toStartWith(
      "modules.json: a model of late interaction answers with a vector per token: build it with --task embedding; " +
        'left to the caller is the first token "[Q] " of queries, the first token "[D] " of documents,',
    );
  });

  test("late interaction of newer packages names the vectors of tokens itself", async () => {
    using folder = createTempDir();
    const types = ["base.modules.Transformer", "base.modules.Dense", "base.modules.Normalize"];
    const tokens = { module_input_name: "token_embeddings" };
    const dir = await lateDir(folder, {
      "modules.json": modulesOf(...types.map((type) => `sentence_transformers.${type}`)),
      "1_Dense/config.json": { ...denseConfig(PROJECTION), ...tokens },
      "2_Normalize/config.json": tokens,
    });
    const result = build(folder, dir, { task: "embedding" });
    expect(result.model).toMatchObject({ width: 3, normalize: true });
    expect(decisionsOf(result)["normalize"]).toBe("true (modules.json: Normalize)");
  });

  test("late interaction of sentence-transformers says what is left to the caller", async () => {
    using folder = createTempDir();
    const types = [
      "base.modules.Transformer",
      "base.modules.Dense",
      "base.modules.MultiVectorMask",
    ];
    const dir = await lateDir(folder, {
      "modules.json": modulesOf(...types.map((type) => `sentence_transformers.${type}`)),
      "1_Dense/config.json": { ...denseConfig(PROJECTION), module_input_name: "token_embeddings" },
      [CONFIG]: { model_type: "MultiVectorEncoder" },
      "sentence_bert_config.json": {
        query_length: 32,
        document_length: 300,
        query_expansion: { strategy: "fixed", length: 32 },
      },
    });
    const result = build(folder, dir, { task: "embedding" });
    expect(decisionsOf(result)["left to the caller"]).toBe(
      "at most 32 tokens of queries, at most 300 tokens of documents, filling queries up: " +
        `{"strategy":"fixed","length":32}, leaving tokens out (sentence_bert_config.json, modules.json, ${CONFIG})`,
    );
    expect(buildProblems(folder, dir)[0]).toContain("build it with --task embedding");
  });

  test("late interaction does no projection twice", async () => {
    using folder = createTempDir();
    const dir = await writeTinyModelDir(
      folder.join("model"),
      {
        outputs: [value("output", ["batch", "sequence", 3], "float32")],
        initializers: [floats("table", [TINY_ROWS, 3], Math.sin)],
        nodes: [node("Gather", ["table", "input_ids"], "output")],
      },
      PYLATE,
    );
    const result = build(folder, dir, { task: "embedding" });
    expect(result.model).toMatchObject({ width: 3, outputWidth: 0, layers: [] });
    expect(decisionsOf(result)["dense layer"]).toBe(
      "in the graph (1_Dense/config.json: out_features)",
    );
  });

  test("late interaction whose projection leaves the width is told by the output's name", async () => {
    using folder = createTempDir();
    const same = denseWeights(4, 4, 6);
    const files = { ...PYLATE, "1_Dense/config.json": denseConfig(same, "linear.Identity") };
    const dir = await writeTinyModelDir(folder.join("model"), {}, files);
    writeDense(dir, "1_Dense", same);
    expect(build(folder, dir, { task: "embedding" }).model.layers).toHaveLength(1);
    rmSync(join(dir, "model.onnx"));
    await writeTinyGraph(join(dir, "model.onnx"), {
      outputs: [value("token_embeddings", ["batch", "sequence", 4], "float32")],
      nodes: [node("Gather", ["embeddings.weight", "input_ids"], "token_embeddings")],
    });
    expect(buildProblems(folder, dir, { task: "embedding" })).toEqual([
      "modules.json: pylate.models.Dense.Dense: cannot tell whether the graph holds this module, as its output has " +
        "4 numbers either way: export the model with the output last_hidden_state",
    ]);
  });

  test("layers after a pooling are not for tokens", async () => {
    using folder = createTempDir();
    const dir = await lateDir(folder, {
      "modules.json": modulesOf("Transformer", "Pooling", "Dense", "Normalize"),
      "1_Pooling/config.json": { pooling_mode: "mean" },
    });
    const { model } = build(folder, dir, { task: "embedding" });
    expect(model).toMatchObject({ width: 4, layers: [], normalize: false });
  });
});
