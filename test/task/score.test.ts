// Scores of classes, of tokens and of documents, with numbers worked out by hand.
import { describe, expect, test } from "bun:test";
import { isCodedError } from "../../src/error/index.ts";
import {
  type Activation,
  activationOf,
  classify,
  labelOf,
  labelTokens,
  rankClasses,
  rankDocuments,
} from "../../src/task/index.ts";
import { randomVector, seededRandom } from "../helper/seeded-random.ts";
import { answerOf, modelOf, namesOf, ProblemType, taggedAnswer } from "./answer.ts";

const labels = ["a", "b", "c"];
const model = modelOf({ width: 3, labels });

describe("class-score", () => {
  test.each<[keyof typeof ProblemType, number, Activation]>([
    ["PROBLEM_TYPE_UNSPECIFIED", 2, "softmax"],
    ["PROBLEM_TYPE_UNSPECIFIED", 1, "sigmoid"],
    ["SINGLE_LABEL_CLASSIFICATION", 3, "softmax"],
    ["SINGLE_LABEL_CLASSIFICATION", 1, "sigmoid"],
    ["MULTI_LABEL_CLASSIFICATION", 3, "sigmoid"],
    ["MULTI_LABEL_CLASSIFICATION", 1, "sigmoid"],
    ["REGRESSION", 1, "none"],
    ["REGRESSION", 3, "none"],
  ])("activationOf() of %s with %p labels is %s", (problemType, width, expected) => {
    expect(activationOf(modelOf({ problemType: ProblemType[problemType], width }))).toBe(expected);
  });

  test("rankClasses() puts the highest first and equals in their order", () => {
    expect(rankClasses(Float32Array.of(0.25, 0.5, 0.25), model)).toEqual([
      { index: 1, label: "b", score: 0.5 },
      { index: 0, label: "a", score: 0.25 },
      { index: 2, label: "c", score: 0.25 },
    ]);
  });

  test.each([
    [1, 1],
    [2, 2],
    [9, 3],
  ])("rankClasses() gives of the top %p at most %p", (topK, count) => {
    expect(rankClasses(Float32Array.of(1, 2, 3), model, { topK })).toHaveLength(count);
  });

  test.each<[number, string[]]>([
    [0, ["b", "a", "c"]],
    [0.25, ["b", "a", "c"]],
    [0.26, ["b"]],
    [0.5, ["b"]],
    [0.51, []],
  ])("rankClasses() leaves out what scores below %p", (threshold, expected) => {
    const ranked = rankClasses(Float32Array.of(0.25, 0.5, 0.25), model, { threshold });
    expect(ranked.map(({ label }) => label)).toEqual(expected);
  });

  test("rankClasses() keeps to the threshold and to the top at once", () => {
    const scores = Float32Array.of(0.9, 0.1, 0.95);
    const labelsOf = (topK: number, threshold: number) =>
      rankClasses(scores, model, { topK, threshold }).map(({ label }) => label);
    expect(labelsOf(2, 0.5)).toEqual(["c", "a"]);
    expect(labelsOf(1, 0.5)).toEqual(["c"]);
    expect(labelsOf(3, 0.92)).toEqual(["c"]);
    expect(labelsOf(2, 0)).toEqual(["c", "a"]);
  });

  test("rankClasses() ranks numbers below zero where no threshold is given", () => {
    const ranked = rankClasses(Float32Array.of(-3, -1, -2), model);
    expect(ranked.map(({ score }) => score)).toEqual([-1, -2, -3]);
  });

  test("labelOf() makes up the names of transformers where there are none", () => {
    expect([labelOf(model, 1), labelOf(model, 7)]).toEqual(["b", "LABEL_7"]);
  });
});

describe("classify", () => {
  const answer = answerOf([[1, 3, 2]]);

  test.each<[keyof typeof ProblemType, number[]]>([
    ["SINGLE_LABEL_CLASSIFICATION", [0.09003057, 0.66524096, 0.24472847]],
    ["MULTI_LABEL_CLASSIFICATION", [0.73105858, 0.95257413, 0.88079708]],
    ["REGRESSION", [1, 3, 2]],
  ])("classify() scores %s", (problemType, expected) => {
    const result = classify(answer, { ...model, problemType: ProblemType[problemType] });
    expect(result.predictedIndex).toBe(1);
    expect([...result.logits]).toEqual([1, 3, 2]);
    result.scores.forEach((score, index) => {
      expect(score).toBeCloseTo(expected[index]!, 7);
    });
  });

  // What transformers' pipeline gives for these logits, whatever the model is told to be.
  test.each<[keyof typeof ProblemType, number[], number[]]>([
    // 1 / (1 + e^-0.5): one logit is a yes or no even where one label of many is meant.
    ["PROBLEM_TYPE_UNSPECIFIED", [0.5], [0.62245933]],
    ["SINGLE_LABEL_CLASSIFICATION", [0.5], [0.62245933]],
    ["MULTI_LABEL_CLASSIFICATION", [0.5], [0.62245933]],
    ["REGRESSION", [0.5], [0.5]],
    ["REGRESSION", [-2.5, 7], [-2.5, 7]],
    // e^2 / (e^2 + e^-1) and the rest
    ["PROBLEM_TYPE_UNSPECIFIED", [2, -1], [0.95257413, 0.04742587]],
    ["MULTI_LABEL_CLASSIFICATION", [2, -1], [0.88079708, 0.26894142]],
    // Too large for e^x.
    ["SINGLE_LABEL_CLASSIFICATION", [1000, 999], [0.73105858, 0.26894142]],
    ["MULTI_LABEL_CLASSIFICATION", [1000, -1000], [1, 0]],
  ])("classify() of %s scores the logits %j as %j", (problemType, logits, expected) => {
    const typed = modelOf({ width: logits.length, problemType: ProblemType[problemType] });
    const { scores } = classify(answerOf([logits]), typed);
    expect(scores).toHaveLength(expected.length);
    scores.forEach((score, index) => {
      expect(score).toBeCloseTo(expected[index]!, 7);
    });
  });

  test("classify() of a regression can be ranked from a threshold on", () => {
    const typed = modelOf({ width: 3, labels, problemType: ProblemType.REGRESSION });
    const { scores } = classify(answerOf([[-2.5, 7, 1]]), typed);
    const ranked = rankClasses(scores, typed, { topK: 2, threshold: -1 });
    expect(ranked).toEqual([
      { index: 1, label: "b", score: 7 },
      { index: 2, label: "c", score: 1 },
    ]);
  });

  test("classify() applies what it is told", () => {
    expect([...classify(answer, model, "none").scores]).toEqual([1, 3, 2]);
    expect(classify(answer, model, "sigmoid").scores[0]).toBeCloseTo(0.73105858, 7);
  });

  test("classify() refuses NaN with TASK_OUTPUT_NOT_FINITE", () => {
    let thrown: unknown;
    try {
      classify(answerOf([[1, Number.NaN, 0]]), model);
    } catch (error) {
      thrown = error;
    }
    expect(isCodedError(thrown, "TASK_OUTPUT_NOT_FINITE")).toBe(true);
  });
});

describe("token-classification", () => {
  test("labelTokens() gives each token its likeliest label, its score and all others", () => {
    const answer = taggedAnswer({ text: "ab" }, [
      { id: 3, span: [0, 1], row: [1, 3, 2] },
      { id: 4, span: [1, 2], row: [5, 0, 0] },
    ]);
    const tokenizer = namesOf(["x", "y"]);
    const tokens = labelTokens(answer, model, { tokenizer, unit: "codepoint" });
    expect(tokens.map(({ token, label }) => [token.token, label])).toEqual([
      ["x", "b"],
      ["y", "a"],
    ]);
    expect(tokens[0]?.score).toBeCloseTo(0.66524096, 7);
    expect(tokens[0]?.scores[0]).toBeCloseTo(0.09003057, 7);
    // e^5 / (e^5 + 2)
    expect(tokens[1]?.score).toBeCloseTo(0.98670329, 7);
  });
});

describe("reranking", () => {
  test("rankDocuments() of one logit is its sigmoid, the best first", () => {
    const answers = [[0], [2], [-2]].map((row) => answerOf([row]));
    const ranked = rankDocuments(answers);
    expect(ranked.map(({ index }) => index)).toEqual([1, 0, 2]);
    [0.88079708, 0.5, 0.11920292].forEach((score, place) => {
      expect(ranked[place]?.score).toBeCloseTo(score, 7);
    });
  });

  test("rankDocuments() of two logits is the softmax of the second", () => {
    const answers = [
      [1, 1],
      [0, 2],
      [5, 1],
    ].map((row) => answerOf([row]));
    const ranked = rankDocuments(answers);
    expect(ranked.map(({ index }) => index)).toEqual([1, 0, 2]);
    // e^2 / (1 + e^2), 1/2, e / (e^5 + e)
    [0.88079708, 0.5, 0.01798621].forEach((score, place) => {
      expect(ranked[place]?.score).toBeCloseTo(score, 7);
    });
    expect(rankDocuments(answers, { raw: true }).map(({ score }) => score)).toEqual([2, 0, -4]);
  });

  test("rankDocuments() raw gives the logits", () => {
    const answers = [[-1.5], [3]].map((row) => answerOf([row]));
    expect(rankDocuments(answers, { raw: true })).toEqual([
      { index: 1, score: 3 },
      { index: 0, score: -1.5 },
    ]);
  });

  test("rankDocuments() keeps equals in the order of the request", () => {
    const answers = [[1], [2], [1], [2]].map((row) => answerOf([row]));
    expect(rankDocuments(answers).map(({ index }) => index)).toEqual([1, 3, 0, 2]);
  });

  test("rankDocuments() tells logits apart whose sigmoid is 1 for both", () => {
    const answers = [[40], [80]].map((row) => answerOf([row]));
    expect(rankDocuments(answers)).toEqual([
      { index: 1, score: 1 },
      { index: 0, score: 1 },
    ]);
  });

  test("rankDocuments() is a permutation with falling scores, for 100 seeded requests", () => {
    const random = seededRandom(51);
    for (let round = 0; round < 100; round++) {
      const count = Math.floor(random() * 30);
      const width = random() < 0.5 ? 1 : 2;
      const answers = Array.from({ length: count }, () =>
        answerOf([[...randomVector(random, width, 10)]]),
      );
      const ranked = rankDocuments(answers);
      expect(ranked.map(({ index }) => index).sort((i, j) => i - j)).toEqual([...answers.keys()]);
      const scores = ranked.map(({ score }) => score);
      expect(scores).toEqual([...scores].sort((left, right) => right - left));
    }
  });

  test("rankDocuments() refuses infinity with TASK_OUTPUT_NOT_FINITE", () => {
    let thrown: unknown;
    try {
      rankDocuments([answerOf([[1]]), answerOf([[Number.NEGATIVE_INFINITY]])]);
    } catch (error) {
      thrown = error;
    }
    expect(isCodedError(thrown, "TASK_OUTPUT_NOT_FINITE")).toBe(true);
  });
});
