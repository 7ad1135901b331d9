// Every operation for every task that serves it: what the engine is asked, and the response,
// written out.
import { describe, expect, test } from "bun:test";
import { create } from "@bufbuild/protobuf";
import { z } from "zod";
import {
  createOperations,
  describeLimits,
  describeModel,
  exchangeFor,
  LIMITS,
  limitsInfoSchema,
  modelInfoSchema,
  OPERATION_IDS,
  type OperationId,
  operationsOf,
  weightsIdentity,
} from "../../src/contract/index.ts";
import {
  EncoderfileManifestSchema,
  type Model,
  ModelSchema,
  PromptSchema,
  Similarity,
  SparsePooling,
} from "../../src/gen/manifest_pb.ts";
import { TASK_IDS, TASKS, taskOfModel } from "../../src/task/index.ts";
import { answerOf, modelOf, Pooling, ProblemType, Task, taggedAnswer } from "../task/answer.ts";
import { errorOf, MODELS, OPERATIONS, prepare, respond } from "./context.ts";

const sigmoid = (logit: number) => Math.fround(1 / (1 + Math.exp(-logit)));

// "é" is one code point, one UTF-16 unit and two bytes; the emoji one, two and four.
const tokens = taggedAnswer({ text: "😀 é" }, [
  { id: 3, span: [0, 2], row: [3, 4] },
  { id: 5, span: [3, 4], row: [0, 2] },
]);

describe("predict", () => {
  test("predict of embedding has the published shape and echoes metadata", () => {
    const body = { inputs: ["😀 é"], metadata: { id: "7" } };
    expect(respond("predict", { body, model: "embedding" }, [tokens])).toEqual({
      results: [
        {
          embeddings: [
            { embedding: [3, 4], token_info: { token: "ann", token_id: 3, start: 0, end: 1 } },
            { embedding: [0, 2], token_info: { token: "x", token_id: 5, start: 2, end: 3 } },
          ],
        },
      ],
      model_id: "my-model",
      metadata: { id: "7" },
    });
  });

  test.each([
    ["codepoint", 2, 3],
    ["utf16", 3, 4],
    ["byte", 5, 7],
  ])("predict of embedding counts spans in units of %s", (offsets, start, end) => {
    const body = { inputs: "😀 é", offsets, normalize: true };
    expect(respond("predict", { body, model: "embedding" }, [tokens])).toMatchObject({
      results: [
        {
          embeddings: [
            { embedding: [Math.fround(0.6), Math.fround(0.8)] },
            { embedding: [0, 1], token_info: { start, end } },
          ],
        },
      ],
    });
  });

  test.each([
    [{}, [3, 4]],
    [{ metadata: null, normalize: null, dimensions: null, parameters: null }, [3, 4]],
    [{ normalize: true }, [Math.fround(0.6), Math.fround(0.8)]],
    [{ dimensions: 1 }, [3]],
    [{ dimensions: 1, normalize: true }, [1]],
  ])("predict of sentence_embedding with %j gives %j", (fields, embedding) => {
    const body = { inputs: ["a"], ...fields };
    expect(respond("predict", { body, model: "sentence" }, [answerOf([[3, 4]])])).toEqual({
      results: [{ embedding }],
      model_id: "my-model",
    });
  });

  test("predict of sequence_classification has raw logits and real probabilities", () => {
    const body = { inputs: ["a", ["b", "c"]], metadata: {} };
    expect(prepare("predict", body, "sequence").inputs).toEqual([
      { text: "a" },
      { text: "b", pair: "c" },
    ]);
    const answers = [answerOf([[1, 1]]), answerOf([[0, Math.log(3)]])];
    expect(respond("predict", { body, model: "sequence" }, answers)).toEqual({
      results: [
        { logits: [1, 1], scores: [0.5, 0.5], predicted_index: 0, predicted_label: "bad" },
        {
          logits: [0, Math.fround(Math.log(3))],
          scores: [0.25, 0.75],
          predicted_index: 1,
          predicted_label: "good",
        },
      ],
      model_id: "my-model",
      metadata: {},
    });
  });

  test("predict of sequence_classification scores as it is asked to", () => {
    const body = { inputs: "a", function_to_apply: "sigmoid" };
    expect(respond("predict", { body, model: "sequence" }, [answerOf([[0, 0]])])).toMatchObject({
      results: [{ scores: [0.5, 0.5] }],
    });
    const raw = { inputs: "a", parameters: { function_to_apply: "none" } };
    expect(
      respond("predict", { body: raw, model: "sequence" }, [answerOf([[3, 1]])]),
    ).toMatchObject({ results: [{ logits: [3, 1], scores: [3, 1] }] });
  });

  test("predict of sequence_classification without labels predicts null", () => {
    const model = {
      task: Task.SEQUENCE_CLASSIFICATION,
      width: 1,
      problemType: ProblemType.REGRESSION,
    };
    expect(respond("predict", { body: { inputs: "a" }, model }, [answerOf([[7]])])).toEqual({
      results: [{ logits: [7], scores: [7], predicted_index: 0, predicted_label: null }],
      model_id: "my-model",
    });
  });

  // Rows are chosen so that the softmax is exact: e^ln2 = 2.
  const half = Math.log(2);
  const entities = taggedAnswer({ text: "é Anna" }, [
    { id: 5, span: [0, 1], word: 0, row: [half, 0, 0] },
    { id: 3, span: [2, 5], word: 1, row: [0, half, 0] },
    { id: 4, span: [5, 6], word: 1, row: [0, 0, half] },
  ]);

  test("predict of token_classification has the published shape", () => {
    const body = { inputs: ["é Anna"] };
    expect(respond("predict", { body, model: "token" }, [entities])).toEqual({
      results: [
        {
          tokens: [
            {
              token_info: { token: "x", token_id: 5, start: 0, end: 1 },
              scores: [0.5, 0.25, 0.25],
              label: "O",
              score: 0.5,
            },
            {
              token_info: { token: "ann", token_id: 3, start: 2, end: 5 },
              scores: [0.25, 0.5, 0.25],
              label: "B-PER",
              score: 0.5,
            },
            {
              token_info: { token: "##a", token_id: 4, start: 5, end: 6 },
              scores: [0.25, 0.25, 0.5],
              label: "I-PER",
              score: 0.5,
            },
          ],
        },
      ],
      model_id: "my-model",
    });
  });

  test("predict of token_classification adds entities on request", () => {
    const body = { inputs: "é Anna", aggregation_strategy: "first", offsets: "byte" };
    expect(respond("predict", { body, model: "token" }, [entities])).toMatchObject({
      results: [
        {
          tokens: [{}, {}, {}],
          entities: [{ entity_group: "PER", score: 0.5, word: "Anna", start: 3, end: 7 }],
        },
      ],
    });
    const all = { inputs: "é Anna", aggregation_strategy: "simple", ignore_labels: [] };
    expect(respond("predict", { body: all, model: "token" }, [entities])).toMatchObject({
      results: [{ entities: [{ entity_group: "O" }, { entity_group: "PER" }] }],
    });
  });

  test("predict of reranking ranks in the published frame", () => {
    const body = { query: "q", texts: ["a", "b"], return_text: true, metadata: { k: "v" } };
    const answers = [answerOf([[0]]), answerOf([[2]])];
    expect(respond("predict", { body, model: "reranking" }, answers)).toEqual({
      results: [
        { index: 1, text: "b", score: sigmoid(2) },
        { index: 0, text: "a", score: 0.5 },
      ],
      model_id: "my-model",
      metadata: { k: "v" },
    });
  });

  test.each<[object, object]>([
    [{}, {}],
    [{ truncate: null, truncation_direction: null }, {}],
    [{ truncate: false }, { truncate: false }],
    [
      { truncate: true, truncation_direction: "Left" },
      { truncate: true, truncateSide: "left" },
    ],
    [{ truncation_direction: "right" }, { truncateSide: "right" }],
  ])("prepare() of predict with %j asks for %j", (fields, options) => {
    expect(prepare("predict", { inputs: "a", ...fields }, "sentence").options).toEqual(options);
  });
});

const pooled = modelOf({
  task: Task.SENTENCE_EMBEDDING,
  width: 2,
  pooling: [Pooling.NONE],
});

/** What every model of sentence vectors serves besides. */
const VECTOR_OPERATIONS: readonly OperationId[] = [
  "similarity",
  "openai_embeddings",
  "ollama_embed",
  "ollama_embeddings",
];

describe("embed", () => {
  test.each([
    ["a", { inputs: "a" }],
    ["one in a list", { inputs: ["a"], normalize: null, prompt_name: null }],
  ])("embed of %s is a list of vectors, normalised by default", (_, body) => {
    expect(respond("embed", { body, model: "sentence" }, [answerOf([[3, 4]])])).toEqual([
      [Math.fround(0.6), Math.fround(0.8)],
    ]);
  });

  test("embed gives vectors as they are, and cut, on request", () => {
    const answers = [answerOf([[3, 4]]), answerOf([[1, 2]])];
    const raw = { inputs: ["a", "b"], normalize: false };
    expect(respond("embed", { body: raw, model: "sentence" }, answers)).toEqual([
      [3, 4],
      [1, 2],
    ]);
    const cut = { inputs: ["a", "b"], dimensions: 1 };
    expect(respond("embed", { body: cut, model: "sentence" }, answers)).toEqual([[1], [1]]);
  });

  test.each(["embed", "predict"] as const)(
    "prepare() of %s refuses dimensions before anything runs with TASK_DIMENSIONS_INVALID",
    (id) => {
      const error = errorOf(() => prepare(id, { inputs: "a", dimensions: 3 }, "sentence"));
      expect([error.code, error.detail["path"]]).toEqual(["TASK_DIMENSIONS_INVALID", "dimensions"]);
    },
  );

  test.each(["sentence", "embedding"] as const)(
    "embed_all of %s has all tokens as the graph gave them",
    (model) => {
      const body = { inputs: ["a"], truncate: true };
      expect(prepare("embed_all", body, model).options).toEqual({ truncate: true, view: "tokens" });
      expect(respond("embed_all", { body, model }, [tokens])).toEqual([
        [
          [0, 50],
          [3, 4],
          [0, 2],
          [0, 50],
        ],
      ]);
    },
  );

  test("exchangeFor() of embed_all refuses a graph that pools with TASK_VIEW_UNSUPPORTED", () => {
    const error = errorOf(() => exchangeFor(OPERATIONS, "embed_all", { model: pooled }));
    expect(error.code).toBe("TASK_VIEW_UNSUPPORTED");
    expect(error.message).toBe(
      "Cannot serve embed_all as the graph of this model pools its tokens itself, so that only " +
        "one vector per text leaves it: use embed",
    );
    expect(error.detail["served"]).toEqual([
      "predict",
      "embed",
      ...VECTOR_OPERATIONS,
      "infer",
      "pipeline",
      "vertex",
    ]);
  });
});

describe("rerank", () => {
  const answers = [answerOf([[-1]]), answerOf([[3]]), answerOf([[-1]])];

  test("rerank pairs the query with every text, empty ones too", () => {
    expect(prepare("rerank", { query: "q", texts: ["a", ""] }, "reranking").inputs).toEqual([
      { text: "q", pair: "a" },
      { text: "q", pair: "" },
    ]);
  });

  test("rerank is a bare list, the best first, equals in order", () => {
    const body = { query: "q", texts: ["a", "b", "c"] };
    expect(respond("rerank", { body, model: "reranking" }, answers)).toEqual([
      { index: 1, score: sigmoid(3) },
      { index: 0, score: sigmoid(-1) },
      { index: 2, score: sigmoid(-1) },
    ]);
  });

  test("rerank gives logits and texts on request", () => {
    const body = { query: "q", texts: ["a", "b", "c"], raw_scores: true, return_text: true };
    expect(respond("rerank", { body, model: "reranking" }, answers)).toEqual([
      { index: 1, text: "b", score: 3 },
      { index: 0, text: "a", score: -1 },
      { index: 2, text: "c", score: -1 },
    ]);
  });
});

describe("classify", () => {
  const one = answerOf([[0, Math.log(3)]]);
  const ranked = [
    { score: 0.75, label: "good" },
    { score: 0.25, label: "bad" },
  ];

  test.each([
    ["a text", "a", [{ text: "a" }], ranked],
    ["a list of one", ["a"], [{ text: "a" }], ranked],
    ["a flat list of two, which is a pair", ["a", "b"], [{ text: "a", pair: "b" }], ranked],
    ["a batch of one", [["a"]], [{ text: "a" }], [ranked]],
    [
      "a batch of a text and a pair",
      [["a"], ["b", "c"]],
      [{ text: "a" }, { text: "b", pair: "c" }],
      [ranked, ranked],
    ],
  ])("classify of sequences takes as `inputs` %s", (_, inputs, expected, response) => {
    const prepared = prepare("classify", { inputs }, "sequence");
    expect(prepared.inputs).toEqual(expected);
    const answers = expected.map(() => one);
    expect(respond("classify", { body: { inputs }, model: "sequence" }, answers)).toEqual(response);
  });

  test("prepare() of classify refuses a flat list of three, which is no pair", () => {
    const error = errorOf(() => prepare("classify", { inputs: ["a", "b", "c"] }, "sequence"));
    expect([error.code, error.detail["path"]]).toEqual(["REQUEST_INVALID", "inputs"]);
    expect(error.message).toContain('["a"]');
  });

  test.each([
    [{ raw_scores: true }, [Math.fround(Math.log(3)), 0]],
    [{ parameters: { function_to_apply: "none" } }, [Math.fround(Math.log(3)), 0]],
    [{ parameters: { function_to_apply: "sigmoid" } }, [0.75, 0.5]],
    [{ raw_scores: true, parameters: { function_to_apply: "softmax" } }, [0.75, 0.25]],
    [{ parameters: { top_k: 1 } }, [0.75]],
    [{ top_k: 1 }, [0.75]],
    [{ function_to_apply: "sigmoid" }, [0.75, 0.5]],
    [{ parameters: { raw_scores: true } }, [Math.fround(Math.log(3)), 0]],
    [{ parameters: { top_k: null, function_to_apply: null } }, [0.75, 0.25]],
    [{ parameters: null }, [0.75, 0.25]],
  ])("classify of a sequence with %j scores %j", (fields, scores) => {
    const body = { inputs: "a", ...fields };
    const response = respond("classify", { body, model: "sequence" }, [one]);
    expect(
      z
        .array(z.object({ score: z.number() }))
        .parse(response)
        .map(({ score }) => score),
    ).toEqual(scores);
  });

  test("classify with `input` answers in the frame of infinity", () => {
    const body = { input: ["a", "b"], model: "ignored", raw_scores: false };
    expect(prepare("classify", body, "sequence").inputs).toEqual([{ text: "a" }, { text: "b" }]);
    const answer = answerOf([[0, Math.log(3)]], [{ id: 1 }, { id: 3, span: [0, 1] }, { id: 2 }]);
    expect(respond("classify", { body, model: "sequence" }, [answer, answer])).toEqual({
      object: "classify",
      data: [ranked, ranked],
      model: "my-model",
      usage: { prompt_tokens: 6, total_tokens: 6 },
      id: "request-1",
      created: 1_700_000_000,
    });
  });

  const anna = taggedAnswer({ text: "é Anna" }, [
    { id: 3, span: [2, 5], word: 1, row: [0, Math.log(2), 0] },
    { id: 4, span: [5, 6], word: 1, row: [0, 0, Math.log(2)] },
  ]);
  const group = { entity_group: "PER", score: 0.5, word: "Anna", start: 2, end: 6 };
  const bytes = { ...group, start: 3, end: 7 };

  test.each([
    ["a text", { inputs: "é Anna" }, [group]],
    ["a list", { inputs: ["é Anna"] }, [[group]]],
    ["a nested batch", { inputs: [["é Anna"]] }, [[group]]],
    ["bytes at the top level", { inputs: "é Anna", offsets: "byte" }, [bytes]],
    ["null options", { inputs: "é Anna", ignore_labels: null, offsets: null }, [group]],
    ["null parameters", { inputs: "é Anna", parameters: null }, [group]],
    [
      "no aggregation",
      { inputs: "é Anna", parameters: { aggregation_strategy: "none", ignore_labels: ["I-PER"] } },
      [{ entity: "B-PER", score: 0.5, index: 1, word: "ann", start: 2, end: 5 }],
    ],
    ["bytes", { inputs: "é Anna", parameters: { offsets: "byte" } }, [bytes]],
  ])("classify of tokens takes %s", (_, body, response) => {
    expect(respond("classify", { body, model: "token" }, [anna])).toEqual(response);
  });

  test.each([
    ["a list", ["a", "b"]],
    ["TEI's nested batch", [["a"], ["b"]]],
    ["both", ["a", ["b"]]],
  ])("classify of tokens answers %s of two as a batch", (_, inputs) => {
    expect(prepare("classify", { inputs }, "token").inputs).toEqual([{ text: "a" }, { text: "b" }]);
    const response = respond("classify", { body: { inputs }, model: "token" }, [anna, anna]);
    expect(response).toEqual([[group], [group]]);
  });

  test("classify of tokens with `input` answers in the frame of infinity", () => {
    const body = { input: "é Anna" };
    expect(respond("classify", { body, model: "token" }, [anna])).toMatchObject({
      data: [[group]],
      usage: { prompt_tokens: 4 },
    });
  });
});

const PIPELINE_TASKS = ["sentence_embedding", "sequence_classification", "token_classification"];

describe("operation", () => {
  test.each<[OperationId, keyof typeof MODELS]>([
    ["embed", "embedding"],
    ["embed", "sequence"],
    ["embed_all", "token"],
    ["embed_all", "reranking"],
    ["rerank", "sentence"],
    ["rerank", "sequence"],
    ["classify", "sentence"],
    ["classify", "reranking"],
  ])("exchangeFor() of %s refuses a model for %s with TASK_MISMATCH", (id, model) => {
    const error = errorOf(() => exchangeFor(OPERATIONS, id, { model: MODELS[model] }));
    expect(error.code).toBe("TASK_MISMATCH");
    expect(error.detail["served"]).toContain("predict");
  });

  test("exchangeFor() names what the model serves instead", () => {
    const error = errorOf(() => exchangeFor(OPERATIONS, "rerank", { model: MODELS.sentence }));
    expect(error.message).toBe(
      "Cannot serve rerank as the task of this model is sentence_embedding where reranking is " +
        "expected: it serves predict, embed, embed_all, similarity, openai_embeddings, " +
        "ollama_embed, ollama_embeddings, infer, pipeline, vertex",
    );
  });

  test("exchangeFor() calls operations what its caller calls them", () => {
    const nameOf = (id: OperationId) => `POST /${id}`;
    const wrong = errorOf(() => exchangeFor(OPERATIONS, "rerank", { model: pooled, nameOf }));
    expect(wrong.message).toStartWith("Cannot serve POST /rerank as");
    expect(wrong.message).toContain(": it serves POST /predict, POST /embed, POST /similarity");
    const tokens = errorOf(() => exchangeFor(OPERATIONS, "embed_all", { model: pooled, nameOf }));
    expect(tokens.message).toEndWith(": use POST /embed");
  });

  test.each<[string, Model, OperationId[]]>([
    ["embedding", MODELS.embedding, ["predict", "embed_all"]],
    [
      "sentence_embedding",
      MODELS.sentence,
      ["predict", "embed", "embed_all", ...VECTOR_OPERATIONS],
    ],
    ["sentence_embedding whose graph pools", pooled, ["predict", "embed", ...VECTOR_OPERATIONS]],
    ["sequence_classification", MODELS.sequence, ["predict", "classify"]],
    ["token_classification", MODELS.token, ["predict", "classify", "redact"]],
    ["sparse_embedding", MODELS.sparse, ["predict", "embed_sparse"]],
    ["reranking", MODELS.reranking, ["predict", "rerank", "rerank_v2"]],
  ])("operationsOf() a model for %s", (_, model, expected) => {
    expect(operationsOf(OPERATIONS, model)).toEqual([
      ...expected,
      "infer",
      ...(PIPELINE_TASKS.includes(taskOfModel(model).id) ? ["pipeline" as const] : []),
      "vertex",
    ]);
  });

  test("createOperations() serves predict for every task", () => {
    expect(Object.keys(OPERATIONS.predict).sort()).toEqual([...TASK_IDS].sort());
  });

  test("createOperations() obeys the limits it is given", () => {
    const operations = createOperations({ ...LIMITS, inputsPerRequest: 1, charactersPerInput: 3 });
    const { request } = exchangeFor(operations, "embed", { model: MODELS.sentence });
    expect(request.safeParse({ inputs: ["abc"] }).success).toBe(true);
    expect(request.safeParse({ inputs: ["abcd"] }).success).toBe(false);
    expect(request.safeParse({ inputs: ["a", "b"] }).success).toBe(false);
  });

  test("createOperations() describes every request and response as JSON Schema", () => {
    for (const id of OPERATION_IDS) {
      for (const exchange of Object.values(OPERATIONS[id])) {
        const request = z.toJSONSchema(exchange.request, { io: "input" });
        for (const { type } of request.anyOf ?? [request]) expect(type).toBe("object");
        expect(JSON.stringify(z.toJSONSchema(exchange.response))).not.toContain("{}");
      }
    }
  });
});

describe("model-info", () => {
  const identity = { modelId: "m", modelVersion: "1.2", modelDigest: "ab" };

  test.each<[keyof typeof MODELS, string, Record<string, string> | null, string]>([
    ["embedding", "embedding", null, "embedding"],
    ["sentence", "sentence_embedding", null, "sentence_embedding"],
    ["sequence", "sequence_classification", { 0: "bad", 1: "good" }, "sequence_classification"],
    ["token", "token_classification", { 0: "O", 1: "B-PER", 2: "I-PER" }, "token_classification"],
    ["reranking", "sequence_classification", { 0: "LABEL_0" }, "reranking"],
    ["sparse", "sentence_embedding", null, "sparse_embedding"],
  ])("describeModel() of %s", (model, model_type, id2label, task) => {
    const info = describeModel(MODELS[model], identity);
    expect(info).toMatchObject({
      model_id: "m",
      model_type,
      id2label,
      task,
      model_version: "1.2",
      model_digest: "ab",
    });
    expect(modelInfoSchema.parse(JSON.parse(JSON.stringify(info)))).toEqual(info);
  });

  test("describeModel() tells of classifiers nothing beyond the published fields and its own", () => {
    const published = ["model_id", "model_type", "id2label"];
    const own = ["task", "model_version", "model_digest"];
    for (const model of [MODELS.sequence, MODELS.reranking]) {
      expect(Object.keys(describeModel(model, identity))).toEqual([...published, ...own]);
    }
    const tagger = describeModel(MODELS.token, identity);
    expect(Object.keys(tagger)).toEqual([...published, ...own, "entity_labels"]);
    expect(tagger.entity_labels).toEqual(["PER"]);
  });

  test("weightsIdentity() gives the digest of the graph, which describeModel() tells", () => {
    const weights = { sha256: Uint8Array.of(0xab, 0x01) };
    const stated = weightsIdentity(create(EncoderfileManifestSchema, { weights }));
    expect(stated).toEqual({ weightsSha256: "ab01" });
    const info = describeModel(MODELS.reranking, { ...identity, ...stated });
    expect(info.weights_sha256).toBe("ab01");
    expect(modelInfoSchema.parse(JSON.parse(JSON.stringify(info)))).toEqual(info);
    for (const init of [{}, { weights: {} }]) {
      expect(weightsIdentity(create(EncoderfileManifestSchema, init))).toEqual({});
    }
  });

  test("describeModel() tells how far rounded weights moved the answers", () => {
    const quality = { texts: 64, meanCosine: 0.9981, minCosine: 0.9871 };
    const quantization = { recipe: "int8", layers: ["a", "b"], quality };
    const model = create(ModelSchema, { task: Task.SENTENCE_EMBEDDING, width: 2, quantization });
    const info = describeModel(model, identity);
    expect(info.quantization).toEqual({
      ...{ recipe: "int8", layers: 2, calibration_texts: 64 },
      ...{ mean_cosine: 0.9981, min_cosine: 0.9871 },
    });
    expect(modelInfoSchema.parse(JSON.parse(JSON.stringify(info)))).toEqual(info);
    const bare = create(ModelSchema, { task: Task.EMBEDDING, quantization: { recipe: "r" } });
    expect(describeModel(bare, identity).quantization).toEqual({
      ...{ recipe: "r", layers: 0, calibration_texts: 0 },
    });
  });

  test("describeModel() tells how a classifier's scores are made", () => {
    const fields = { task: Task.SEQUENCE_CLASSIFICATION, width: 2, labels: ["a", "b"] };
    const model = create(ModelSchema, { ...fields, problemType: ProblemType.REGRESSION });
    expect(describeModel(model, identity).problem_type).toBe("regression");
  });

  const prompts = [
    create(PromptSchema, { name: "query", text: "query: " }),
    create(PromptSchema, { name: "none", text: "" }),
  ];

  test.each<[string, Model, object]>([
    [
      "a sentence embedder with everything",
      create(ModelSchema, {
        task: Task.SENTENCE_EMBEDDING,
        width: 768,
        pooling: [Pooling.CLS, Pooling.MEAN_SQRT_LEN],
        normalize: true,
        dimensions: [64, 128],
        similarity: Similarity.DOT,
        prompts,
        defaultPrompt: "query",
        tokenizer: { maxLength: 512 },
      }),
      {
        max_length: 512,
        dimensions: { width: 768, sizes: [64, 128] },
        pooling: ["cls", "mean_sqrt_len"],
        normalize: true,
        similarity: "dot",
        prompts: ["query", "none"],
        default_prompt: "query",
      },
    ],
    [
      "a token embedder",
      create(ModelSchema, { task: Task.EMBEDDING, width: 8 }),
      {
        dimensions: { width: 8, sizes: [] },
        normalize: false,
        prompts: [],
        default_prompt: null,
      },
    ],
    [
      "a sparse embedder",
      create(ModelSchema, {
        task: Task.SPARSE_EMBEDDING,
        width: 30_522,
        sparsePooling: SparsePooling.SPARSE_SUM,
      }),
      {
        dimensions: { width: 30_522, sizes: [] },
        pooling: ["sum"],
        prompts: [],
        default_prompt: null,
      },
    ],
    [
      "an entailment model",
      MODELS.entailment,
      { zero_shot: { hypothesis_template: "This example is {}." } },
    ],
  ])("describeModel() tells what clients of %s must know", (_, model, expected) => {
    const info = describeModel(model, identity);
    const { model_id, model_type, id2label, task, model_version, model_digest, ...added } = info;
    expect(added).toEqual(expected);
    expect(modelInfoSchema.parse(JSON.parse(JSON.stringify(info)))).toEqual(info);
  });

  test("describeModel() survives settings of later versions", () => {
    const model = create(ModelSchema, { task: Task.SENTENCE_EMBEDDING, pooling: [99 as Pooling] });
    expect(describeModel(model, identity).pooling).toEqual(["unknown"]);
  });

  test("describeModel() names the classes of a reranker that has two", () => {
    const model = modelOf({ task: Task.RERANKING, width: 2, labels: ["no", "yes"] });
    expect(describeModel(model, identity).id2label).toEqual({ 0: "no", 1: "yes" });
  });

  test("describeLimits() tells every limit on a request and the model's tokens", () => {
    const model = create(ModelSchema, { tokenizer: { maxLength: 512 } });
    const info = describeLimits(LIMITS, model);
    expect(info).toEqual({
      inputs_per_request: 2048,
      characters_per_input: 250_000,
      characters_per_prompt: 10_000,
      tokens_per_input: 512,
      texts_per_rerank: 1000,
      metadata_entries: 256,
      labels_per_request: 1000,
    });
    expect(limitsInfoSchema.parse(info)).toEqual(info);
    expect(Object.keys(info)).toHaveLength(Object.keys(LIMITS).length + 1);
    expect(describeLimits(LIMITS, modelOf({})).tokens_per_input).toBe(0);
  });

  test("describeModel() refuses a model of no known task with TASK_UNKNOWN", () => {
    expect(errorOf(() => describeModel(modelOf({}), identity)).code).toBe("TASK_UNKNOWN");
    expect(Object.keys(TASKS)).toHaveLength(6);
  });
});
