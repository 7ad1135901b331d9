// Whole sentence-transformers pipelines: what is computed outside of the graph, what is in it, and what is refused.
import { describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { extractAssets, openFile } from "../../src/format/index.ts";
import { FileSource } from "../../src/io/index.ts";
import { sentenceVector } from "../../src/task/index.ts";
import { build, buildProblems, decisionsOf, type settingsOf } from "../helper/build-model.ts";
import { answersOf } from "../helper/built-vector.ts";
import { writeSafetensors } from "../helper/safetensors-file.ts";
import {
  type DenseWeights,
  denseConfig,
  denseWeights,
  largestDifference,
  linear,
  meanOf,
  modulesOf,
  unitLength,
  writeDense,
} from "../helper/sentence-transformers.ts";
import { createTempDir, type TempDir } from "../helper/temp-dir.ts";
import { floats, node, type TinyGraph, value, writeTinyModelDir } from "../helper/tiny-graph.ts";
import { pooledGraph, tokenRow } from "../helper/vector-graph.ts";

const TEXTS = ["a b", "c d e f g h"];
const TOLERANCE = 1e-6;
const MEAN = { "1_Pooling/config.json": { pooling_mode: "mean", word_embedding_dimension: 4 } };

type Files = Readonly<Record<string, unknown>>;
type Given = {
  readonly graph?: TinyGraph;
  readonly files?: Files;
  readonly dense?: Readonly<Record<string, DenseWeights>>;
};

async function modelDir(folder: TempDir, { graph = {}, files = {}, dense = {} }: Given) {
  const all = Object.entries({ ...MEAN, ...files }).filter(([, content]) => content !== undefined);
  const dir = await writeTinyModelDir(folder.join("model"), graph, Object.fromEntries(all));
  for (const [path, weights] of Object.entries(dense)) writeDense(dir, path, weights);
  return dir;
}

async function problemsOf(given: Given, settings = {}): Promise<string> {
  using folder = createTempDir();
  return buildProblems(folder, await modelDir(folder, given), settings).join("\n");
}

/** The vectors of TEXTS, with the expected ones by a formula over the vectors of tokens. */
async function vectorsOf(
  given: Given,
  formula: (rows: number[][]) => number[],
  settings: Parameters<typeof settingsOf>[0] = {},
) {
  using folder = createTempDir();
  const result = build(folder, await modelDir(folder, given), settings);
  const { model, answers } = answersOf(result.path, TEXTS);
  for (const answer of answers) {
    const expected = formula([...answer.encoding.ids].map(tokenRow));
    const found = sentenceVector(answer, model, {});
    expect(largestDifference(found, expected)).toBeLessThanOrEqual(TOLERANCE);
  }
  return { ...result, decided: decisionsOf(result) };
}

const UP = denseWeights(4, 6, 1);
const DOWN = denseWeights(6, 3, 2);
const SAME = denseWeights(4, 4, 3);
const WIDE = denseWeights(8, 3, 4);
const NO_POOLING = { "1_Pooling/config.json": undefined };
const DENSE = "2_Dense/config.json";

const tanh = (vector: readonly number[]) => vector.map(Math.tanh);
const relu = (vector: readonly number[]) => vector.map((value) => Math.max(0, value));

describe("layers", () => {
  test("layers run in the order of modules.json, with a final Normalize after them", async () => {
    const types = ["Transformer", "Pooling", "Dense", "Normalize", "Dense", "Normalize"];
    const { model, decided } = await vectorsOf(
      {
        files: {
          "modules.json": modulesOf(...types),
          [DENSE]: denseConfig(UP),
          "4_Dense/config.json": denseConfig(DOWN, "activation.ReLU"),
        },
        dense: { "2_Dense": UP, "4_Dense": DOWN },
      },
      (rows) => {
        const first = unitLength(tanh(linear(meanOf(rows), UP)));
        return unitLength(relu(linear(first, DOWN)));
      },
    );
    expect(model).toMatchObject({ width: 3, outputWidth: 4, normalize: true });
    expect(model.layers.map(({ kind }) => kind.case)).toEqual(["dense", "unitLength", "dense"]);
    expect(decided).toMatchObject({
      "layer 1": "dense 4 -> 6, tanh (2_Dense/config.json, 2_Dense/model.safetensors)",
      "layer 2": "unit length (modules.json: Normalize)",
      "layer 3": "dense 6 -> 3, relu (4_Dense/config.json, 4_Dense/model.safetensors)",
      normalize: "true (modules.json: Normalize)",
      width: "3 (graph: 4, then pooling and layers)",
    });
  });

  test("layers of several poolings take all of them", async () => {
    const wide = denseWeights(8, 5, 4);
    const pooling = { pooling_mode_cls_token: true, pooling_mode_mean_tokens: true };
    const { model } = await vectorsOf(
      {
        files: {
          "modules.json": modulesOf("Transformer", "Pooling", "Dropout", "Dense"),
          "1_Pooling/config.json": pooling,
          "3_Dense/config.json": denseConfig(wide, "linear.Identity"),
        },
        dense: { "3_Dense": wide },
      },
      (rows) => linear([...(rows[0] ?? []), ...meanOf(rows)], wide),
    );
    expect(model).toMatchObject({ width: 5, outputWidth: 4, normalize: false });
  });

  test("layers of newer packages are the same modules", async () => {
    const types = [
      "sentence_transformers.base.modules.transformer.Transformer",
      "sentence_transformers.sentence_transformer.modules.pooling.Pooling",
      "sentence_transformers.base.modules.dense.Dense",
      "sentence_transformers.base.modules.normalize.Normalize",
    ];
    const names = { module_input_name: "sentence_embedding", module_output_name: null };
    await vectorsOf(
      {
        files: {
          "modules.json": modulesOf(...types),
          [DENSE]: { ...denseConfig(UP), ...names, use_residual: false },
          "3_Normalize/config.json": { ...names, module_output_name: "sentence_embedding" },
        },
        dense: { "2_Dense": UP },
      },
      (rows) => unitLength(tanh(linear(meanOf(rows), UP))),
    );
  });

  test("layers can be layer norms", async () => {
    using folder = createTempDir();
    const dir = await modelDir(folder, {
      files: {
        "modules.json": modulesOf("Transformer", "Pooling", "LayerNorm"),
        "2_LayerNorm/config.json": { dimension: 4 },
      },
    });
    const weight = Float32Array.of(1, 2, 3, 4);
    const bias = Float32Array.of(0.5, 0, -0.5, 1);
    writeSafetensors(join(dir, "2_LayerNorm/model.safetensors"), {
      "norm.weight": { shape: [4], data: weight },
      "norm.bias": { shape: [4], data: bias },
    });
    const { model, answers } = answersOf(build(folder, dir).path, TEXTS);
    for (const answer of answers) {
      const vector = meanOf([...answer.encoding.ids].map(tokenRow));
      const mean = vector.reduce((sum, value) => sum + value, 0) / 4;
      const variance = vector.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4;
      const expected = vector.map(
        (value, at) =>
          ((value - mean) / Math.sqrt(variance + 1e-5)) * (weight[at] ?? 0) + (bias[at] ?? 0),
      );
      const found = sentenceVector(answer, model, {});
      expect(largestDifference(found, expected)).toBeLessThanOrEqual(TOLERANCE * 10);
    }
  });

  test("layers survive extraction: what is built from the files again has the same digest", async () => {
    using folder = createTempDir();
    const dir = await modelDir(folder, {
      files: {
        "modules.json": modulesOf("Transformer", "Pooling", "Dense"),
        [DENSE]: denseConfig(UP),
      },
      dense: { "2_Dense": UP },
    });
    const first = build(folder, dir, { name: "m" });
    using source = new FileSource(first.path);
    const opened = openFile(source);
    const sources = opened.manifest.provenance?.files.map(({ name }) => name);
    expect(sources).toContain("2_Dense/model.safetensors");
    await extractAssets(opened, folder.join("out"));
    const output = folder.join("again.encoderfile");
    const again = build(folder, folder.join("out"), { name: "m", output });
    expect(again.modelDigest).toBe(first.modelDigest);
  });

  const pipeline = modulesOf("Transformer", "Pooling", "Dense");
  test.each([
    [
      { [DENSE]: denseConfig(UP) },
      {},
      "2_Dense/model.safetensors: expected the weights of 2_Dense",
    ],
    [{}, { "2_Dense": UP }, "2_Dense/config.json: expected the settings of"],
    [
      { [DENSE]: denseConfig(DOWN) },
      { "2_Dense": DOWN },
      "2_Dense/config.json: in_features: expected 4, the width of the pooled vectors: found 6",
    ],
    [
      { [DENSE]: denseConfig(UP) },
      { "2_Dense": DOWN },
      '2_Dense/model.safetensors: "linear.weight": expected [6, 4] as 2_Dense/config.json says: found [3, 6]',
    ],
    [
      { [DENSE]: { ...denseConfig(UP), bias: false } },
      { "2_Dense": UP },
      '2_Dense/model.safetensors: "linear.bias": expected none as 2_Dense/config.json says: found [6]',
    ],
    [
      { [DENSE]: { ...denseConfig(UP), in_features: "4" } },
      { "2_Dense": UP },
      '2_Dense/config.json: in_features: expected a whole number from 1 to 1000000: found "4"',
    ],
    [
      { [DENSE]: denseConfig(UP, "activation.Mish") },
      { "2_Dense": UP },
      '2_Dense/config.json: activation_function: expected one of torch.nn\'s Identity, Tanh, ReLU, GELU, Sigmoid, SiLU: found "torch.nn.modules.activation.Mish"',
    ],
    [
      { [DENSE]: { ...denseConfig(UP), activation_function: "my.own.Tanh" } },
      { "2_Dense": UP },
      'found "my.own.Tanh"',
    ],
    [
      { [DENSE]: { ...denseConfig(UP), use_residual: true } },
      { "2_Dense": UP },
      "2_Dense/config.json: use_residual: true is not supported",
    ],
    [
      { [DENSE]: { ...denseConfig(UP), module_input_name: "token_embeddings" } },
      { "2_Dense": UP },
      '2_Dense/config.json: module_input_name: expected a step from "sentence_embedding" to itself: found "token_embeddings" to "token_embeddings"',
    ],
    [
      { [DENSE]: denseConfig(UP), "2_Dense/model.safetensors": "not one" },
      {},
      "2_Dense/model.safetensors: cannot read",
    ],
    [
      { [DENSE]: denseConfig(UP), "2_Dense/pytorch_model.bin": "pickle" },
      {},
      "found pytorch_model.bin, a program that is not run: load and save the model again",
    ],
  ] as readonly [Files, Record<string, DenseWeights>, string][])(
    "layers that are broken are refused with the place %#",
    async (files, dense, message) => {
      const all = { "modules.json": pipeline, ...files };
      expect(await problemsOf({ files: all, dense })).toContain(message);
    },
  );

  test("layers of numbers that are no floats are refused by their type", async () => {
    using folder = createTempDir();
    const dir = await modelDir(folder, {
      files: { "modules.json": pipeline, [DENSE]: { ...denseConfig(UP), bias: false } },
    });
    const header = { "linear.weight": { dtype: "I32", shape: [6, 4], data_offsets: [0, 96] } };
    const text = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    const bytes = Buffer.concat([length, text, Buffer.alloc(96)]);
    await Bun.write(join(dir, "2_Dense/model.safetensors"), bytes);
    expect(buildProblems(folder, dir).join("\n")).toContain("has the type I32: expected F32");
  });

  test.each([
    ["CNN", "comes before the pooling"],
    ["LSTM", "comes before the pooling"],
    ["WeightedLayerPooling", "comes before the pooling"],
    ["WordWeights", "comes before the pooling"],
  ])("layers of the module %s before the pooling are refused by name", async (name, reason) => {
    const files = {
      "modules.json": modulesOf("Transformer", name, "Pooling"),
      "2_Pooling/config.json": { pooling_mode: "mean" },
    };
    const problem = await problemsOf({ files });
    expect(problem).toContain(
      `modules.json: sentence_transformers.models.${name}: this module is not supported: it ${reason}`,
    );
    expect(problem).toContain("export the whole pipeline to a graph");
  });

  test.each(["WordEmbeddings", "StaticEmbedding", "BoW", "CLIPModel", "Router", "Asym"])(
    "layers behind the module %s are refused by name",
    async (name) => {
      const files = { "modules.json": modulesOf(name, "Pooling") };
      expect(await problemsOf({ files })).toContain(
        `modules.json: sentence_transformers.models.${name}: this module is not supported: it `,
      );
    },
  );

  test("layers that nobody knows are refused by name, as is a second transformer", async () => {
    const types = ["Transformer", "Pooling", "pylate.Idea", "Transformer", "Pooling"];
    const problem = await problemsOf({ files: { "modules.json": modulesOf(...types) } });
    expect(problem).toContain("modules.json: pylate.Idea: this module is not supported: export");
    expect(problem).toContain("Transformer: expected one transformer at the beginning");
    expect(problem).toContain(
      "Pooling: expected one pooling module: found two, 1_Pooling and 4_Pooling",
    );
  });

  test.each(["custom_st.Transformer", "my_code.attention.Pooling", "Pooling"])(
    "modules of other packages are refused, whatever they are called: %s",
    async (type) => {
      const content = [{ idx: 0, path: "", type }];
      const problem = await problemsOf({ files: { "modules.json": content, ...NO_POOLING } });
      expect(problem).toStartWith(
        `modules.json: module 1 (${type}): expected a module of sentence_transformers or pylate: ` +
          "found another's, and code that comes with a model is not run: export the whole pipeline",
      );
      expect(problem.split("\n")).toHaveLength(1);
    },
  );

  test.each([
    [[{ type: 3, path: "" }], "module 1: expected a type"],
    [
      [{ type: "sentence_transformers.Pooling", path: "../../etc" }],
      'module 1 (sentence_transformers.Pooling): expected a path below the model directory: found "../../etc"',
    ],
    [
      [
        { type: "pylate.A", path: "" },
        { type: "pylate.B", path: "/etc" },
      ],
      "module 2 (pylate.B): expected a path",
    ],
  ])("modules.json that leads astray is refused, once %#", async (content, message) => {
    const problems = await problemsOf({ files: { "modules.json": content, ...NO_POOLING } });
    expect(problems).toStartWith(`modules.json: ${message}`);
    expect(problems.split("\n")).toHaveLength(1);
  });

  test("layers whose settings are not there are refused, those of the pooling as well", async () => {
    const files = {
      "modules.json": modulesOf("Transformer", "Pooling", "Dense"),
      ...NO_POOLING,
      [DENSE]: denseConfig(DOWN),
    };
    const given = { files, dense: { "2_Dense": DOWN } };
    expect(await problemsOf(given)).toBe(
      "1_Pooling/config.json: expected the settings of sentence_transformers.models.Pooling: copy the file again",
    );
    const types = modulesOf("Transformer", "Pooling");
    const { decided } = await vectorsOf(
      { files: { ...NO_POOLING, "modules.json": types } },
      (rows) => rows[0] ?? [],
      { pooling: ["cls"], normalize: false },
    );
    expect(decided["pooling"]).toBe("cls (--pooling)");
  });

  test.each<[string, object, ...string[]]>([
    ["no mode", { pooling_mode_mean_tokens: false }, "Pooling"],
    ["one mode twice", { pooling_mode: ["mean", "mean"] }, "Pooling"],
    ["an unknown mode", { pooling_mode: "attention" }, "Pooling"],
    ["a bag of words", { pooling_mode: "mean" }, "BoW", "Pooling"],
    ["no pooling", { pooling_mode: "mean" }, "Dropout"],
    ["a network before the pooling", { pooling_mode: "mean" }, "CNN", "Pooling"],
  ])("layers behind %s are not blamed for it", async (_, pooling, ...between) => {
    const types = ["Transformer", ...between, "Dense"];
    const at = types.indexOf("Pooling");
    const files = {
      "modules.json": modulesOf(...types),
      ...NO_POOLING,
      ...(at < 0 ? {} : { [`${at}_Pooling/config.json`]: pooling }),
      [`${types.length - 1}_Dense/config.json`]: denseConfig(DOWN),
    };
    const problems = await problemsOf({ files, dense: { [`${types.length - 1}_Dense`]: DOWN } });
    expect(problems.split("\n")).toHaveLength(1);
    expect(problems).not.toContain("in_features");
  });

  test("problems of layers, prompts and sizes are told together", async () => {
    const files = {
      "modules.json": modulesOf("Transformer", "Pooling", "Dense"),
      [DENSE]: denseConfig(DOWN, "activation.Mish"),
      "config_sentence_transformers.json": {
        default_prompt_name: "none such",
        matryoshka_dimensions: [999],
      },
    };
    const problems = await problemsOf({ files, dense: { "2_Dense": DOWN } });
    expect(
      problems.split("\n").map((problem) => problem.slice(0, problem.indexOf(": exp"))),
    ).toEqual([
      "2_Dense/config.json: activation_function",
      "2_Dense/config.json: in_features",
      "config_sentence_transformers.json: matryoshka_dimensions",
      "config_sentence_transformers.json: default_prompt_name",
    ]);
  });

  test("a pooling of the user that a layer does not fit is blamed, and not the layer", async () => {
    const files = {
      "modules.json": modulesOf("Transformer", "Pooling", "Dense"),
      "1_Pooling/config.json": { pooling_mode: ["mean", "cls"], word_embedding_dimension: 4 },
      [DENSE]: denseConfig(WIDE),
    };
    const given = { files, dense: { "2_Dense": WIDE } };
    expect(await problemsOf(given, { pooling: ["cls"] })).toBe(
      "--pooling: expected 8 numbers, as 2_Dense takes (2_Dense/config.json: in_features): cls makes 4: leave it out",
    );
  });

  test("folders of modules that nothing lists are refused, and told of where tokens are embedded", async () => {
    const stray = { files: { [DENSE]: denseConfig(UP) }, dense: { "2_Dense": UP } };
    expect(await problemsOf(stray)).toStartWith(
      "2_Dense: expected modules.json, which says in which order the modules of sentence-transformers run",
    );
    const listed = { "modules.json": modulesOf("Transformer", "Pooling") };
    expect(await problemsOf({ ...stray, files: { ...stray.files, ...listed } })).toStartWith(
      "2_Dense: expected it in modules.json",
    );
    using folder = createTempDir();
    const all = { "modules.json": modulesOf("Transformer", "Pooling", "Dense", "Normalize") };
    const dir = await modelDir(folder, { ...stray, files: { ...stray.files, ...all } });
    expect(decisionsOf(build(folder, dir, { task: "embedding" }))["left out"]).toBe(
      "Pooling, Dense, Normalize (modules.json: vectors of tokens are not pooled)",
    );
  });

  test("a width that a layer leaves as it was is still told to be the layer's", async () => {
    const files = {
      "modules.json": modulesOf("Transformer", "Pooling", "Dense"),
      [DENSE]: denseConfig(SAME),
    };
    const { decided } = await vectorsOf({ files, dense: { "2_Dense": SAME } }, (rows) =>
      tanh(linear(meanOf(rows), SAME)),
    );
    expect(decided["width"]).toBe("4 (graph: 4, then pooling and layers)");
  });
});

describe("layers of a graph that pools", () => {
  const modules = modulesOf("Transformer", "Pooling", "Dense", "Normalize");
  const files = (dense: DenseWeights) => ({ "modules.json": modules, [DENSE]: denseConfig(dense) });

  test("layers are in the graph when its width is theirs", async () => {
    using folder = createTempDir();
    const given = { graph: pooledGraph("sentence_embedding", 6), files: files(UP) };
    const result = build(folder, await modelDir(folder, given));
    expect(result.model).toMatchObject({ width: 6, layers: [], normalize: true });
    expect(decisionsOf(result)["dense layer"]).toBe(
      "in the graph (2_Dense/config.json: out_features)",
    );
  });

  test("layers are still to do when the width is that before them", async () => {
    using folder = createTempDir();
    const given = {
      graph: pooledGraph("sentence_embedding", 4),
      files: files(UP),
      dense: { "2_Dense": UP },
    };
    const { path } = build(folder, await modelDir(folder, given));
    const { model, answers } = answersOf(path, TEXTS);
    expect(model).toMatchObject({ width: 6, outputWidth: 4 });
    for (const answer of answers) {
      const rows = [...answer.encoding.ids].map(tokenRow);
      const padded = answer === answers[0] ? [...rows, [0, 0, 0, 0]] : rows;
      const largest = [0, 1, 2, 3].map((at) => Math.max(...padded.map((row) => row[at] ?? 0)));
      const expected = unitLength(tanh(linear(largest, UP)));
      expect(largestDifference(sentenceVector(answer, model, {}), expected)).toBeLessThan(
        TOLERANCE,
      );
    }
  });

  test("layers that leave the width are told by their weights in the graph", async () => {
    const transposed = (index: number) =>
      SAME.weight[(index % 4) * 4 + Math.floor(index / 4)] ?? Number.NaN;
    const withDense = (at: (index: number) => number): TinyGraph => {
      const graph = pooledGraph("pooled", 4, [floats("onnx::MatMul_7", [4, 4], at)]);
      return {
        ...graph,
        outputs: [value("sentence_embedding", ["batch", 4], "float32")],
        nodes: [
          ...(graph.nodes ?? []),
          node("MatMul", ["pooled", "onnx::MatMul_7"], "sentence_embedding"),
        ],
      };
    };
    for (const at of [transposed, (index: number) => SAME.weight[index] ?? 0]) {
      using folder = createTempDir();
      const given = { graph: withDense(at), files: files(SAME), dense: { "2_Dense": SAME } };
      const result = build(folder, await modelDir(folder, given));
      expect(result.model).toMatchObject({ width: 4, layers: [] });
      expect(decisionsOf(result)["dense layer"]).toBe(
        "in the graph (graph: has the weights of 2_Dense)",
      );
    }
    // The output that is read does not come of them.
    const aside = withDense(transposed);
    const outputs = [value("pooled", ["batch", 4], "float32"), ...(aside.outputs ?? [])];
    const beside = {
      graph: { ...aside, outputs },
      files: files(SAME),
      dense: { "2_Dense": SAME },
    };
    expect(await problemsOf(beside, { outputName: "pooled" })).toContain("cannot tell whether");
    const other = { graph: withDense(Math.cos), files: files(SAME), dense: { "2_Dense": SAME } };
    expect(await problemsOf(other)).toBe(
      "modules.json: sentence_transformers.models.Dense: cannot tell whether the graph holds this module, as its " +
        "output has 4 numbers either way: choose an output with a vector per token with --output-name, or export " +
        "the model without pooling",
    );
  });

  test("layers that do not fit the graph are refused with all widths", async () => {
    const given = { graph: pooledGraph("sentence_embedding", 5), files: files(UP) };
    expect(await problemsOf(given)).toBe(
      "model.onnx: graph output: expected 4 or 6 numbers per text, as the pipeline has " +
        "before its layers and after each: " +
        "found 5: is it the graph of this pipeline?",
    );
  });

  test("layers before the pooling are in the graph", async () => {
    using folder = createTempDir();
    const given = {
      graph: pooledGraph("sentence_embedding", 4),
      files: { "modules.json": modulesOf("Transformer", "CNN", "Pooling") },
    };
    const dir = await modelDir(folder, given);
    rmSync(join(dir, "1_Pooling"), { recursive: true });
    expect(build(folder, dir).model.layers).toEqual([]);
  });
});
