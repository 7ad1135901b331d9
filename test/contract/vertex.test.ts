// Bodies of several requests, as Vertex AI sends them, and vLLM's classification.
import { describe, expect, test } from "bun:test";
import { LIMITS } from "../../src/contract/index.ts";
import type { Answer } from "../../src/task/index.ts";
import { answerOf } from "../task/answer.ts";
import { errorOf, prepare, respond } from "./context.ts";

const vectors = [answerOf([[1, 0]]), answerOf([[0, 1]]), answerOf([[3, 4]])];

function cut(answer: Answer): Answer {
  return { ...answer, encoding: { ...answer.encoding, truncated: true } };
}

describe("forInstances()", () => {
  const body = { instances: [{ inputs: "a" }, { inputs: ["b", "c"], normalize: false }] };

  test("answers each instance as its own request", () => {
    expect(prepare("vertex", body, "sentence").inputs.map(({ text }) => text)).toEqual([
      "a",
      "b",
      "c",
    ]);
    expect(respond("vertex", { body, model: "sentence" }, vectors)).toEqual({
      predictions: [
        [[1, 0]],
        [
          [0, 1],
          [3, 4],
        ],
      ],
    });
  });

  test("counts what was cut of all", () => {
    const { countTruncated } = prepare("vertex", body, "sentence");
    expect(countTruncated([cut(vectors[0]!), vectors[1]!, cut(vectors[2]!)])).toBe(2);
  });

  test("runs them with the options they share", () => {
    const one = { inputs: "a", truncate: false };
    const options = { truncate: false };
    expect(prepare("vertex", { instances: [one, one] }, "sentence").options).toEqual(options);
  });

  test("ranks each instance by itself", () => {
    const instance = { query: "q", texts: ["a", "b"] };
    const answers = [-1, 1, 2, 0].map((logit) => answerOf([[logit]]));
    const ranked = { body: { instances: [instance, instance] }, model: "reranking" } as const;
    expect(respond("vertex", ranked, answers)).toMatchObject({
      predictions: [
        [{ index: 1 }, { index: 0 }],
        [{ index: 0 }, { index: 1 }],
      ],
    });
  });

  const max = LIMITS.inputsPerRequest;

  test.each<[string, object, string, string]>([
    ["none", { instances: [] }, "instances", "at least 1 item"],
    ["no list", { instances: {} }, "instances", "an object where an array"],
    ["too many", { instances: Array(max + 1).fill({ inputs: "a" }) }, "instances", "at most 2048"],
    [
      "too many in one",
      { instances: [{ inputs: "a" }, { inputs: Array(max).fill("a") }] },
      "instances[1]",
      "at most 2048 inputs in all",
    ],
    ["no object", { instances: [{ inputs: "a" }, 1] }, "instances[1]", "1 where an object"],
    [
      "a fault",
      { instances: [{ inputs: "a" }, { inputs: [null] }] },
      "instances[1].inputs[0]",
      "is null",
    ],
    [
      "other options",
      { instances: [{ inputs: "a" }, { inputs: "a", truncate: true }] },
      "instances[1]",
      "says the same of truncation",
    ],
  ])("refuses %s", (_, wrong, path, sentence) => {
    const error = errorOf(() => prepare("vertex", wrong, "sentence"));
    expect(error.message).toContain(sentence);
    expect(error.detail["path"]).toBe(path);
  });
});

describe("classifyVllm()", () => {
  const logits = [answerOf([[0, 0]]), answerOf([[-100, 100]])];

  test("answers in vLLM's shape where a request has its fields", () => {
    const body = { model: "any", input: ["a", "b"], use_activation: true };
    expect(respond("classify", { body, model: "sequence" }, logits)).toEqual({
      id: "request-1",
      object: "list",
      created: 1_700_000_000,
      model: "my-model",
      data: [
        { index: 0, label: "bad", probs: [0.5, 0.5], num_classes: 2 },
        { index: 1, label: "good", probs: [0, 1], num_classes: 2 },
      ],
      usage: { prompt_tokens: 0, total_tokens: 0 },
    });
  });

  test.each([[{ use_activation: false }], [{ activation: false }]])(
    "gives logits to %j",
    (fields) => {
      const body = { input: "a", ...fields };
      expect(respond("classify", { body, model: "sequence" }, logits.slice(1))).toMatchObject({
        data: [{ probs: [-100, 100], label: "good" }],
      });
    },
  );

  test("a request without them is infinity's", () => {
    const body = { input: ["a"] };
    expect(respond("classify", { body, model: "sequence" }, logits.slice(0, 1))).toMatchObject({
      object: "classify",
    });
  });
});
