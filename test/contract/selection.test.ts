// What picks among labels and entities: thresholds, the best so many, windows; and what tells that
// an input was cut.
import { describe, expect, test } from "bun:test";
import type { OperationId } from "../../src/contract/index.ts";
import type { Answer } from "../../src/task/index.ts";
import { answerOf, ProblemType, Task, taggedAnswer } from "../task/answer.ts";
import { errorOf, type MODELS, prepare, respond } from "./context.ts";

type Model = keyof typeof MODELS;

const one = answerOf([[0, Math.log(3)]]);
const good = { score: 0.75, label: "good" };
const bad = { score: 0.25, label: "bad" };

describe("selection of labels", () => {
  test.each<[object, object[]]>([
    [{ threshold: 0.25 }, [good, bad]],
    [{ threshold: 0.26 }, [good]],
    [{ parameters: { threshold: 0.8 } }, []],
    [{ threshold: 0, top_k: 1 }, [good]],
    [{ threshold: null }, [good, bad]],
    [{ threshold: -1, raw_scores: true }, [{ score: Math.fround(Math.log(3)) }, { score: 0 }]],
    [{ threshold: 1.05, function_to_apply: "none" }, [{ score: Math.fround(Math.log(3)) }]],
  ])("classify of a sequence with %j", (options, expected) => {
    const body = { inputs: "a", ...options };
    const response = respond("classify", { body, model: "sequence" }, [one]);
    expect(response).toHaveLength(expected.length);
    expect(response).toMatchObject(expected);
  });

  test.each<[object, object[]]>([
    [{ top_k: 1 }, [good]],
    [{ threshold: 0.5 }, [good]],
    [{ parameters: { threshold: 0 } }, [good, bad]],
    [{ function_to_apply: "none", threshold: 5 }, []],
  ])("predict of sequence_classification with %j adds the labels", (options, labels) => {
    const body = { inputs: "a", ...options };
    expect(respond("predict", { body, model: "sequence" }, [one])).toMatchObject({
      results: [{ predicted_label: "good", labels }],
    });
  });

  test.each<[OperationId, object, unknown]>([
    ["classify", { threshold: 2 }, "2"],
    ["classify", { threshold: -0.1 }, "-0.1"],
    ["classify", { threshold: 1.5, raw_scores: true, function_to_apply: "softmax" }, "1.5"],
    ["predict", { threshold: 2 }, "2"],
  ])("%s of sequences with %j refuses what no probability can be", (id, options, found) => {
    const error = errorOf(() => prepare(id, { inputs: "a", ...options }, "sequence"));
    expect(error.message).toBe(
      `Cannot read the request as "threshold" is ${found} where a number from 0 to 1 is expected`,
    );
    expect(error.detail["path"]).toBe("threshold");
  });

  test("a threshold for a regression is any number", () => {
    const model = {
      task: Task.SEQUENCE_CLASSIFICATION,
      width: 1,
      problemType: ProblemType.REGRESSION,
    };
    const body = { inputs: "a", threshold: 6 };
    expect(respond("classify", { body, model }, [answerOf([[7]])])).toMatchObject([{ score: 7 }]);
  });

  test.each<[Model, unknown]>([
    ["sequence", Number.NaN],
    ["sequence", Number.POSITIVE_INFINITY],
    ["sequence", "0.5"],
    ["token", Number.NaN],
    ["token", 2],
    ["token", -1],
  ])("classify of %s refuses a threshold of %p", (model, threshold) => {
    const error = errorOf(() => prepare("classify", { inputs: "a", threshold }, model));
    expect([error.code, error.detail["path"]]).toEqual(["REQUEST_INVALID", "threshold"]);
  });
});

const LN2 = Math.log(2);
const anna = taggedAnswer({ text: "ann x" }, [
  { id: 3, span: [0, 3], word: 0, row: [0, LN2, 0] },
  { id: 5, span: [4, 5], word: 1, row: [0, 2 * LN2, 0] },
]);
const first = { entity_group: "PER", score: 0.5, word: "ann", start: 0, end: 3 };
const second = { entity_group: "PER", score: Math.fround(2 / 3), word: "x", start: 4, end: 5 };

describe("selection of entities", () => {
  test.each<[number, object[]]>([
    [0.5, [first, second]],
    [0.6, [second]],
    [1, []],
  ])("classify of tokens with a threshold of %p", (threshold, expected) => {
    const body = { inputs: "ann x", threshold };
    expect(respond("classify", { body, model: "token" }, [anna])).toEqual(expected);
  });

  test("predict of token_classification has a threshold for entities only", () => {
    const body = { inputs: "ann x", aggregation_strategy: "simple", threshold: 0.6 };
    expect(respond("predict", { body, model: "token" }, [anna])).toMatchObject({
      results: [{ tokens: [{}, {}], entities: [second] }],
    });
    const alone = (options: object) =>
      errorOf(() => prepare("predict", { inputs: "a", ...options }, "token"));
    expect(alone({ threshold: 0.6 }).message).toEndWith(
      '"threshold" is 0.6 where null (without aggregation_strategy) is expected',
    );
    expect(alone({ ignore_labels: ["O"] }).detail["path"]).toBe("ignore_labels");
  });

  test.each<[OperationId, object, object]>([
    ["classify", { stride: 4 }, { windowOverlap: 4 }],
    ["classify", { parameters: { stride: 0 } }, { windowOverlap: 0 }],
    ["classify", { stride: null }, {}],
    ["predict", { stride: 4, truncate: null }, { windowOverlap: 4 }],
    ["predict", { truncate: true }, { truncate: true }],
  ])("%s of tokens with %j asks for %j", (id, fields, options) => {
    expect(prepare(id, { inputs: "a", ...fields }, "token").options).toEqual(options);
  });

  test.each<[OperationId, object, string]>([
    [
      "classify",
      { stride: 4, truncate: true },
      '"stride" is 4 where null (with "truncate" given no text is read in windows) is expected',
    ],
    [
      "predict",
      { stride: 4, truncate: false },
      '"stride" is 4 where null (with "truncate" given no text is read in windows) is expected',
    ],
    ["classify", { stride: -1 }, '"stride" is -1 where at least 0 is expected'],
    ["classify", { stride: 1.5 }, '"stride" is 1.5 where an integer is expected'],
  ])("%s of tokens with %j is refused", (id, fields, sentence) => {
    const error = errorOf(() => prepare(id, { inputs: "a", ...fields }, "token"));
    expect(error.message).toBe(`Cannot read the request as ${sentence}`);
  });
});

function cut(answer: Answer): Answer {
  return { ...answer, encoding: { ...answer.encoding, truncated: true } };
}

describe("truncation", () => {
  const row = answerOf([[1, 2]]);
  const cases: [Model, Answer][] = [
    ["embedding", taggedAnswer({ text: "x" }, [{ id: 5, span: [0, 1], row: [1, 2] }])],
    ["sentence", row],
    ["sequence", row],
    ["token", anna],
    ["sparse", answerOf([[0, 0, 0, 0, 1]])],
  ];

  test.each(cases)("predict of %s marks what was cut, and only that", (model, answer) => {
    const body = { inputs: ["a", "b"] };
    const response = respond("predict", { body, model }, [cut(answer), answer]);
    const { results } = response as { results: Record<string, unknown>[] };
    expect(results[0]).toHaveProperty("truncated", true);
    expect(results[1]).not.toHaveProperty("truncated");
    const prepared = prepare("predict", body, model);
    expect(prepared.countTruncated([cut(answer), answer])).toBe(1);
    expect(prepared.countTruncated([answer, answer])).toBe(0);
  });

  test("predict of tokens with entities marks what was cut", () => {
    const body = { inputs: "ann x", aggregation_strategy: "simple" };
    expect(respond("predict", { body, model: "token" }, [cut(anna)])).toMatchObject({
      results: [{ entities: [first, second], truncated: true }],
    });
  });

  test("predict of reranking marks and counts documents that were cut", () => {
    const body = { query: "q", texts: ["a", "b"] };
    const answers = [cut(answerOf([[0]])), answerOf([[2]])];
    expect(respond("predict", { body, model: "reranking" }, answers)).toMatchObject({
      results: [{ index: 1 }, { index: 0, truncated: true }],
    });
    const bare = respond("rerank", { body, model: "reranking" }, answers);
    expect(JSON.stringify(bare)).not.toContain("truncated");
    expect(prepare("rerank", body, "reranking").countTruncated(answers)).toBe(1);
  });
});
