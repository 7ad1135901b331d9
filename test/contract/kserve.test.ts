// Tensors of the Open Inference Protocol: texts and tokens in, what each task gives out, and faults.
import { describe, expect, test } from "bun:test";
import { create } from "@bufbuild/protobuf";
import {
  describeInference,
  exchangeFor,
  inferenceInfoSchema,
  LIMITS,
  naturalOperation,
} from "../../src/contract/index.ts";
import {
  InputBindingSchema,
  InputRole,
  LayerSchema,
  PromptSchema,
} from "../../src/gen/manifest_pb.ts";
import type { Answer, TaskInput } from "../../src/task/index.ts";
import { answerOf, modelOf, Pooling, Task, taggedAnswer } from "../task/answer.ts";
import { contextOf, errorOf, MODELS, OPERATIONS, prepare } from "./context.ts";

type Fields = Parameters<typeof modelOf>[0];
type Model = Fields | keyof typeof MODELS;

const sigmoid = (logit: number) => Math.fround(1 / (1 + Math.exp(-logit)));

/** A BERT: its graph takes token types, and puts out what `output` names. */
function bert(fields: Fields): Fields {
  const roles = [
    ["input_ids", InputRole.INPUT_IDS],
    ["attention_mask", InputRole.ATTENTION_MASK],
    ["token_type_ids", InputRole.TOKEN_TYPE_IDS],
  ] as const;
  const inputs = roles.map(([name, role]) => create(InputBindingSchema, { name, role }));
  return { inputs, ...fields };
}

const texts = (...data: unknown[]) => ({
  name: "text",
  datatype: "BYTES",
  shape: [data.length],
  data,
});
const pairs = (...data: unknown[]) => ({ ...texts(...data), name: "text_pair" });
const integers = (name: string, shape: number[], data: unknown[], datatype = "INT64") => ({
  name,
  datatype,
  shape,
  data,
});

type Tensor = { name: string; datatype: string; shape: number[]; data: unknown[] };
type Response = { id: string; parameters?: object; outputs: Tensor[] };

/** The response as its reader sees it, held against the schema that describes it. */
function infer(model: Model, body: object, answers: readonly Answer[]): Response {
  const response = prepare("infer", body, model).respond(answers);
  const text = JSON.stringify(response, (_, value) =>
    value instanceof Float32Array ? Array.from(value) : value,
  );
  const { response: schema } = exchangeFor(OPERATIONS, "infer", contextOf(model));
  return schema.parse(JSON.parse(text)) as Response;
}

function outputsOf(model: Model, body: object, answers: readonly Answer[]) {
  const { outputs } = infer(model, body, answers);
  for (const { shape, data } of outputs) {
    expect(data).toHaveLength(shape.reduce((product, size) => product * size, 1));
  }
  return Object.fromEntries(outputs.map(({ name, shape, data }) => [name, [shape, data]]));
}

function read(model: Model, ...inputs: object[]): readonly TaskInput[] {
  return prepare("infer", { inputs }, model).inputs;
}

// [CLS] ann x [SEP] over "😀 é", and [CLS] x [SEP] over "é".
const long = taggedAnswer({ text: "😀 é" }, [
  { id: 3, span: [0, 2], row: [0, 5, 0] },
  { id: 5, span: [3, 4], row: [5, 0, 0] },
]);
const short = taggedAnswer({ text: "é" }, [{ id: 5, span: [0, 1], row: [0, 0, 5] }]);

describe("texts", () => {
  const two = { id: "7", inputs: [texts("a", "b")] };
  const vectors = [answerOf([[3, 4]]), answerOf([[0, 2]])];

  test("a sentence embedder gives a matrix", () => {
    expect(infer("sentence", two, vectors)).toEqual({
      model_name: "my-model",
      id: "7",
      outputs: [{ name: "embedding", datatype: "FP32", shape: [2, 2], data: [3, 4, 0, 2] }],
    } as never);
  });

  test("parameters say what becomes of vectors and of long texts", () => {
    const parameters = {
      normalize: true,
      dimensions: 1,
      truncate: false,
      binary_data_output: false,
    };
    const body = { ...two, parameters };
    expect(outputsOf("sentence", body, vectors)).toEqual({
      embedding: [
        [2, 1],
        [1, 0],
      ],
    });
    expect(prepare("infer", body, "sentence").options).toEqual({ truncate: false });
    const model = {
      task: Task.SENTENCE_EMBEDDING,
      width: 2,
      prompts: [create(PromptSchema, { name: "query", text: "q: " })],
    };
    const prompted = { ...two, parameters: { prompt_name: "query" } };
    expect(prepare("infer", prompted, model).inputs[1]).toEqual({ text: "b", prompt: "q: " });
  });

  test("a request without an id gets that of its transport", () => {
    expect(infer("sentence", { inputs: [texts("a", "b")] }, vectors).id).toBe("request-1");
  });

  test("inputs that were cut are counted", () => {
    const cut = { ...vectors[0]!, encoding: { ...vectors[0]!.encoding, truncated: true } };
    expect(infer("sentence", two, [cut, vectors[1]!]).parameters).toEqual({ truncated_inputs: 1 });
  });

  test("a classifier gives logits, scores, the best label and all of them", () => {
    const body = { inputs: [texts("a")], parameters: { function_to_apply: "sigmoid" } };
    expect(outputsOf("sequence", body, [answerOf([[-1, 2]])])).toEqual({
      logits: [
        [1, 2],
        [-1, 2],
      ],
      scores: [
        [1, 2],
        [sigmoid(-1), sigmoid(2)],
      ],
      predicted_label: [[1], ["good"]],
      labels: [[2], ["bad", "good"]],
    });
  });

  test("a reranker gives the score of each document in the order of the request", () => {
    const body = { inputs: [texts("q"), pairs("a", "b")] };
    expect(prepare("infer", body, "reranking").inputs).toEqual([
      { text: "q", pair: "a" },
      { text: "q", pair: "b" },
    ]);
    expect(outputsOf("reranking", body, [answerOf([[-1]]), answerOf([[2]])])).toEqual({
      logits: [
        [2, 1],
        [-1, 2],
      ],
      scores: [[2], [sigmoid(-1), sigmoid(2)]],
    });
  });

  test("a token classifier gives rows as wide as the longest, with zeros for padding", () => {
    const body = { inputs: [texts("😀 é", "é")], parameters: { offsets: "byte" } };
    const outputs = outputsOf("token", body, [long, short]);
    expect(outputs).toMatchObject({
      predicted_label: [
        [2, 4],
        ["I-PER", "B-PER", "O", "I-PER", "I-PER", "I-PER", "I-PER", ""],
      ],
      labels: [[3], ["O", "B-PER", "I-PER"]],
      input_ids: [
        [2, 4],
        [1, 3, 5, 2, 1, 5, 2, 0],
      ],
      attention_mask: [
        [2, 4],
        [1, 1, 1, 1, 1, 1, 1, 0],
      ],
      special_tokens_mask: [
        [2, 4],
        [1, 0, 0, 1, 1, 0, 1, 0],
      ],
      offsets: [
        [2, 4, 2],
        [0, 0, 0, 4, 5, 7, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0],
      ],
    });
    const [shape, scores] = outputs["scores"] as [number[], number[]];
    expect(shape).toEqual([2, 4, 3]);
    expect(scores.slice(-3)).toEqual([0, 0, 0]);
    expect(scores[0]! + scores[1]! + scores[2]!).toBeCloseTo(1);
  });

  test("offsets count code points unless the request says", () => {
    const body = { inputs: [texts("😀 é")], outputs: [{ name: "offsets" }] };
    expect(outputsOf("token", body, [long])).toEqual({
      offsets: [
        [1, 4, 2],
        [0, 0, 0, 1, 2, 3, 0, 0],
      ],
    });
  });

  test("a token embedder gives a vector for every token", () => {
    const rows = [
      [1, 0],
      [3, 4],
      [0, 1],
    ];
    const token = { id: 3, span: [0, 1] } as const;
    const answer = { ...answerOf(rows, [{ id: 1 }, token, { id: 2 }]), input: { text: "a" } };
    const body = { inputs: [texts("a")], outputs: [{ name: "embeddings" }] };
    expect(outputsOf("embedding", body, [answer])).toEqual({
      embeddings: [[1, 3, 2], rows.flat()],
    });
  });

  test("a sparse embedder gives the places and weights that are not zero", () => {
    const answers = [answerOf([[0, 0.5, 0, 2, 0]]), answerOf([[1, 0, 0, 0, 0]])];
    expect(outputsOf("sparse", two, answers)).toEqual({
      indices: [
        [3, 2],
        [0, 1, 0, 3, 1, 0],
      ],
      values: [[3], [0.5, 2, 1]],
    });
  });

  test("the graph's own output can be asked for", () => {
    const body = { inputs: [texts("é")], outputs: [{ name: "out" }] };
    const outputs = outputsOf({ ...MODELS.sentence, width: 3 }, body, [short]);
    expect(outputs).toEqual({
      out: [
        [1, 3, 3],
        [0, 0, 50, 0, 0, 5, 0, 0, 50],
      ],
    });
    expect(prepare("infer", body, "sentence").options).toEqual({ view: "tokens" });
  });

  test.each<[string, Model, object[], TaskInput[]]>([
    ["the only input of any name", "sentence", [{ ...texts("a"), name: "x" }], [{ text: "a" }]],
    [
      "a column",
      "sentence",
      [{ ...texts("a", "b"), shape: [2, 1] }],
      [{ text: "a" }, { text: "b" }],
    ],
    [
      "nested data",
      "sentence",
      [{ ...texts("a", "b"), shape: [2, 1], data: [["a"], ["b"]] }],
      [{ text: "a" }, { text: "b" }],
    ],
    ["half a character", "sentence", [texts("\ud800")], [{ text: "\ufffd" }]],
    ["one text of a classifier", "sequence", [texts("a")], [{ text: "a" }]],
    ["pairs in any order", "sequence", [pairs("b"), texts("a")], [{ text: "a", pair: "b" }]],
    [
      "pairs by their place, half empty",
      "sequence",
      [texts("a", ""), pairs("", "b")],
      [
        { text: "a", pair: "" },
        { text: "", pair: "b" },
      ],
    ],
    [
      "many texts with one",
      "sequence",
      [texts("a", "b"), pairs("c")],
      [
        { text: "a", pair: "c" },
        { text: "b", pair: "c" },
      ],
    ],
  ])("are read: %s", (_, model, inputs, expected) => {
    expect(read(model, ...inputs)).toEqual(expected);
  });
});

describe("tokens", () => {
  const model = bert({ task: Task.SEQUENCE_CLASSIFICATION, width: 2, output: "logits" });
  const ids = integers("input_ids", [2, 3], [1, 5, 2, 1, 2, 0]);
  const mask = integers("attention_mask", [2, 3], [1, 1, 1, 1, 1, 0], "INT32");
  const types = integers(
    "token_type_ids",
    [2, 3],
    [
      [0, 1, 1],
      [0, 0, 0],
    ],
  );

  test("run as they are, without padding", () => {
    expect(read(model, ids, mask, types)).toEqual([
      { text: "", ids: Int32Array.of(1, 5, 2), typeIds: Int32Array.of(0, 1, 1) },
      { text: "", ids: Int32Array.of(1, 2), typeIds: Int32Array.of(0, 0) },
    ]);
    expect(read(model, ids)[1]).toEqual({ text: "", ids: Int32Array.of(1, 2, 0) });
    const left = { ...mask, data: [0, 1, 1, 1, 1, 1] };
    expect(read(model, ids, left)[0]).toEqual({ text: "", ids: Int32Array.of(5, 2) });
  });

  test("are refused rather than cut", () => {
    const body = { inputs: [ids] };
    expect(prepare("infer", body, model).options).toEqual({ truncate: false });
    const cut = { ...body, parameters: { truncate: true } };
    expect(prepare("infer", cut, model).options).toEqual({ truncate: true });
  });

  test("go by the names they have in the graph, too", () => {
    const inputs = [create(InputBindingSchema, { name: "tokens", role: InputRole.INPUT_IDS })];
    const named = { ...model, inputs };
    expect(read(named, { ...ids, name: "tokens" })).toHaveLength(2);
    expect(read(named, ids)).toHaveLength(2);
  });

  test("are answered with what leaves the graph", () => {
    const answers = [answerOf([[-1, 2]]), answerOf([[3, 4]])];
    expect(outputsOf(model, { inputs: [ids, mask] }, answers)).toEqual({
      logits: [
        [2, 2],
        [-1, 2, 3, 4],
      ],
    });
  });

  test("keep their places in the rows of tokens", () => {
    const sentence = bert({
      task: Task.SENTENCE_EMBEDDING,
      width: 2,
      pooling: [Pooling.MEAN],
      output: "last_hidden_state",
    });
    const left = { ...mask, data: [0, 1, 1, 1, 1, 0] };
    const body = { inputs: [ids, left] };
    expect(prepare("infer", body, sentence).options).toEqual({ truncate: false, view: "tokens" });
    const answers = [
      answerOf([
        [1, 2],
        [3, 4],
      ]),
      answerOf([
        [5, 6],
        [7, 8],
      ]),
    ];
    expect(outputsOf(sentence, body, answers)).toEqual({
      last_hidden_state: [
        [2, 3, 2],
        [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0],
      ],
    });
  });

  test("are answered with the model's own answer when it is asked for", () => {
    const body = { inputs: [ids], outputs: [{ name: "embedding" }] };
    const answers = [answerOf([[1, 2]]), answerOf([[3, 4]])];
    expect(outputsOf("sentence", body, answers)).toEqual({
      embedding: [
        [2, 2],
        [1, 2, 3, 4],
      ],
    });
    expect(prepare("infer", body, "sentence").options).toEqual({ truncate: false });
  });

  test.each<[string, Fields, string[]]>([
    ["a vocabulary is pooled", { task: Task.SPARSE_EMBEDDING, width: 5 }, ["indices", "values"]],
    [
      "layers follow the graph",
      {
        task: Task.SENTENCE_EMBEDDING,
        width: 2,
        pooling: [Pooling.NONE],
        layers: [create(LayerSchema)],
      },
      ["embedding"],
    ],
    [
      "the graph's output has the name of another",
      { task: Task.TOKEN_CLASSIFICATION, width: 1, output: "scores" },
      ["scores", "predicted_label", "labels", "input_ids"],
    ],
  ])("are answered with the model's own answer where %s", (_, fields, names) => {
    const { parameters } = describeInference(modelOf(fields));
    for (const name of names) expect(parameters["token_outputs"]).toContain(`${name} `);
  });
});

describe("describeInference()", () => {
  test.each<[string, Fields, string[], string[]]>([
    ["a sentence embedder", MODELS.sentence, ["text"], ["embedding"]],
    ["a classifier", MODELS.sequence, ["text"], ["logits", "scores", "predicted_label", "labels"]],
    ["a reranker", MODELS.reranking, ["text", "text_pair"], ["logits", "scores"]],
    ["a sparse embedder", MODELS.sparse, ["text"], ["indices", "values"]],
  ])("names the tensors of %s", (_, fields, inputs, outputs) => {
    const info = describeInference(modelOf(fields));
    expect(info.inputs.map(({ name }) => name)).toEqual(inputs);
    expect(info.outputs.map(({ name }) => name)).toEqual(outputs);
    expect(inferenceInfoSchema.parse(info)).toEqual(info);
  });

  test("names the tensors of the graph", () => {
    const fields = bert({ task: Task.SEQUENCE_CLASSIFICATION, width: 2, output: "logits" });
    expect(describeInference(modelOf(fields)).parameters).toEqual({
      task: "sequence_classification",
      optional_inputs: "text_pair BYTES [-1]",
      token_inputs:
        "input_ids INT64 [-1, -1], attention_mask INT64 [-1, -1], token_type_ids INT64 [-1, -1]",
      token_outputs: "logits FP32 [-1, 2]",
    });
  });
});

describe("faults", () => {
  const model = bert({ task: Task.SEQUENCE_CLASSIFICATION, width: 2, output: "logits" });
  const ids = integers("input_ids", [1, 2], [1, 2]);
  const many = Array<string>(LIMITS.inputsPerRequest + 1).fill("a");
  const huge = "a".repeat(LIMITS.charactersPerInput + 1);

  const FAULTS: readonly [Model, object, path: string, sentence: string][] = [
    ["sentence", {}, "inputs", "missing"],
    ["sentence", { inputs: [] }, "inputs", "at least 1 item"],
    ["sentence", { inputs: Array(9).fill(texts("a")) }, "inputs", "at most 8 items"],
    ["sentence", { inputs: [{ ...texts("a"), name: 1 }] }, "inputs[0].name", "a string"],
    ["sentence", { inputs: [{ ...texts("a"), shape: [-1] }] }, "inputs[0].shape[0]", "at least 0"],
    ["sentence", { inputs: [{ ...texts("a"), shape: [0] }] }, "inputs[0].shape", "[0]"],
    ["sentence", { inputs: [{ ...texts("a"), shape: [] }] }, "inputs[0].shape", "[count]"],
    ["sentence", { inputs: [{ ...texts("a"), shape: [1, 2] }] }, "inputs[0].shape", "[1, 2]"],
    ["sentence", { inputs: [texts(...many)] }, "inputs[0].shape", "1 to 2048"],
    ["sentence", { inputs: [{ ...texts("a"), shape: [2] }] }, "inputs[0].data", "1 elements"],
    ["sentence", { inputs: [{ ...texts("a", "b"), shape: [1] }] }, "inputs[0].data", "more than 1"],
    ["sentence", { inputs: [{ ...texts("a"), data: "a" }] }, "inputs[0].data", "an array"],
    [
      "sentence",
      { inputs: [{ name: "text", datatype: "BYTES", shape: [1] }] },
      "inputs[0].data",
      "missing where an array",
    ],
    ["sentence", { inputs: [texts(1)] }, "inputs[0].data[0]", "a number where a string"],
    ["sentence", { inputs: [texts("a", null)] }, "inputs[0].data[1]", "null where a string"],
    ["sentence", { inputs: [texts("")] }, "inputs[0].data[0]", "at least 1 character"],
    ["sentence", { inputs: [texts(huge)] }, "inputs[0].data[0]", "at most 250000"],
    ["sentence", { inputs: [{ ...texts("a"), datatype: "FP32" }] }, "inputs[0].datatype", "BYTES"],
    ["sentence", { inputs: [texts("a"), pairs("b")] }, "inputs[1].name", "the only input"],
    ["sentence", { inputs: [texts("a"), texts("b")] }, "inputs[1].name", "another name"],
    [
      "sequence",
      { inputs: [texts("a"), { ...texts("b"), name: "x" }] },
      "inputs[1].name",
      '"text_pair"',
    ],
    ["sequence", { inputs: [texts("a", "b"), pairs("c", "d", "e")] }, "inputs", '2 of "text"'],
    ["sequence", { inputs: [texts("a", ""), pairs("c", "")] }, "inputs[0].data[1]", "at least one"],
    ["reranking", { inputs: [texts("a")] }, "inputs", '"text_pair" (the documents)'],
    [
      "reranking",
      { inputs: [texts("a"), pairs(...many.slice(0, 1001))] },
      "inputs",
      "at most 1000",
    ],
    [
      "sentence",
      { inputs: [{ ...texts("a"), parameters: { binary_data_size: 5 } }] },
      "inputs[0].parameters.binary_data_size",
      "no binary data",
    ],
    [
      "sentence",
      { inputs: [{ ...texts("a"), parameters: { shared_memory_region: "x" } }] },
      "inputs[0].parameters.shared_memory_region",
      "no shared memory",
    ],
    [
      "sentence",
      { inputs: [texts("a")], outputs: [{ name: "embedding", parameters: { binary_data: true } }] },
      "outputs[0].parameters.binary_data",
      "no binary data",
    ],
    [
      "sequence",
      { inputs: [texts("a")], outputs: [{ name: "scores", parameters: { classification: 2 } }] },
      "outputs[0].parameters.classification",
      "all scores",
    ],
    [
      "sentence",
      { inputs: [texts("a")], parameters: { binary_data_output: true } },
      "parameters.binary_data_output",
      "false",
    ],
    [
      "sentence",
      { inputs: [texts("a")], parameters: { normalise: 1 } },
      "parameters.normalise",
      "did you mean",
    ],
    [
      "sequence",
      { inputs: [texts("a")], parameters: { normalize: true } },
      "parameters.normalize",
      "none of",
    ],
    [
      "sentence",
      { inputs: [texts("a")], outputs: [{ name: "x" }] },
      "outputs[0].name",
      '"embedding", "out"',
    ],
    [
      "sentence",
      { inputs: [texts("a")], outputs: [{ name: "out" }, { name: "out" }] },
      "outputs[1].name",
      "at most once",
    ],
    [
      "sentence",
      { inputs: [texts("a")], outputs: [{ name: "out" }, { name: "embedding" }] },
      "outputs[1].name",
      'no output beside "out"',
    ],
    [model, { inputs: [{ ...ids, datatype: "FP32" }] }, "inputs[0].datatype", '"INT64" or "INT32"'],
    [model, { inputs: [{ ...ids, shape: [2] }] }, "inputs[0].shape", "[count, tokens]"],
    [model, { inputs: [{ ...ids, shape: [1, 3] }] }, "inputs[0].data", "2 elements"],
    [model, { inputs: [{ ...ids, data: [1, 2.5] }] }, "inputs[0].data[1]", "2.5"],
    [model, { inputs: [{ ...ids, data: [1, 2 ** 31] }] }, "inputs[0].data[1]", "2147483648"],
    [model, { inputs: [{ ...ids, data: [1, "2"] }] }, "inputs[0].data[1]", "a string"],
    [model, { inputs: [ids, texts("a")] }, "inputs[1].name", '"token_type_ids"'],
    [
      model,
      { inputs: [ids, integers("position_ids", [1, 2], [0, 1])] },
      "inputs[1].name",
      "one of",
    ],
    [
      model,
      { inputs: [ids, integers("attention_mask", [2, 1], [1, 1])] },
      "inputs[1].shape",
      "[1, 2]",
    ],
    [
      model,
      { inputs: [ids, integers("attention_mask", [1, 2], [0, 0])] },
      "inputs[1].data",
      "row 0",
    ],
    [
      model,
      { inputs: [ids, integers("attention_mask", [1, 2], [1, 2])] },
      "inputs[1].data",
      "row 0",
    ],
    [
      model,
      {
        inputs: [
          integers("input_ids", [2, 3], [1, 1, 1, 1, 1, 1]),
          integers("attention_mask", [2, 3], [1, 1, 1, 1, 0, 1]),
        ],
      },
      "inputs[1].data",
      "row 1 is not plain padding",
    ],
    [
      { task: Task.SENTENCE_EMBEDDING, width: 2 },
      { inputs: [ids], parameters: { prompt: "q: " } },
      "parameters.prompt",
      "before which no text can stand",
    ],
    [
      { task: Task.TOKEN_CLASSIFICATION, width: 2 ** 20 },
      { inputs: [integers("input_ids", [9, 2], Array(18).fill(1))] },
      "inputs",
      "at most 2097152",
    ],
  ];

  // By number, as some requests are long.
  test.each([...FAULTS.keys()])("infer() refuses request %d, and says where and why", (place) => {
    const [asked, body, path, sentence] = FAULTS[place]!;
    const error = errorOf(() => prepare("infer", body, asked));
    expect(error.message).toContain(sentence);
    expect(error.detail["path"]).toBe(path);
  });

  test("infer() refuses texts whose rows of tokens would be too large together", () => {
    const wide = { ...modelOf({ task: Task.TOKEN_CLASSIFICATION, width: 2 ** 23 }) };
    const body = { inputs: [texts("😀 é", "é")], outputs: [{ name: "scores" }] };
    const error = errorOf(() => prepare("infer", body, wide).respond([long, short]));
    expect(error.message).toContain("[2, 4, 8388608]");
  });
});

describe("naturalOperation()", () => {
  test.each<[keyof typeof MODELS, string]>([
    ["embedding", "embed_all"],
    ["sentence", "embed"],
    ["sequence", "classify"],
    ["token", "classify"],
    ["reranking", "rerank"],
    ["sparse", "embed_sparse"],
  ])("of %s is %s", (model, expected) => {
    expect(naturalOperation(OPERATIONS, MODELS[model])).toBe(expected as never);
  });
});
