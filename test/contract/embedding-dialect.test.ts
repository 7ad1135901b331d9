// Vectors in the dialects of OpenAI, Ollama and TEI: what is asked of the engine, and answers that their
// schemas describe.
import { describe, expect, test } from "bun:test";
import { create } from "@bufbuild/protobuf";
import { describeForTei, ollamaName, teiInfoSchema } from "../../src/contract/index.ts";
import { PromptSchema, QuantizationSchema } from "../../src/gen/manifest_pb.ts";
import { answerOf, graphOf, modelOf, Pooling, Task } from "../task/answer.ts";
import { MODELS, prepare, respond } from "./context.ts";

const TOKENS = [{ id: 1 }, { id: 3, span: [0, 1] as const }, { id: 2 }];
const answers = [answerOf([[3, 4]], TOKENS), answerOf([[0, 2]], TOKENS)];

/** A model of two dimensions with a default prompt. */
const PROMPTED = {
  task: Task.SENTENCE_EMBEDDING,
  width: 2,
  pooling: [Pooling.MEAN],
  prompts: [create(PromptSchema, { name: "query", text: "q: " })],
  defaultPrompt: "query",
};

describe("openai_embeddings", () => {
  test("openaiEmbeddings() answers unit vectors, in their order, with the tokens they cost", () => {
    const body = { input: ["a", "b"], model: "whatever" };
    expect(respond("openai_embeddings", { body, model: "sentence" }, answers)).toEqual({
      object: "list",
      data: [
        { object: "embedding", index: 0, embedding: [0.6000000238418579, 0.800000011920929] },
        { object: "embedding", index: 1, embedding: [0, 1] },
      ],
      model: "my-model",
      usage: { prompt_tokens: 6, total_tokens: 6 },
    });
  });

  test("openaiEmbeddings() packs float32 numbers, cut ones as well", () => {
    const body = { input: ["a", "b"], encoding_format: "base64", dimensions: 1 };
    const { data } = respond("openai_embeddings", { body, model: "sentence" }, answers) as {
      data: { embedding: string }[];
    };
    // 1.0 and 0.0, little-endian: after the cut each vector has length 1 again.
    expect(data.map(({ embedding }) => embedding)).toEqual(["AACAPw==", "AAAAAA=="]);
  });

  test("openaiEmbeddings() gives texts the model's default prompt, and takes null for what is absent", () => {
    const body = { input: "a", encoding_format: null, dimensions: null, user: null };
    const { inputs, options } = prepare("openai_embeddings", body, PROMPTED);
    expect(inputs).toEqual([{ text: "a", prompt: "q: " }]);
    expect(options).toEqual({});
  });
});

describe("ollama", () => {
  test("ollamaEmbed() answers unit vectors and the tokens they cost", () => {
    const body = { model: "m", input: ["a", "b"], truncate: null };
    const { total_duration, ...rest } = respond(
      "ollama_embed",
      { body, model: "sentence" },
      answers,
    ) as Record<string, unknown>;
    expect(rest).toMatchObject({ model: "my-model", load_duration: 0, prompt_eval_count: 6 });
    expect(total_duration).toBe(0);
  });

  test("ollamaEmbed() cuts unless told otherwise", () => {
    const truncate = (body: object) => prepare("ollama_embed", body, "sentence").options.truncate;
    expect(truncate({ input: "a" })).toBe(true);
    expect(truncate({ input: "a", truncate: false })).toBe(false);
  });

  test("ollamaEmbed() gives texts the model's default prompt", () => {
    expect(prepare("ollama_embed", { input: "a" }, PROMPTED).inputs).toEqual([
      { text: "a", prompt: "q: " },
    ]);
    expect(prepare("ollama_embeddings", { prompt: "a" }, PROMPTED).inputs).toHaveLength(1);
  });

  test("ollamaEmbeddings() answers one vector", () => {
    const body = { model: "m", prompt: "b" };
    expect(respond("ollama_embeddings", { body, model: "sentence" }, answers.slice(1))).toEqual({
      embedding: [0, 1],
    });
  });

  test("ollamaName() has a tag, and only one", () => {
    expect(["a", "a:7b"].map(ollamaName)).toEqual(["a:latest", "a:7b"]);
  });
});

describe("similarity", () => {
  test("similarity() is the cosine with each sentence", () => {
    const body = { inputs: { source_sentence: "a", sentences: ["b"] } };
    const [only] = respond("similarity", { body, model: "sentence" }, answers) as number[];
    expect(only).toBeCloseTo(0.8, 6);
  });

  test("similarity() takes options at the top level and in parameters", () => {
    const inputs = { source_sentence: "a", sentences: ["b"] };
    const parameters = { truncate: false, truncation_direction: "Left", prompt_name: "query" };
    for (const body of [
      { inputs, parameters },
      { inputs, ...parameters },
    ]) {
      const prepared = prepare("similarity", body, PROMPTED);
      expect(prepared.inputs.map(({ prompt }) => prompt)).toEqual(["q: ", "q: "]);
      expect(prepared.options).toEqual({ truncate: false, truncateSide: "left" });
    }
  });
});

describe("describeForTei()", () => {
  const about = {
    modelId: "m",
    revision: "",
    modelDigest: "ab",
    version: "1.2.3",
    requestsMax: 1,
    inputsPerRequest: 2,
    batchTokensMax: 3,
    batchInputsMax: 4,
  };

  test.each([
    ["embedding", { embedding: { pooling: "none" } }],
    ["sentence", { embedding: { pooling: "mean" } }],
    ["sparse", { embedding: { pooling: "splade" } }],
    [
      "sequence",
      { classifier: { id2label: { 0: "bad", 1: "good" }, label2id: { bad: 0, good: 1 } } },
    ],
    ["reranking", { reranker: { id2label: { 0: "LABEL_0" }, label2id: { LABEL_0: 0 } } }],
  ] as const)("describes a model for %s", (model, model_type) => {
    const info = describeForTei(MODELS[model], about);
    expect(info).toMatchObject({ model_sha: "ab", model_type });
    expect(teiInfoSchema.safeParse(info).error).toBeUndefined();
  });

  test("tells the digest of the graph where the file states it", () => {
    const info = describeForTei(MODELS.sentence, { ...about, weightsSha256: "cd" });
    expect(info.weights_sha256).toBe("cd");
    expect(teiInfoSchema.safeParse(info).error).toBeUndefined();
    expect(describeForTei(MODELS.sentence, about)).not.toHaveProperty("weights_sha256");
  });

  test("tells how the builder rounded the weights", () => {
    const quality = { texts: 64, agreement: 0.9948 };
    const quantization = create(QuantizationSchema, { recipe: "int8", layers: ["a"], quality });
    const model = modelOf({ task: Task.SENTENCE_EMBEDDING, quantization });
    const info = describeForTei(model, about);
    expect(info.quantization).toEqual({
      ...{ recipe: "int8", layers: 1, calibration_texts: 64, agreement: 0.9948 },
    });
    expect(teiInfoSchema.safeParse(info).error).toBeUndefined();
  });

  test("knows the commit, the type of the output and joined poolings where the file does", () => {
    const model = modelOf({
      task: Task.SENTENCE_EMBEDDING,
      pooling: [Pooling.CLS, Pooling.MAX],
      graph: graphOf([-1, 2], 10),
    });
    expect(describeForTei(model, { ...about, revision: "c0ffee" })).toMatchObject({
      model_sha: "c0ffee",
      model_dtype: "float16",
      model_type: { embedding: { pooling: "cls+max" } },
    });
  });
});
