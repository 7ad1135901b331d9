// Hugging Face's pipelines: what its clients expect of one text and of several.
import { describe, expect, test } from "bun:test";
import { answerOf } from "../task/answer.ts";
import { errorOf, prepare, respond } from "./context.ts";

const answers = [answerOf([[0, 0]]), answerOf([[-100, 100]])];
const ranked = [
  { score: 1, label: "good" },
  { score: 0, label: "bad" },
];
const even = [
  { score: 0.5, label: "bad" },
  { score: 0.5, label: "good" },
];

describe("pipelineSequence()", () => {
  test("gives a list of labels per text, even for one", () => {
    const one = { body: { inputs: "a" }, model: "sequence" } as const;
    expect(respond("pipeline", one, answers.slice(1))).toEqual([ranked]);
    const two = { body: { inputs: ["a", "b"] }, model: "sequence" } as const;
    expect(respond("pipeline", two, answers)).toEqual([even, ranked]);
    expect(prepare("pipeline", two.body, "sequence").inputs).toEqual([
      { text: "a" },
      { text: "b" },
    ]);
  });

  test("obeys its parameters", () => {
    const parameters = { top_k: 1, function_to_apply: "none" };
    const body = { inputs: "a", parameters };
    expect(respond("pipeline", { body, model: "sequence" }, answers.slice(1))).toEqual([
      [{ score: 100, label: "good" }],
    ]);
    const threshold = { inputs: "a", parameters: { threshold: 2 } };
    expect(errorOf(() => prepare("pipeline", threshold, "sequence")).detail["path"]).toBe(
      "threshold",
    );
  });

  test("labels with the request's own words", () => {
    const body = { inputs: "a", parameters: { candidate_labels: ["x"] } };
    expect(prepare("pipeline", body, "entailment").inputs).toEqual([
      { text: "a", pair: "This example is x." },
    ]);
  });
});

test("pipeline of the other tasks is that of their routes", () => {
  expect(
    respond("pipeline", { body: { inputs: "a" }, model: "sentence" }, [answerOf([[1, 0]])]),
  ).toEqual([[1, 0]]);
  expect(prepare("pipeline", { inputs: "a" }, "token").inputs).toEqual([{ text: "a" }]);
});
