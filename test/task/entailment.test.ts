// Labels of the request, scored by what transformers' zero-shot pipeline computes of the logits.
import { describe, expect, test } from "bun:test";
import { create } from "@bufbuild/protobuf";
import { AssertionError, isCodedError } from "../../src/error/index.ts";
import { EntailmentSchema } from "../../src/gen/manifest_pb.ts";
import {
  findEntailment,
  HYPOTHESIS_TEMPLATE,
  hypothesisOf,
  isHypothesisTemplate,
  scoreCandidates,
  TASKS,
} from "../../src/task/index.ts";
import { answerOf, graphOf, modelOf } from "./answer.ts";

function nliModel(entailmentIndex: number, contradictionIndex: number, width = 3) {
  const hypothesisTemplate = HYPOTHESIS_TEMPLATE;
  const fields = { entailmentIndex, contradictionIndex, hypothesisTemplate };
  const labels = Array.from({ length: width }, (_, index) => `l${index}`);
  return modelOf({ width, labels, entailment: create(EntailmentSchema, fields) });
}

type Scored = readonly (readonly [label: string, score: number])[];

function expectScores(found: ReturnType<typeof scoreCandidates>, expected: Scored): void {
  expect(found.map(({ label }) => label)).toEqual(expected.map(([label]) => label));
  found.forEach(({ score }, place) => {
    expect(score).toBeCloseTo(expected[place]![1], 7);
  });
}

describe("findEntailment", () => {
  test.each<[string[], ReturnType<typeof findEntailment>]>([
    [["contradiction", "neutral", "entailment"], { entailmentIndex: 2, contradictionIndex: 0 }],
    [["entailment", "neutral", "contradiction"], { entailmentIndex: 0, contradictionIndex: 2 }],
    [["ENTAILMENT", "not_entailment"], { entailmentIndex: 0, contradictionIndex: 1 }],
    [["not_entailment", "Entails"], { entailmentIndex: 1, contradictionIndex: 0 }],
    // The first label is taken for the contradiction, whatever it is called.
    [["neutral", "entailment", "contradiction"], { entailmentIndex: 1, contradictionIndex: 0 }],
    [["x", "entail", "entailment"], { entailmentIndex: 1, contradictionIndex: 0 }],
    [["POSITIVE", "NEGATIVE"], undefined],
    [["not_entailment", "no entailment"], undefined],
    [["entailment"], undefined],
    [[], undefined],
  ])("findEntailment() in %j is %j", (labels, expected) => {
    expect(findEntailment(labels)).toEqual(expected);
  });
});

describe("hypothesisOf", () => {
  test.each([
    ["This example is {}.", "about politics", "This example is about politics."],
    ["{}", "", ""],
    // Neither "$&" nor "{}" in a label has a meaning.
    ["It is {}!", "$& {} $1", "It is $& {} $1!"],
  ])("hypothesisOf() puts into %p the label %p", (template, label, expected) => {
    expect(hypothesisOf(template, label)).toBe(expected);
  });

  test.each(["This is it", "{} or not {}", "{{}} {}"])(
    "hypothesisOf() has no use for %p as a template",
    (template) => {
      expect(() => hypothesisOf(template, "x")).toThrow(AssertionError);
    },
  );
});

describe("isHypothesisTemplate", () => {
  test.each([
    ["This example is {}.", true],
    ["{}", true],
    ["", false],
    ["This example", false],
    ["{} or not {}", false],
    ["{{x}} is {}", false],
    ["{{}}", false],
    ["{label} {}", false],
    ["} {}", false],
    ["{} {", false],
  ])("isHypothesisTemplate() of %p is %p", (text, expected) => {
    expect(isHypothesisTemplate(text)).toBe(expected);
  });
});

describe("scoreCandidates", () => {
  const answers = [
    [-1.5, 0.5, 2],
    [1, 0.25, -0.5],
    [0, 0, 1],
  ].map((logits) => answerOf([logits]));
  const labels = ["a", "b", "c"];

  test("scoreCandidates() is the softmax of the entailment of all labels", () => {
    // e^2, e^-0.5 and e^1 by their sum
    expectScores(scoreCandidates(answers, labels, nliModel(2, 0)), [
      ["a", 0.68967209],
      ["c", 0.25371618],
      ["b", 0.05661173],
    ]);
  });

  test("scoreCandidates() of many labels at once holds entailment against contradiction", () => {
    // e^2 / (e^2 + e^-1.5), e^1 / (e^1 + e^0), e^-0.5 / (e^-0.5 + e^1)
    expectScores(scoreCandidates(answers, labels, nliModel(2, 0), { multiLabel: true }), [
      ["a", 0.97068777],
      ["c", 0.73105858],
      ["b", 0.18242552],
    ]);
  });

  test("scoreCandidates() of one label is independent either way", () => {
    for (const multiLabel of [undefined, false, true]) {
      const found = scoreCandidates(answers.slice(1, 2), ["b"], nliModel(2, 0), { multiLabel });
      expectScores(found, [["b", 0.18242552]]);
    }
  });

  test("scoreCandidates() reads entailment that comes first", () => {
    const two = [
      [2, -1.5],
      [0.5, 1],
    ].map((logits) => answerOf([logits]));
    const model = nliModel(0, 1, 2);
    expectScores(scoreCandidates(two, ["x", "y"], model), [
      ["x", 0.81757448],
      ["y", 0.18242552],
    ]);
    expectScores(scoreCandidates(two, ["x", "y"], model, { multiLabel: true }), [
      ["x", 0.97068777],
      ["y", 0.37754067],
    ]);
  });

  test("scoreCandidates() keeps equals in the order of the request", () => {
    const equal = [1, 3, 1, 3].map((logit) => answerOf([[0, 0, logit]]));
    for (const multiLabel of [false, true]) {
      const found = scoreCandidates(equal, ["a", "b", "b", "a"], nliModel(2, 0), { multiLabel });
      expect(found.map(({ index }) => index)).toEqual([1, 3, 0, 2]);
    }
  });

  test("scoreCandidates() bears logits too large for e^x", () => {
    const large = [1000, 999].map((logit) => answerOf([[-1000, 0, logit]]));
    expectScores(scoreCandidates(large, ["a", "b"], nliModel(2, 0)), [
      ["a", 0.73105858],
      ["b", 0.26894142],
    ]);
  });

  test("scoreCandidates() of no label is empty", () => {
    expect(scoreCandidates([], [], nliModel(2, 0))).toEqual([]);
  });

  test("scoreCandidates() refuses NaN with TASK_OUTPUT_NOT_FINITE, wherever it is", () => {
    const broken = [answerOf([[0, 0, 1]]), answerOf([[0, Number.NaN, 1]])];
    expect(codeOf(() => scoreCandidates(broken, ["a", "b"], nliModel(2, 0)))).toBe(
      "TASK_OUTPUT_NOT_FINITE",
    );
  });

  test("scoreCandidates() refuses a file that names other logits with TASK_MISMATCH", () => {
    const model = nliModel(7, 0);
    expect(codeOf(() => scoreCandidates(answers, labels, model))).toBe("TASK_MISMATCH");
  });

  test("scoreCandidates() has no use for a model without entailment", () => {
    expect(() => scoreCandidates(answers, labels, modelOf({ width: 3 }))).toThrow(AssertionError);
    expect(() => scoreCandidates(answers, ["a"], nliModel(2, 0))).toThrow(AssertionError);
  });
});

describe("check of entailment", () => {
  const graph = graphOf([-1, 3]);
  const check = (model: ReturnType<typeof modelOf>) =>
    TASKS.sequence_classification
      .check(model, graph)
      .map(({ field, message }) => `${field}: ${message}`);

  test("sequence_classification.check() takes entailment that is in the graph", () => {
    expect(check(nliModel(2, 0))).toEqual([]);
    expect(check(modelOf({ width: 3, labels: ["a", "b", "c"] }))).toEqual([]);
  });

  test("sequence_classification.check() names every fault of entailment", () => {
    const hypothesisTemplate = "This example";
    const fields = { entailmentIndex: 3, contradictionIndex: 3, hypothesisTemplate };
    const entailment = create(EntailmentSchema, fields);
    expect(check(modelOf({ width: 3, labels: ["a", "b", "c"], entailment }))).toEqual([
      "entailment: found index 3: expected less than 3",
      "entailment: found index 3 for entailment and for contradiction: expected two labels",
      'hypothesis template: found "This example": expected one "{}" where the label goes and no ' +
        "other brace",
    ]);
  });
});

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    return isCodedError(error) ? error.code : String(error);
  }
  return undefined;
}
