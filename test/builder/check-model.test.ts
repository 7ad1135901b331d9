// What is found out about a model and what speaks against it, one oddity of an exporter at a time.
import { describe, expect, test } from "bun:test";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { openFile } from "../../src/format/index.ts";
import {
  LabelScheme,
  ProblemType,
  SparsePooling,
  TruncationStrategy,
} from "../../src/gen/manifest_pb.ts";
import { FileSource } from "../../src/io/index.ts";
import { build, buildProblems, decisionsOf } from "../helper/build-model.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import {
  floats,
  node,
  TINY_ROWS,
  type TinyGraph,
  value,
  writeTinyModelDir,
} from "../helper/tiny-graph.ts";

const BATCH = ["batch", "sequence"];
const NO_CONFIG = { "config.json": undefined };
const IDS = value("input_ids", BATCH);
const MASK = value("attention_mask", BATCH);

async function problemsOf(graph: TinyGraph, files = {}, settings = {}): Promise<string> {
  using folder = createTempDir();
  const dir = await writeTinyModelDir(folder.join("model"), graph, files);
  return buildProblems(folder, dir, settings).join("\n");
}

async function built(graph: TinyGraph, files = {}, settings = {}) {
  using folder = createTempDir();
  const dir = await writeTinyModelDir(folder.join("model"), graph, files);
  const result = build(folder, dir, settings);
  return { ...result, decided: decisionsOf(result) };
}

/** Sums the vectors of the real tokens: one row for each text, `width` wide. */
function pooled(name: string, width: number): TinyGraph {
  return {
    outputs: [value(name, ["batch", width], "float32")],
    initializers: [floats("table", [TINY_ROWS, width], (index) => Math.sin(index))],
    nodes: [
      node("Gather", ["table", "input_ids"], "vectors"),
      node("Cast", ["attention_mask"], "mask", { to: { int: 1 } }),
      node("Unsqueeze", ["mask", "last"], "mask3"),
      node("Mul", ["vectors", "mask3"], "masked"),
      node("ReduceMax", ["masked"], name, { axes: { ints: [1] }, keepdims: { int: 0 } }),
    ].toSpliced(2, 0, node("Constant", [], "last", { value_ints: { ints: [-1] } })),
  };
}

describe("task", () => {
  test.each([
    [
      "embedding",
      "sentence_embedding",
      "config.json: architectures BertModel; per token with --task embedding",
    ],
    ["sentence-embedding", "sentence_embedding", "modules.json"],
    [
      "sequence-classification",
      "sequence_classification",
      "config.json: architectures BertForSequenceClassification",
    ],
    [
      "token-classification",
      "token_classification",
      "config.json: architectures BertForTokenClassification",
    ],
    [
      "reranking",
      "reranking",
      "config.json: architectures BertForSequenceClassification, one label",
    ],
  ] as const)("task of the fixture %s", async (head, task, source) => {
    using folder = createTempDir();
    const result = build(folder, await makeFixture({ head }));
    expect(result.task).toBe(task);
    expect(decisionsOf(result)["task"]).toBe(`${task} (${source})`);
  });

  test("task given by the user wins", async () => {
    const result = await built({}, {}, { task: "embedding" });
    expect(result).toMatchObject({ task: "embedding", decided: { task: "embedding (--task)" } });
    expect(result.model.normalize).toBe(false);
  });

  test.each([NO_CONFIG, {}])(
    "task of tokens is offered only where the graph has them %#",
    async (files) => {
      const hint = "per token with --task embedding";
      expect((await built({}, files)).decided["task"]).toContain(hint);
      const { decided } = await built(pooled("sentence_embedding", 3), files);
      expect(decided["task"]).toStartWith("sentence_embedding (");
      expect(decided["task"]).not.toContain(hint);
    },
  );

  test("task of someone who says how scores are made is classification", async () => {
    const settings = { problemType: "regression" } as const;
    const config = { "config.json": { architectures: ["BertForSequenceClassification"] } };
    expect((await built(pooled("logits", 1), config, settings)).task).toBe(
      "sequence_classification",
    );
  });

  test.each([
    ["logits", 2, "sequence_classification"],
    ["logits", 1, "reranking"],
    ["sentence_embedding", 2, "sentence_embedding"],
  ])("task of a graph alone: %s of width %d", async (name, width, task) => {
    expect((await built(pooled(name, width), NO_CONFIG)).task).toBe(task);
  });

  test("task of a masked language model cannot be told", async () => {
    using folder = createTempDir();
    const [problem] = buildProblems(folder, await makeFixture({ head: "masked-lm" }));
    expect(problem).toContain(
      'task: cannot be told from architecture BertForMaskedLM and outputs "logits" [',
    );
    expect(problem).toContain(
      ", a head that makes sparse embeddings if it was trained to (SPLADE): choose with --task, one of embedding,",
    );
  });

  const SPLADE = {
    "modules.json": [
      { idx: 0, path: "", type: "sentence_transformers.sparse_encoder.models.MLMTransformer" },
      { idx: 1, path: "1_S", type: "sentence_transformers.sparse_encoder.models.SpladePooling" },
    ],
    "1_S/config.json": { pooling_strategy: "max", activation_function: "relu" },
  };
  const pieces = (width: number, rows = TINY_ROWS): TinyGraph => ({
    outputs: [value("logits", [...BATCH, width], "float32")],
    initializers: [
      floats("embeddings.weight", [rows, 4], Math.sin),
      floats("decoder", [4, width], Math.cos),
    ],
    nodes: [
      node("Gather", ["embeddings.weight", "input_ids"], "vectors"),
      node("MatMul", ["vectors", "decoder"], "logits"),
    ],
  });

  test.each([
    [SPLADE, {}, "sparse_embedding (modules.json: SpladePooling)"],
    [{}, { task: "sparse_embedding" }, "sparse_embedding (--task)"],
  ] as const)(
    "task of a masked language model trained for sparse vectors %#",
    async (files, given, text) => {
      const config = { "config.json": { architectures: ["BertForMaskedLM"] } };
      const { model, decided } = await built(pieces(TINY_ROWS), { ...config, ...files }, given);
      expect(decided["task"]).toBe(text);
      expect(model).toMatchObject({ width: TINY_ROWS, sparsePooling: SparsePooling.SPARSE_MAX });
    },
  );

  test("task of sparse vectors needs a weight for each id of the tokenizer", async () => {
    const given = { task: "sparse_embedding" } as const;
    expect((await built(pieces(640, 640), {}, given)).model.width).toBe(640);
    expect((await built(pieces(727, 727), {}, given)).model.width).toBe(727);
    expect(await problemsOf(pieces(728, 728), {}, given)).toBe(
      'tokenizer.json: expected a token for nearly all of the 728 weights of "logits", of which at most 127 may be ' +
        "spare: found 600: is it the tokenizer of this model?",
    );
    expect(await problemsOf(pieces(640), {}, given)).toBe(
      'model.onnx: graph output "logits": expected a weight for each of the 600 ids of ' +
        "tokenizer.json: found 640: choose the " +
        "logits of the masked-language-model head with --output-name, or another --task",
    );
    expect(await problemsOf(pieces(32, 640), {}, given)).toContain(
      "of the 600 ids of tokenizer.json, or 640, the rows of the graph's table: found 32",
    );
  });

  const named = (name: string, width: number): TinyGraph => ({
    outputs: [value(name, [...BATCH, width], "float32")],
    initializers: [floats("table", [TINY_ROWS, width], Math.sin)],
    nodes: [node("Gather", ["table", "input_ids"], name)],
  });
  const COLBERT = { "config.json": { architectures: ["HF_ColBERT"], hidden_size: 32 } };

  test.each([
    [named("contextual", 4), NO_CONFIG, 'graph: output "contextual" [batch, sequence, 4]'],
    [named("output", 4), COLBERT, "config.json: architectures HF_ColBERT"],
  ])("task of late interaction is a unit vector per token %#", async (graph, files, sign) => {
    const { model, decided } = await built(graph, files);
    expect(decided["task"]).toBe(`embedding (${sign}: late interaction, a vector per token)`);
    expect(model.normalize).toBe(true);
    expect((await built(graph, files, { normalize: false })).model.normalize).toBe(false);
  });

  test("task of late interaction needs the projection in the graph", async () => {
    expect(await problemsOf(named("last_hidden_state", 32), COLBERT)).toBe(
      'model.onnx: graph output "last_hidden_state": expected the vectors of late ' +
        "interaction: found 32 numbers a token, as many " +
        "as config.json says of hidden_size: export the model with its projection, or take hidden states with " +
        "--task embedding",
    );
    const given = { task: "embedding" } as const;
    expect((await built(named("last_hidden_state", 32), COLBERT, given)).task).toBe("embedding");
  });

  test("task whose output the graph lacks is refused with what it has", async () => {
    const config = { "config.json": { architectures: ["BertForTokenClassification"] } };
    expect(await problemsOf(pooled("logits", 2), config)).toBe(
      "model.onnx: graph outputs: token_classification needs an output of 3 " +
        "dimensions, such as logits, output_0, output: " +
        'it has "logits" [batch, 2]: choose one with --output-name, another task with --task, or export the ' +
        "model for the task",
    );
  });
});

describe("output", () => {
  test.each(["output_0", "token_embeddings", "1607", "whatever"])(
    "output named %s is found",
    async (name) => {
      const graph = {
        outputs: [value(name, [...BATCH, 4], "float32")],
        nodes: [node("Gather", ["embeddings.weight", "input_ids"], name)],
      };
      expect((await built(graph)).model.output).toBe(name);
    },
  );

  const two: TinyGraph = {
    outputs: [value("a", [...BATCH, 4], "float32"), value("b", [...BATCH, 4], "float32")],
    nodes: [node("Gather", ["embeddings.weight", "input_ids"], "a"), node("Neg", ["a"], "b")],
  };

  test("output cannot be told among several", async () => {
    expect(await problemsOf(two)).toContain(
      'it has "a" [batch, sequence, 4], "b" [batch, sequence, 4]: choose one with --output-name',
    );
  });

  test("output named by the user is taken", async () => {
    expect((await built(two, {}, { outputName: "b" })).decided["output"]).toBe("b (--outputName)");
    expect(await problemsOf(two, {}, { outputName: "c" })).toContain(
      '--outputName: the graph has no output "c"',
    );
  });

  test.each([
    [{}, "token_classification", "last_hidden_state"],
    [pooled("sentence_embedding", 2), "reranking", "sentence_embedding"],
    [pooled("pooler_output", 2), "sentence_embedding", "pooler_output"],
    [pooled("logits", 2), "sentence_embedding", "logits"],
  ] as const)("output %# is something else by its name", async (graph, task, name) => {
    expect(await problemsOf(graph, {}, { task })).toContain(`${task} needs an output of`);
    expect((await built(graph, {}, { task, outputName: name })).task).toBe(task);
  });

  test("output width is measured where the graph does not state it", async () => {
    const graph = { outputs: [value("last_hidden_state", [...BATCH, "hidden"], "float32")] };
    expect((await built(graph)).model.width).toBe(4);
  });

  test("output of type int64 is refused by name", async () => {
    const graph = { outputs: [value("last_hidden_state", [...BATCH, 4], "int64")] };
    expect(await problemsOf(graph)).toContain(
      'model.onnx: graph output "last_hidden_state": expected float32 or float16: found int64: ' +
        "choose another one with --output-name",
    );
  });

  test("output of type bfloat16 is refused by name", async () => {
    using folder = createTempDir();
    const graph = { outputs: [value("last_hidden_state", [...BATCH, 4], "float16")] };
    const dir = await writeTinyModelDir(folder.join("model"), graph);
    // The writer knows no bfloat16: elem_type 10 of the declared output becomes 16.
    const bytes = Buffer.from(await Bun.file(`${dir}/model.onnx`).bytes());
    const at = bytes.indexOf(Buffer.from([0x08, 0x0a]), bytes.lastIndexOf("last_hidden_state"));
    bytes[at + 1] = 16;
    await Bun.write(`${dir}/model.onnx`, bytes);
    expect(buildProblems(folder, dir)[0]).toBe(
      "model.onnx: graph: expected float32 or float16: found bfloat16, which cannot be computed on processors: " +
        "export the model in float32",
    );
  });
});

describe("inputs", () => {
  function withInputs(...inputs: NonNullable<TinyGraph["inputs"]>): TinyGraph {
    return {
      inputs,
      nodes: [node("Gather", ["embeddings.weight", inputs[0]?.name ?? ""], "last_hidden_state")],
    };
  }

  test.each([
    "input_ids",
    "input.1",
    "ids",
    "token_ids",
    "input_word_ids",
    "input_ids:0",
    "serving_default_input_ids:0",
  ])("inputs named %s get the ids", async (name) => {
    expect((await built(withInputs(value(name, BATCH)))).model.inputs[0]).toMatchObject({
      name,
      role: 1,
    });
  });

  test("inputs in any order and of several types are bound by name", async () => {
    const { model } = await built({
      inputs: [
        value("position_ids", BATCH),
        value("segment_ids", BATCH, "int32"),
        value("attn_mask", BATCH, "float32"),
        value("input_ids", BATCH, "int32"),
      ],
    });
    expect(model.inputs.map(({ name, role }) => [name, role])).toEqual([
      ["position_ids", 4],
      ["segment_ids", 3],
      ["attn_mask", 2],
      ["input_ids", 1],
    ]);
  });

  test("inputs with unusual names are bound as the user says", async () => {
    const graph = withInputs(value("x", BATCH), value("y", BATCH));
    const inputs = { input_ids: "x", attention_mask: "y" };
    expect((await built(graph, {}, { inputs })).decided["input attention_mask"]).toBe(
      "y (--inputs)",
    );
  });

  test.each([
    [
      [IDS, value("weird", BATCH)],
      'graph input "weird": expected one of input_ids, attention_mask, token_type_ids, position_ids: say what it is',
    ],
    [
      [IDS, value("pixel_values", ["b", "c", "h", "w"], "float32")],
      'graph input "pixel_values": expected inputs of a text encoder (input_ids, attention_mask, token_type_ids, ' +
        "position_ids): found images, which are not supported: export the text part alone",
    ],
    [
      [
        IDS,
        ...[0, 1, 2].flatMap((layer) => [
          value(`past_key_values.${layer}.key`, ["b", 4, "p", 8], "float32"),
          value(`past_key_values.${layer}.value`, ["b", 4, "p", 8], "float32"),
        ]),
      ],
      'graph input "past_key_values.0.key" and 5 more: expected inputs of a text encoder (input_ids, attention_mask, ' +
        "token_type_ids, position_ids): found the memory of a decoder, which writes text: export an encoder",
    ],
    [
      [
        IDS,
        value("decoder_input_ids", BATCH),
        value("encoder_hidden_states", [...BATCH, 4], "float32"),
      ],
      'graph input "decoder_input_ids" and 1 more: expected inputs of a text encoder',
    ],
    [
      [value("inputs_embeds", [...BATCH, 4], "float32")],
      "found vectors in place of token ids: export the model with its embedding table",
    ],
    [
      [IDS, value("tokens", BATCH)],
      'graph input "tokens": found "input_ids" for input_ids already',
    ],
    [
      [IDS, value("mask", BATCH, "bool")],
      'graph input "mask": expected type int64, int32, float32: found bool',
    ],
    [
      [IDS, value("mask", ["a", "b", "c", "d"])],
      'graph input "mask": expected 2 dimensions (batch, sequence): found 4',
    ],
    [
      [MASK],
      'graph: expected an input of token ids: found "attention_mask": is this a text encoder?',
    ],
    [
      [value("input_ids", [8, "s"]), value("attention_mask", [4, "s"])],
      "graph inputs: expected one batch size of at most 1024: found 8, 4",
    ],
    [[value("input_ids", [9999, "s"])], "expected one batch size of at most 1024: found 9999"],
  ])("inputs are refused %#", async (inputs, message) => {
    expect(await problemsOf(withInputs(...inputs))).toContain(message);
  });

  test.each([
    ["text", 'graph input "text": expected token ids: found texts: export the model without a'],
    ["inputs", 'graph input "inputs": expected type int64, int32, float32: found string: export'],
  ])("inputs of texts are refused: %s", async (name, message) => {
    expect(await problemsOf(withInputs(value(name, ["batch"], "string")))).toContain(message);
  });

  test("inputs named by the user must exist", async () => {
    const inputs = { attention_mask: "nope" };
    expect(await problemsOf(withInputs(IDS), {}, { inputs })).toContain(
      '--inputs: the graph has no input "nope" for attention_mask: it has "input_ids"',
    );
  });

  test("inputs with a fixed batch and length are kept to them", async () => {
    const { decided, model } = await built({
      inputs: [value("input_ids", [1, 16]), value("attention_mask", [1, 16])],
      outputs: [value("last_hidden_state", [1, 16, 4], "float32")],
    });
    expect(decided["batch size"]).toBe("1 (graph: fixed batch dimension)");
    expect(decided["max length"]).toBe('16 (graph: fixed length of "input_ids")');
    expect(model.tokenizer?.fixedLength).toBe(16);
  });

  /** Words and positions, each from a table; row i of the positions holds i, so that answers show them. */
  function placed(rows: number, at = (row: number) => row): TinyGraph {
    return {
      inputs: [IDS, MASK, value("position_ids", BATCH, "int32")],
      initializers: [
        floats("words", [TINY_ROWS, 4], Math.sin),
        floats("places", [rows, 4], (index) => at(Math.floor(index / 4))),
      ],
      nodes: [
        node("Gather", ["words", "input_ids"], "a"),
        node("Gather", ["places", "position_ids"], "b"),
        node("Add", ["a", "b"], "last_hidden_state"),
      ],
    };
  }
  const roberta = { model_type: "xlm-roberta", pad_token_id: 1, max_position_embeddings: 42 };
  const PAD_ONE = { "config.json": { pad_token_id: 1 }, "tokenizer_config.json": {} };
  const PADDING_ROW = (row: number) => (row === 1 ? 0 : row + 0.5);

  test.each([
    [
      { "config.json": roberta },
      placed(42),
      2,
      "config.json: model_type xlm-roberta, pad_token_id 1 + 1",
      40,
    ],
    [{ "config.json": { model_type: "bert" } }, placed(42), 0, "config.json: model_type bert", 42],
    [
      { "config.json": { model_type: "modernbert", pad_token_id: 50283 } },
      placed(42),
      0,
      "config.json: model_type modernbert",
      42,
    ],
    [PAD_ONE, placed(42, PADDING_ROW), 2, 'graph: row 1 of "places" is for padding', 40],
    [PAD_ONE, placed(42), 0, "default: no file names the model's type", 42],
    [NO_CONFIG, placed(42), 0, "default: no file names the model's type", 42],
  ])(
    "inputs of positions count from the model's first %#",
    async (files, graph, first, source, maxLength) => {
      const { model, decided } = await built(graph, files, { task: "embedding" });
      expect(decided["first position"]).toBe(`${first} (${source})`);
      expect(model.firstPosition).toBe(first);
      expect(model.tokenizer?.maxLength).toBe(maxLength);
    },
  );

  test("inputs without a mask are noted", async () => {
    expect((await built(withInputs(IDS))).decided["input attention_mask"]).toContain("none");
  });
});

describe("labels", () => {
  const classifier = (fields: object) => ({
    "config.json": { architectures: ["BertForSequenceClassification"], ...fields },
  });

  test("labels come from config.json, or are numbered", async () => {
    const named = await built(pooled("logits", 2), classifier({ id2label: { 1: "b", 0: "a" } }));
    expect(named.model.labels).toEqual(["a", "b"]);
    expect(named.decided["labels"]).toBe("a, b (config.json: id2label)");
    expect((await built(pooled("logits", 2), classifier({}))).decided["labels"]).toBe(
      "LABEL_0, LABEL_1 (default)",
    );
  });

  test("labels that do not match the output are refused once", async () => {
    const config = classifier({ id2label: { 0: "a", 1: "b", 2: "c" } });
    expect(await problemsOf(pooled("logits", 2), config)).toBe(
      "config.json: id2label: found 3 labels: expected 2, as many as the output is wide",
    );
    expect(await problemsOf(pooled("logits", 2), classifier({}), { labels: ["x"] })).toBe(
      "--labels: found 1 label: expected 2, as many as the output is wide",
    );
  });

  test("labels of a model without classes are refused", async () => {
    expect(await problemsOf({}, {}, { labels: ["x"] })).toBe(
      "--labels: only classifiers have labels: the task is sentence_embedding",
    );
  });

  test.each([
    [2, {}, {}, ProblemType.SINGLE_LABEL_CLASSIFICATION],
    [2, { problem_type: "multi_label_classification" }, {}, ProblemType.MULTI_LABEL_CLASSIFICATION],
    [1, { problem_type: "regression" }, {}, ProblemType.REGRESSION],
    [1, {}, { task: "sequence_classification" }, ProblemType.MULTI_LABEL_CLASSIFICATION],
    [2, {}, { problemType: "regression" }, ProblemType.REGRESSION],
  ])("problem type of width %d, %j, %j", async (width, fields, settings, expected) => {
    const result = await built(pooled("logits", width), classifier(fields), settings);
    expect(result.model.problemType).toBe(expected);
    expect(result.task).toBe("sequence_classification");
  });

  test("problem type that is unknown is refused", async () => {
    expect(
      await problemsOf(pooled("logits", 2), classifier({ problem_type: "ranking" })),
    ).toContain('regression: found "ranking": choose with --problem-type');
  });
});

describe("entailment", () => {
  const classifier = (...labels: readonly string[]) => ({
    "config.json": {
      architectures: ["BertForSequenceClassification"],
      id2label: Object.fromEntries(labels.map((label, index) => [index, label])),
    },
  });

  test.each([
    [["contradiction", "neutral", "entailment"], 2, 0],
    [["ENTAILMENT", "NEUTRAL", "CONTRADICTION"], 0, 2],
    [["not_entailment", "entailment"], 1, 0],
  ])(
    "entailment is found in the labels %j",
    async (labels, entailmentIndex, contradictionIndex) => {
      const { model, decided } = await built(
        pooled("logits", labels.length),
        classifier(...labels),
      );
      expect(model.entailment).toMatchObject({
        entailmentIndex,
        contradictionIndex,
        hypothesisTemplate: "This example is {}.",
      });
      expect(decided["task"]).toStartWith("sequence_classification");
      expect(decided["entailment"]).toBe(
        `${labels[entailmentIndex]} (index ${entailmentIndex}) against ` +
          `${labels[contradictionIndex]} (index ${contradictionIndex}) (labels: their names)`,
      );
      expect(decided["hypothesis template"]).toBe("This example is {}. (default)");
    },
  );

  test("entailment is weighed against a position, and a label named otherwise is told of", async () => {
    const labels = ["neutral", "entailment", "Contradiction"];
    const { decided } = await built(pooled("logits", 3), classifier(...labels));
    expect(decided["entailment"]).toBe(
      "entailment (index 1) against neutral (index 0) (labels: by position, as the reference does; the label " +
        "Contradiction is index 2)",
    );
  });

  test("entailment takes the template and the labels of the user", async () => {
    const given = {
      labels: ["contradiction", "neutral", "entailment"],
      hypothesisTemplate: "It is about {}.",
    };
    const { model, decided } = await built(pooled("logits", 3), classifier("a", "b", "c"), given);
    expect(model.entailment?.hypothesisTemplate).toBe("It is about {}.");
    expect(decided["hypothesis template"]).toBe("It is about {}. (--hypothesisTemplate)");
  });

  test("entailment is not what other labels tell", async () => {
    const files = classifier("good", "bad");
    expect((await built(pooled("logits", 2), files)).model.entailment).toBeUndefined();
    const given = { hypothesisTemplate: "It is {}." };
    expect(await problemsOf(pooled("logits", 2), files, given)).toBe(
      '--hypothesisTemplate: expected labels of which one begins with "entail", as only models that tell ' +
        "entailment label texts with any words: found good, bad: leave it out, or name the classes with --labels",
    );
  });
});

describe("label scheme", () => {
  async function schemeOf(labels: readonly string[], given = {}) {
    using folder = createTempDir();
    const dir = await makeFixture({ head: "token-classification", labels: labels.length });
    const result = build(folder, dir, { labels, ...given });
    return [result.model.labelScheme, decisionsOf(result)["label scheme"]];
  }
  const BIOES = ["O", "B-PER", "I-PER", "E-PER", "S-PER"];

  test.each([
    [["O", "B-PER", "I-PER"], {}, LabelScheme.BIO, "bio (labels: their prefixes)"],
    [BIOES, {}, LabelScheme.BIOES, "bioes (labels: their prefixes)"],
    [BIOES, { labelScheme: "bio" }, LabelScheme.BIO, "bio (--labelScheme)"],
    [["a", "b"], { labelScheme: "bioes" }, LabelScheme.BIOES, "bioes (--labelScheme)"],
    [["a", "b"], {}, LabelScheme.LABEL_SCHEME_UNSPECIFIED, undefined],
  ])("label scheme of %j with %j", async (labels, given, scheme, text) => {
    expect(await schemeOf(labels, given)).toEqual([scheme, text]);
  });
});

describe("foreign files", () => {
  test.each([
    ["weights in safetensors", [16, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]],
    ["weights of PyTorch", [0x50, 0x4b, 3, 4]],
    ["weights of TensorFlow", [0x89, 0x48, 0x44, 0x46]],
  ])("%s are no graph, and are to be exported", async (what, bytes) => {
    using folder = createTempDir();
    const dir = await writeTinyModelDir(folder.join("model"));
    await Bun.write(folder.join("model/weights.x"), Uint8Array.from(bytes));
    const [problem] = buildProblems(folder, dir, { weights: folder.join("model/weights.x") });
    expect(problem).toBe(
      `weights.x: graph: expected an ONNX graph: found ${what}: export the model first ` +
        `(optimum-cli export onnx --model ${folder.join("model")} OUT)`,
    );
  });

  test("a pointer of Git LFS is no graph, and is to be fetched", async () => {
    using folder = createTempDir();
    const dir = await writeTinyModelDir(folder.join("model"));
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${"a".repeat(64)}\nsize 9\n`;
    await Bun.write(folder.join("model/model.onnx"), pointer);
    expect(buildProblems(folder, dir)[0]).toContain("found a pointer of Git LFS");
  });

  test("hidden states asked for scores are called that", async () => {
    expect(await problemsOf({}, {}, { task: "token_classification" })).toContain(
      '"last_hidden_state" [batch, sequence, 4] holds hidden states and no scores: choose one',
    );
  });

  test("settings of older sentence-transformers limit the length under their name", async () => {
    using folder = createTempDir();
    const name = "sentence_roberta_config.json";
    const dir = await writeTinyModelDir(
      folder.join("model"),
      {},
      { [name]: { max_seq_length: 16 } },
    );
    const result = build(folder, dir);
    expect(decisionsOf(result)["max length"]).toBe(`16 (${name}: max_seq_length)`);
    using source = new FileSource(result.path);
    expect(openFile(source).assets.map((asset) => asset.name)).toContain(name);
  });
});

describe("relevance", () => {
  const reranker = { task: "reranking" } as const;
  const config = { "config.json": { id2label: { 0: "good", 1: "bad" } } };

  test.each([
    [config, {}, "bad (index 1) (config.json: id2label)", ["good", "bad"]],
    [NO_CONFIG, {}, "LABEL_1 (index 1) (default)", ["LABEL_0", "LABEL_1"]],
    [config, { labels: ["no", "yes"] }, "yes (index 1) (--labels)", ["no", "yes"]],
  ])(
    "relevance of two classes is the second's, and is told %#",
    async (files, given, text, labels) => {
      const { decided, model } = await built(pooled("logits", 2), files, { ...reranker, ...given });
      expect(decided["relevant class"]).toBe(text);
      expect(model.labels).toEqual(labels);
    },
  );

  test("relevance of one score has no class", async () => {
    const { decided, model } = await built(pooled("logits", 1), NO_CONFIG);
    expect(decided["relevant class"]).toBeUndefined();
    expect(model.labels).toEqual([]);
  });

  test.each([
    [1, ["a"], "found labels for a reranker of one score, which has no classes: leave them out"],
    [2, ["a"], "found 1 label: expected 2, the class of relevant texts second"],
    [2, ["a", "b", "c"], "found 3 labels: expected 2, the class of relevant texts second"],
  ])("relevance of %d logits takes no labels %j", async (width, labels, message) => {
    const problems = await problemsOf(pooled("logits", width), NO_CONFIG, { ...reranker, labels });
    expect(problems).toStartWith(`--labels: ${message}`);
    expect(problems).not.toContain("\n");
  });
});

describe("settings", () => {
  const classifier = { "config.json": { architectures: ["BertForSequenceClassification"] } };
  const task = "the task is sequence_classification";

  test("settings that mean nothing for the task are refused together", async () => {
    const given = { pooling: ["cls"], normalize: true } as const;
    expect(await problemsOf(pooled("logits", 2), classifier, given)).toBe(
      `--pooling: only sentence_embedding is pooled: ${task}\n` +
        `--normalize: only embeddings are normalized: ${task}`,
    );
    const given2 = { normalize: true, labels: ["a"], maxLength: 9999 };
    expect(await problemsOf(pooled("logits", 2), classifier, given2)).toBe(
      `--normalize: only embeddings are normalized: ${task}\n` +
        "--maxLength: expected at most 128 tokens (tokenizer_config.json: model_max_length): found 9999\n" +
        "--labels: found 1 label: expected 2, as many as the output is wide",
    );
    expect(await problemsOf({}, {}, { problemType: "regression", labels: ["a"] })).toBe(
      "--labels: only classifiers have labels: the task is sentence_embedding\n" +
        "--problemType: only sequence_classification has a problem type: the task is sentence_embedding",
    );
  });

  test("settings that switch off what is not there are harmless", async () => {
    const off = { normalize: false, stride: 0, truncationStrategy: "longest_first" } as const;
    await built(pooled("logits", 2), classifier, { ...off, padToMultiple: 1 });
  });

  test.each([
    [{ stride: 8 }, "--stride: only token_classification reads long texts in windows"],
    [{ labelScheme: "bio" }, "--labelScheme: only token_classification finds entities"],
    [
      { truncationStrategy: "only_first" },
      "--truncationStrategy: only sequence_classification and reranking take pairs of texts",
    ],
    [
      { hypothesisTemplate: "It is {}." },
      "--hypothesisTemplate: only sequence_classification can tell entailment",
    ],
  ])("settings of other tasks are refused for sentences: %j", async (given, message) => {
    expect(await problemsOf({}, {}, given)).toStartWith(message);
  });
});

describe("max length", () => {
  test("max length is the smallest limit, with its source", async () => {
    const { decided } = await built({}, { "sentence_bert_config.json": { max_seq_length: 40 } });
    expect(decided["max length"]).toBe("40 (sentence_bert_config.json: max_seq_length)");
  });

  test("max length is limited by the rows of the position table", async () => {
    const table = floats("bert.embeddings.position_embeddings.weight", [24, 4], () => 0);
    const rows = floats("embeddings.weight", [TINY_ROWS, 4], Math.sin);
    const { decided } = await built({ initializers: [rows, table] });
    expect(decided["max length"]).toBe(
      '24 (graph: rows of "bert.embeddings.position_embeddings.weight")',
    );
  });

  test("max length has a default where nothing states it", async () => {
    const files = { ...NO_CONFIG, "tokenizer_config.json": undefined };
    expect((await built({}, files)).decided["max length"]).toBe(
      "512 (default: no file states a limit)",
    );
  });

  test("max length of the user must fit", async () => {
    expect((await built({}, {}, { maxLength: 16 })).decided["max length"]).toBe("16 (--maxLength)");
    expect(await problemsOf({}, {}, { maxLength: 4096 })).toContain(
      "--maxLength: expected at most 128 tokens",
    );
  });

  test("max length must leave room for special tokens", async () => {
    expect(await problemsOf({}, {}, { maxLength: 1 })).toContain(
      "trial inference: cannot cut the input to 1 tokens: special tokens alone take 2",
    );
  });

  test("max length follows a fixed padding", async () => {
    const { model } = await built({}, {}, { padTo: 20 });
    expect(model.tokenizer).toMatchObject({ maxLength: 20, fixedLength: 20 });
  });

  test("padding to a multiple is kept, unless all is padded alike", async () => {
    const { decided, model } = await built({}, {}, { padToMultiple: 8 });
    expect(model.tokenizer?.padMultiple).toBe(8);
    expect(decided["padding multiple"]).toBe("8 tokens (--padToMultiple)");
    expect(await problemsOf({}, {}, { padTo: 16, padToMultiple: 8 })).toBe(
      "--padToMultiple: every text is padded to 16 tokens already: leave it out",
    );
  });

  test("truncation strategy is the user's, else the longest first", async () => {
    const config = { "config.json": { architectures: ["BertForSequenceClassification"] } };
    const graph = pooled("logits", 2);
    expect((await built(graph, config)).model.tokenizer?.truncationStrategy).toBe(0);
    const { decided, model } = await built(graph, config, { truncationStrategy: "only_second" });
    expect(model.tokenizer?.truncationStrategy).toBe(TruncationStrategy.ONLY_SECOND);
    expect(decided["truncation strategy"]).toBe("only_second (--truncationStrategy)");
  });

  test.each([
    [{}, 31, "31 tokens (default: a quarter of a window, at most 128)"],
    [{ maxLength: 5 }, 0, "0 tokens (default: a quarter of a window, at most 128)"],
    [{ stride: 40 }, 40, "40 tokens (--stride)"],
    [{ stride: 0 }, 0, "0 tokens (--stride)"],
  ])("window overlap of a token classifier with %j", async (given, overlap, text) => {
    using folder = createTempDir();
    const dir = await makeFixture({ head: "token-classification" });
    const result = build(folder, dir, given);
    expect(result.model.tokenizer?.windowOverlap).toBe(overlap);
    expect(decisionsOf(result)["window overlap"]).toBe(text);
  });

  test("window overlap leaves room for something new", async () => {
    using folder = createTempDir();
    const dir = await makeFixture({ head: "token-classification" });
    expect(buildProblems(folder, dir, { maxLength: 16, stride: 11 })).toEqual([
      "--stride: expected at most 10, three quarters of the 14 tokens of a text a window of 16 has room for: " +
        "found 11: lower it",
    ]);
  });

  test("max length that the graph cannot take is found by trying", async () => {
    // Adds a table of 30 positions that no name gives away.
    const graph: TinyGraph = {
      initializers: [
        floats("embeddings.weight", [TINY_ROWS, 4], Math.sin),
        floats("hidden", [30, 4], Math.cos),
      ],
      inputs: [IDS, MASK, value("position_ids", BATCH)],
      nodes: [
        node("Gather", ["embeddings.weight", "input_ids"], "words"),
        node("Abs", ["position_ids"], "positions"),
        node("Gather", ["hidden", "positions"], "places"),
        node("Add", ["words", "places"], "last_hidden_state"),
      ],
    };
    expect(await problemsOf(graph)).toContain(
      "max length: 128 tokens are more than the graph takes, lower the limit with --max-length: cannot run the graph",
    );
  });

  test("padding and truncation sides come from tokenizer_config.json or the user", async () => {
    const files = {
      "tokenizer_config.json": {
        padding_side: "left",
        truncation_side: "left",
        pad_token: "[PAD]",
      },
    };
    expect((await built({}, files)).model.tokenizer).toMatchObject({
      padLeft: true,
      truncateLeft: true,
    });
    const settings = { truncationSide: "right" } as const;
    expect((await built({}, files, settings)).model.tokenizer?.truncateLeft).toBe(false);
  });

  test("signs of words come from the tokenizer, the unknown token also from its configuration", async () => {
    expect((await built({})).model.tokenizer).toMatchObject({
      continuingPrefix: "##",
      unknownId: 1,
    });
    const files = { "tokenizer_config.json": { unk_token: "[MASK]" } };
    expect((await built({}, files)).model.tokenizer?.unknownId).toBe(4);
  });

  test("padding token that is not in the vocabulary is refused", async () => {
    expect(await problemsOf({}, { "tokenizer_config.json": { pad_token: "[NOPE]" } })).toContain(
      "pad_token",
    );
  });
});

describe("trial", () => {
  test("trial finds an embedding table that is too small, by its name", async () => {
    const initializers = [floats("embeddings.weight", [500, 4], Math.sin)];
    expect(await problemsOf({ initializers })).toContain(
      'tokenizer.json: found ids up to 599, expected at most 499, the last row of "embeddings.weight" ' +
        "in the graph: is it the tokenizer of this model?",
    );
  });

  test("trial finds an embedding table behind a mask", async () => {
    const graph: TinyGraph = {
      initializers: [floats("table", [500, 4], Math.sin)],
      nodes: [
        node("Mul", ["input_ids", "attention_mask"], "masked"),
        node("Gather", ["table", "masked"], "last_hidden_state"),
      ],
    };
    expect(await problemsOf(graph)).toContain('the last row of "table" in the graph');
  });

  test("trial finds an embedding table that is too small and hidden", async () => {
    const graph: TinyGraph = {
      initializers: [floats("embeddings.weight", [599, 4], Math.sin)],
      nodes: [
        node("Abs", ["input_ids"], "hidden"),
        node("Gather", ["embeddings.weight", "hidden"], "last_hidden_state"),
      ],
    };
    expect(await problemsOf(graph)).toContain(
      "tokenizer: the graph refuses the tokenizer's largest id 599",
    );
  });

  test("trial finds numbers that are not finite", async () => {
    const initializers = [floats("embeddings.weight", [TINY_ROWS, 4], () => Number.NaN)];
    expect(await problemsOf({ initializers })).toBe(
      "trial inference: expected finite numbers: found NaN: the graph is broken or overflows",
    );
  });

  test("trial finds a graph that does not ignore padding, which fixed padding cures", async () => {
    const graph: TinyGraph = {
      outputs: [value("sentence_embedding", ["batch", 4], "float32")],
      nodes: [
        node("Gather", ["embeddings.weight", "input_ids"], "vectors"),
        node("ReduceMean", ["vectors"], "sentence_embedding", {
          axes: { ints: [1] },
          keepdims: { int: 0 },
        }),
      ],
    };
    const message =
      "as the graph does not ignore padding: run each text alone with --one-at-a-time, pad every " +
      "text with --pad-to 128 if the model was trained on texts of that length, or accept it with";
    expect(await problemsOf(graph)).toContain(message);
    await built(graph, {}, { padTo: 32 });
    const { decided } = await built(graph, {}, { allowBatchDependence: true });
    expect(decided["batch dependence"]).toBe("accepted (--allowBatchDependence)");
  });

  test("trial finds a graph that mixes the texts of a batch", async () => {
    const graph: TinyGraph = {
      nodes: [
        node("Gather", ["embeddings.weight", "input_ids"], "vectors"),
        node("ReduceMean", ["vectors"], "average", { axes: { ints: [0] }, keepdims: { int: 1 } }),
        node("Add", ["vectors", "average"], "last_hidden_state"),
      ],
    };
    expect(await problemsOf(graph)).toContain(
      "mixes the texts of a batch: run each text alone with --one-at-a-time, export it again with the " +
        "batch as first axis, or accept it",
    );
  });

  test("trial finds an output of another shape than the graph declares", async () => {
    const graph: TinyGraph = {
      nodes: [
        node("Gather", ["embeddings.weight", "input_ids"], "vectors"),
        node("Transpose", ["vectors"], "last_hidden_state", { perm: { ints: [1, 0, 2] } }),
      ],
    };
    expect(await problemsOf(graph)).toContain(
      "trial inference: cannot read the model's output of shape [",
    );
  });

  test("trial finds a graph that does not load", async () => {
    const nodes = [node("NoSuchOperator", ["input_ids"], "last_hidden_state")];
    expect(await problemsOf({ nodes })).toContain("graph: cannot load the graph: ");
  });

  test("trial finds an unsupported tokenizer by the component's name", async () => {
    const tokenizer = {
      model: { type: "WordPiece", vocab: { a: 0 }, unk_token: "a" },
      normalizer: { type: "Marvel" },
    };
    expect(await problemsOf({}, { "tokenizer.json": tokenizer })).toContain("Marvel");
  });

  test("trial takes float16 weights", async () => {
    using folder = createTempDir();
    const dir = await makeFixture({ head: "sentence-embedding", dtype: "float16" });
    expect(build(folder, dir).task).toBe("sentence_embedding");
  });
});

test("exactness of float16 graphs is not looked at, which is told, unless texts are run alone", async () => {
  using folder = createTempDir();
  const dir = await makeFixture({ head: "sentence-embedding", dtype: "float16" });
  expect(decisionsOf(build(folder, dir))["exactness"]).toBe(
    "not looked at: float16 rounds more coarsely than neighbours change an answer (graph: weights)",
  );
  expect(decisionsOf(build(folder, dir, { oneAtATime: true }))).not.toHaveProperty("exactness");
});

test("quantised graphs vary with the batch, unless texts are run alone", async () => {
  using folder = createTempDir();
  const dir = await makeFixture({ head: "sentence-embedding", quantised: "int8" });
  expect(decisionsOf(build(folder, dir))["quantised"]).toBe(
    "yes: answers vary slightly with the batch (graph: operators)",
  );
  expect(decisionsOf(build(folder, dir, { oneAtATime: true }))["quantised"]).toBe(
    "yes: texts are run one at a time (graph: operators)",
  );
});
