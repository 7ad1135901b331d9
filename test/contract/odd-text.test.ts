// Texts no person writes: halves of surrogate pairs, and far too many characters.
import { describe, expect, test } from "bun:test";
import type { OperationId } from "../../src/contract/index.ts";
import { taggedAnswer } from "../task/answer.ts";
import { errorOf, type MODELS, prepare, respond } from "./context.ts";

type Model = keyof typeof MODELS;

const HALF = JSON.parse('"\\ud800"') as string;

describe("odd texts", () => {
  test.each<[OperationId, Model, object, object]>([
    ["embed", "sentence", { inputs: `a${HALF}b` }, { text: "a\ufffdb" }],
    ["predict", "sequence", { inputs: [[HALF, "\udc00"]] }, { text: "\ufffd", pair: "\ufffd" }],
    ["classify", "token", { inputs: [HALF] }, { text: "\ufffd" }],
    ["rerank", "reranking", { query: HALF, texts: [HALF] }, { text: "\ufffd", pair: "\ufffd" }],
    [
      "classify",
      "entailment",
      { inputs: HALF, candidate_labels: HALF, hypothesis_template: `{}${HALF}` },
      { text: "\ufffd", pair: "\ufffd\ufffd" },
    ],
    ["redact", "token", { inputs: "😀" }, { text: "😀" }],
  ])("%s of %s takes half of a surrogate pair for U+FFFD", (id, model, body, input) => {
    expect(prepare(id, body, model).inputs).toEqual([input as { text: string }]);
  });

  test.each([
    ["codepoint", 1, 2],
    ["utf16", 1, 2],
    ["byte", 3, 4],
  ])("half of a surrogate pair counts as one character in units of %s", (offsets, start, end) => {
    const body = { inputs: `${HALF}x`, offsets };
    const [input] = prepare("predict", body, "embedding").inputs;
    const answer = taggedAnswer(input ?? { text: "" }, [{ id: 5, span: [1, 2], row: [1, 2] }]);
    expect(respond("predict", { body, model: "embedding" }, [answer])).toMatchObject({
      results: [{ embeddings: [{ token_info: { start, end } }] }],
    });
  });

  const huge = "x".repeat(10_000_000);

  test.each<[OperationId, Model, object, string]>([
    ["embed", "sentence", { inputs: huge }, "inputs"],
    ["embed_sparse", "sparse", { inputs: [huge] }, "inputs[0]"],
    ["predict", "sequence", { inputs: ["a", ["b", huge]] }, "inputs[1][1]"],
    ["classify", "entailment", { inputs: huge, candidate_labels: "a" }, "inputs"],
    ["classify", "entailment", { inputs: "a", candidate_labels: huge }, "candidate_labels"],
    ["rerank", "reranking", { query: "q", texts: [huge] }, "texts[0]"],
    ["redact", "token", { inputs: huge }, "inputs"],
    ["embed", "sentence", { inputs: "a", prompt: huge }, "prompt"],
  ])("%s of %s refuses 10 MB in one text without repeating it", (id, model, body, path) => {
    const error = errorOf(() => prepare(id, body, model));
    expect([error.code, error.detail["path"]]).toEqual(["REQUEST_INVALID", path]);
    expect(error.message.length).toBeLessThan(400);
    expect(error.message).toContain("a string of 10000000 characters");
  });
});
