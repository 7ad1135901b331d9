// Labels of the caller's own, tried by a model for natural language inference.
import { describe, expect, test } from "bun:test";
import { LIMITS } from "../../src/contract/index.ts";
import type { Answer } from "../../src/task/index.ts";
import { answerOf } from "../task/answer.ts";
import { errorOf, prepare, respond } from "./context.ts";

// contradiction, neutral, entailment
const logits = (opposing: number, supporting: number) => answerOf([[opposing, 9, supporting]]);
const LN3 = Math.log(3);
const f32 = Math.fround;

function ask(body: object, answers: readonly Answer[]): unknown {
  return respond("classify", { body, model: "entailment" }, answers);
}

describe("classify with candidate_labels", () => {
  test.each<[string, object]>([
    ["a list", { candidate_labels: ["fun", "work"] }],
    ["one string", { candidate_labels: " fun ,work,," }],
    ["parameters", { parameters: { candidate_labels: ["fun", "work"] } }],
    ["the default template, null", { candidate_labels: "fun,work", hypothesis_template: null }],
  ])("classify takes candidate labels as %s", (_, options) => {
    const { inputs, options: run } = prepare(
      "classify",
      { inputs: "hi", ...options },
      "entailment",
    );
    expect(inputs).toEqual([
      { text: "hi", pair: "This example is fun." },
      { text: "hi", pair: "This example is work." },
    ]);
    expect(run).toEqual({ truncateStrategy: "only_first", inputsPerItem: 2 });
  });

  test("classify asks of each text about each label, in the sentence it is given", () => {
    const body = {
      inputs: ["a", "b"],
      candidate_labels: ["$&", "{}"],
      hypothesis_template: "So {}!",
      truncate: false,
    };
    const prepared = prepare("classify", body, "entailment");
    expect(prepared.inputs.map(({ text, pair }) => [text, pair])).toEqual([
      ["a", "So $&!"],
      ["a", "So {}!"],
      ["b", "So $&!"],
      ["b", "So {}!"],
    ]);
    expect(prepared.options).toEqual({
      ...{ truncate: false, truncateStrategy: "only_first" },
      inputsPerItem: 2,
    });
  });

  test("classify answers one text bare, labels by falling score that sums to 1", () => {
    const body = { inputs: "hi", candidate_labels: ["fun", "work"] };
    expect(ask(body, [logits(5, 0), logits(-5, LN3)])).toEqual({
      sequence: "hi",
      labels: ["work", "fun"],
      scores: [0.75, 0.25],
    });
  });

  test("classify answers a list with a list, equal labels in the order of the request", () => {
    const body = { inputs: ["hi"], candidate_labels: ["fun", "work"] };
    expect(ask(body, [logits(0, 1), logits(0, 1)])).toEqual([
      { sequence: "hi", labels: ["fun", "work"], scores: [0.5, 0.5] },
    ]);
  });

  test.each<[string, object]>([
    ["multi_label", { candidate_labels: ["fun", "work"], multi_label: true }],
    ["parameters", { parameters: { candidate_labels: ["fun", "work"], multi_label: true } }],
  ])("classify with %s holds entailment against contradiction, each by itself", (_, options) => {
    expect(ask({ inputs: "hi", ...options }, [logits(0, LN3), logits(LN3, 0)])).toEqual({
      sequence: "hi",
      labels: ["fun", "work"],
      scores: [0.75, 0.25],
    });
  });

  test("classify judges a single label by itself", () => {
    expect(ask({ inputs: "hi", candidate_labels: "fun" }, [logits(0, LN3)])).toEqual({
      sequence: "hi",
      labels: ["fun"],
      scores: [0.75],
    });
  });

  test("classify without candidate labels has the model's own", () => {
    expect(ask({ inputs: "hi", top_k: 1 }, [answerOf([[0, 0, 0]])])).toEqual([
      { score: f32(1 / 3), label: "contradiction" },
    ]);
  });

  test("classify counts a text as cut once, however many labels it was asked about", () => {
    const cut = logits(0, 1);
    const answers = [cut, cut, logits(0, 1), logits(0, 1)];
    const marked = answers.map((answer, index) =>
      index < 2 ? { ...answer, encoding: { ...answer.encoding, truncated: true } } : answer,
    );
    const body = { inputs: ["a", "b"], candidate_labels: ["x", "y"] };
    const prepared = prepare("classify", body, "entailment");
    expect(prepared.countTruncated(marked)).toBe(1);
    expect(prepared.countTruncated(answers)).toBe(0);
  });

  test.each<[string, object, string, string, string]>([
    [
      "no label",
      { candidate_labels: [] },
      "REQUEST_EMPTY",
      "candidate_labels",
      '"candidate_labels" is an array of 0 where an array of at least 1 item is expected',
    ],
    [
      "no label between commas",
      { candidate_labels: " , " },
      "REQUEST_INVALID",
      "candidate_labels",
      '"candidate_labels" is " , " where a string of 1 to 1000 labels with commas between them is ' +
        "expected",
    ],
    [
      "an empty label",
      { candidate_labels: ["a", ""] },
      "REQUEST_INVALID",
      "candidate_labels[1]",
      '"candidate_labels[1]" is "" where a string of at least 1 character is expected',
    ],
    [
      "1,001 labels",
      { parameters: { candidate_labels: new Array(1001).fill("x") } },
      "REQUEST_INVALID",
      "parameters.candidate_labels",
      '"parameters.candidate_labels" is an array of 1001 where an array of at most 1000 items is ' +
        "expected",
    ],
    [
      "1,001 labels in a string",
      { candidate_labels: new Array(1001).fill("x").join() },
      "REQUEST_INVALID",
      "candidate_labels",
      '"candidate_labels" is a string of 2001 characters where a string of 1 to 1000 labels with ' +
        "commas between them is expected",
    ],
    ...["This is x.", "{} or {}", "{{x}} {}", "{x}"].map(
      (template): [string, object, string, string, string] => [
        `the template ${template}`,
        { candidate_labels: "x", hypothesis_template: template },
        "REQUEST_INVALID",
        "hypothesis_template",
        `"hypothesis_template" is "${template}" where a sentence with one "{}" for the label and ` +
          "no other brace is expected",
      ],
    ),
    [
      "a template alone",
      { hypothesis_template: "{}" },
      "REQUEST_INVALID",
      "candidate_labels",
      '"candidate_labels" is missing where a string or an array of labels is expected',
    ],
    [
      "null labels",
      { candidate_labels: null },
      "REQUEST_INVALID",
      "candidate_labels",
      '"candidate_labels" is null where a string or an array of labels is expected',
    ],
    [
      "options of other requests",
      { candidate_labels: "x", top_k: 1 },
      "REQUEST_INVALID",
      "top_k",
      '"top_k" is none of the fields inputs, candidate_labels, hypothesis_template, multi_label, ' +
        "truncate, truncation_direction, parameters: leave it out",
    ],
    [
      "an option that is no switch",
      { candidate_labels: "x", multi_label: "yes" },
      "REQUEST_INVALID",
      "multi_label",
      '"multi_label" is "yes" where true or false is expected',
    ],
  ])("classify refuses %s", (_, options, code, path, sentence) => {
    const error = errorOf(() => prepare("classify", { inputs: "a", ...options }, "entailment"));
    expect(error.message).toBe(`Cannot read the request as ${sentence}`);
    expect([error.code, error.detail["path"]] as unknown[]).toEqual([code, path]);
  });

  test.each([
    ["a label", { candidate_labels: ["x", "y".repeat(10_000)] }, 10_017],
    [
      "a label in a long template",
      { candidate_labels: ["xyz"], hypothesis_template: `${"y".repeat(9998)}{}` },
      10_001,
    ],
    ["a label in a string", { candidate_labels: "x".repeat(200_000) }, 200_017],
  ])("classify refuses %s that makes too long a sentence", (_, options, length) => {
    const error = errorOf(() => prepare("classify", { inputs: "a", ...options }, "entailment"));
    expect([error.code, error.detail["path"]]).toEqual(["REQUEST_INVALID", "candidate_labels"]);
    expect(error.detail["expected"]).toBe(
      "labels of which the template makes sentences of at most 10000 characters " +
        `(and not of ${length})`,
    );
  });

  test("classify counts texts times labels against the inputs of a request", () => {
    const ask = (texts: number) => ({
      inputs: new Array(texts).fill("a"),
      candidate_labels: new Array(1000).fill("x"),
    });
    expect(prepare("classify", ask(2), "entailment").inputs).toHaveLength(2000);
    const error = errorOf(() => prepare("classify", ask(3), "entailment"));
    expect(error.message).toBe(
      'Cannot read the request as "candidate_labels" is an array of 1000 where an array of at ' +
        `most 682 items for 3 texts (each text is asked about each label, ` +
        `${LIMITS.inputsPerRequest} times in one request) is expected`,
    );
  });

  test("classify with candidate labels refuses infinity's field", () => {
    const error = errorOf(() =>
      prepare("classify", { input: ["a"], candidate_labels: "x" }, "entailment"),
    );
    expect([error.code, error.detail["path"]]).toEqual(["REQUEST_INVALID", "input"]);
    expect(error.message).toContain('did you mean "inputs"?');
  });

  test.each(["sequence", "reranking"] as const)(
    "classify with candidate labels refuses a model for %s with TASK_MISMATCH",
    (model) => {
      const body = { inputs: "a", candidate_labels: ["x"] };
      const error = errorOf(() => prepare("classify", body, model));
      expect(error.code).toBe("TASK_MISMATCH");
      if (model !== "sequence") return;
      expect(error.message).toBe(
        "Cannot try candidate_labels as the labels of this model are bad, good where entailment " +
          "and contradiction are expected: leave candidate_labels out, or use a model for natural " +
          "language inference",
      );
    },
  );
});
