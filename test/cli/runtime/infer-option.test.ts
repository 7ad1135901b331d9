// The options of `infer`: what they become in a request, and which do not fit a model or each other.
import { describe, expect, test } from "bun:test";
import { CommandInput } from "../../../src/cli/command.ts";
import { inferRequest } from "../../../src/cli/runtime/infer-request.ts";
import { LIMITS } from "../../../src/contract/index.ts";
import type { TaskId } from "../../../src/task/index.ts";
import { capturedOutput } from "../../helper/captured-output.ts";
import { thrownBy } from "../../helper/coded.ts";

type Options = Readonly<Record<string, unknown>>;

const request = (task: TaskId, options: Options) =>
  // `truncate` is true without --no-truncate.
  inferRequest(
    new CommandInput([], { truncate: true, ...options }, capturedOutput()),
    task,
    LIMITS,
  );

const refusal = (task: TaskId, options: Options) => {
  const { code, message } = thrownBy(() => request(task, options));
  expect(code).toBe("USAGE");
  return message;
};

describe("inferRequest()", () => {
  test.each<[TaskId, Options, string, object]>([
    ["sentence_embedding", {}, "predict", {}],
    ["sentence_embedding", { truncate: false }, "predict", { truncate: false }],
    [
      "sentence_embedding",
      { promptName: "query", dimensions: "64" },
      "predict",
      { prompt_name: "query", dimensions: 64 },
    ],
    ["embedding", { prompt: "" }, "predict", { prompt: "" }],
    ["sparse_embedding", { topK: "5", prompt: "q: " }, "predict", { top_k: 5, prompt: "q: " }],
    [
      "sequence_classification",
      { topK: "2", threshold: "-.5e-1" },
      "predict",
      { top_k: 2, threshold: -0.05 },
    ],
    [
      "sequence_classification",
      { candidateLabels: "a, b", hypothesisTemplate: "{}?", multiLabel: true },
      "classify",
      { candidate_labels: "a, b", hypothesis_template: "{}?", multi_label: true },
    ],
    [
      "token_classification",
      { aggregation: "max", threshold: "0.5", stride: "0" },
      "predict",
      { aggregation_strategy: "max", threshold: 0.5, stride: 0 },
    ],
    [
      "token_classification",
      { redact: true, threshold: "1", aggregation: "first" },
      "redact",
      { threshold: 1, aggregation_strategy: "first" },
    ],
    [
      "token_classification",
      { redact: true, redactLabels: "PER, LOC", replacement: "<{label}>", offsets: "byte" },
      "redact",
      { labels: ["PER", "LOC"], replacement: "<{label}>", offsets: "byte" },
    ],
  ])("inferRequest() for %s with %j asks to %s with %j", (task, options, operation, fields) => {
    const { operation: asked, toBody } = request(task, options);
    expect(asked as string).toBe(operation);
    expect(toBody(["x", "y"])).toEqual({ inputs: ["x", "y"], ...fields });
  });

  test("inferRequest() pairs texts and ranks them with their options", () => {
    const pairs = request("sequence_classification", { pair: true, topK: "1" });
    expect(pairs.toBody(["a\tb"])).toEqual({ inputs: [["a", "b"]], top_k: 1 });
    const ranked = request("reranking", { query: "q", truncate: false });
    expect(ranked.toBody(["a"])).toEqual({ query: "q", texts: ["a"], truncate: false });
  });

  test.each([
    ["a", 256],
    ["a,b,c,d,e,f,g,h,i", Math.floor(LIMITS.inputsPerRequest / 9)],
    [new Array(1000).fill("x").join(), 2],
    [new Array(9000).fill("x").join(), 1],
  ])("inferRequest() asks about as many texts at once as labels allow", (labels, expected) => {
    const { textsAtOnce } = request("sequence_classification", { candidateLabels: labels });
    expect(textsAtOnce).toBe(expected);
  });

  test.each<[TaskId, Options, string]>([
    ["reranking", { promptName: "q" }, "--prompt-name as it is for models of the task"],
    ["token_classification", { prompt: "" }, "--prompt as it is for models of the task"],
    ["embedding", { dimensions: "3" }, "--dimensions as it is for models of the task"],
    ["sentence_embedding", { topK: "3" }, "--top-k as it is for models of the task"],
    ["sparse_embedding", { threshold: "0" }, "--threshold as it is for models of the task"],
    ["sentence_embedding", { redact: true }, "task token_classification: this one does sentence"],
    ["sequence_classification", { stride: "1" }, "--stride as it is for models of the task"],
    ["token_classification", { candidateLabels: "a" }, "--candidate-labels as it is for models"],
    ["sequence_classification", { multiLabel: true }, "--multi-label as it means nothing without"],
    [
      "sequence_classification",
      { hypothesisTemplate: "{}" },
      "--hypothesis-template as it means nothing without --candidate-labels",
    ],
    [
      "sequence_classification",
      { candidateLabels: "a", topK: "1" },
      "--top-k together with --candidate-labels",
    ],
    [
      "sequence_classification",
      { candidateLabels: "a", pair: true },
      "--candidate-labels together with --pair",
    ],
    ["sentence_embedding", { prompt: "", promptName: "q" }, "--prompt-name together with --prompt"],
    ["token_classification", { threshold: "0.5" }, "--threshold as it is for entities: add"],
    ["token_classification", { redact: true, truncate: false }, "which never cuts a text"],
    ["token_classification", { mask: "*" }, "--mask as it means nothing without --redact"],
    [
      "token_classification",
      { redact: true, mask: "*", replacement: "x" },
      "--replacement together with --mask",
    ],
    ["token_classification", { stride: "1", truncate: false }, "which reads no text in windows"],
    ["token_classification", { redact: true, aggregation: "none" }, "as entities must be whole"],
    ["sentence_embedding", { dimensions: "1.5" }, '"1.5" as --dimensions, which must be a whole'],
    ["sentence_embedding", { dimensions: "-1" }, "must be a whole number"],
    ["sentence_embedding", { dimensions: "" }, "must be a whole number"],
    ["sequence_classification", { threshold: "NaN" }, '"NaN" as --threshold, which must be a'],
    ["sequence_classification", { threshold: "" }, "must be a number"],
    ["sequence_classification", { threshold: "1e999" }, "must be a number"],
    ["sequence_classification", { threshold: "Infinity" }, "must be a number"],
    ["reranking", {}, "give it with --query"],
  ])("inferRequest() for %s with %j is refused", (task, options, expected) => {
    expect(refusal(task, options)).toContain(expected);
  });

  test.each<[TaskId, Options]>([
    ["sentence_embedding", { prompt: "\ufffd" }],
    ["sequence_classification", { candidateLabels: "a,\ufffd" }],
    ["reranking", { query: "\ufffd" }],
  ])("inferRequest() for %s refuses arguments that were no UTF-8: %j", (task, options) => {
    expect(thrownBy(() => request(task, options)).code).toBe("CLI_INPUT_INVALID");
  });
});
