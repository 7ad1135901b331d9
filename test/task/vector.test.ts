// Vectors of texts and of tokens: pooled, cut, normalised, with their tokens and spans.
import { describe, expect, test } from "bun:test";
import { isCodedError } from "../../src/error/index.ts";
import {
  checkDimensions,
  checkView,
  rawTokenVectors,
  sentenceVector,
  TASKS,
  tokenVectors,
} from "../../src/task/index.ts";
import { answerOf, modelOf, namesOf, Pooling, Task, taggedAnswer } from "./answer.ts";

function codeOf(run: () => unknown): string {
  try {
    run();
    return "none";
  } catch (thrown) {
    return isCodedError(thrown) ? thrown.code : String(thrown);
  }
}

const model = modelOf({ task: Task.SENTENCE_EMBEDDING, width: 3, pooling: [Pooling.MEAN] });

describe("sentence-embedding", () => {
  // Two inputs, padded right and left, of tokens 2 wide.
  const mask = { data: Uint8Array.of(1, 1, 0, 1), batch: 2, sequence: 2 };
  const tokens = { data: Float32Array.of(1, -2, 3, 4, 9, 9, 5, 6), shape: [2, 2, 2] };

  test.each<[Pooling, number[], number[]]>([
    [Pooling.MEAN, [2, 1], [5, 6]],
    [Pooling.CLS, [1, -2], [5, 6]],
    [Pooling.MAX, [3, 4], [5, 6]],
    [Pooling.LAST_TOKEN, [3, 4], [5, 6]],
    [Pooling.MEAN_SQRT_LEN, [4 / Math.SQRT2, 2 / Math.SQRT2], [5, 6]],
    [Pooling.WEIGHTED_MEAN, [7 / 3, 2], [5, 6]],
  ])("reduce() of sentence_embedding pools by the model's pooling %p", (pooling, first, second) => {
    const reduced = TASKS.sentence_embedding.reduce(tokens, mask, {
      model: modelOf({ task: Task.SENTENCE_EMBEDDING, pooling: [pooling], width: 2 }),
      view: "default",
      layers: [],
    });
    expect(reduced.map(({ data }) => data)).toEqual([
      Float32Array.from(first),
      Float32Array.from(second),
    ]);
  });

  test("reduce() of sentence_embedding takes what the graph pooled", () => {
    const pooled = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] };
    const own = modelOf({ task: Task.SENTENCE_EMBEDDING, pooling: [Pooling.NONE], width: 2 });
    const reduced = TASKS.sentence_embedding.reduce(pooled, mask, {
      model: own,
      view: "default",
      layers: [],
    });
    expect(reduced.map(({ data }) => [...data])).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(
      codeOf(() =>
        TASKS.sentence_embedding.reduce(pooled, mask, { model: own, view: "tokens", layers: [] }),
      ),
    ).toBe("TASK_VIEW_UNSUPPORTED");
  });

  test("reduce() of sentence_embedding gives a row per token on request", () => {
    const own = modelOf({ task: Task.SENTENCE_EMBEDDING, pooling: [Pooling.CLS], width: 2 });
    const reduced = TASKS.sentence_embedding.reduce(tokens, mask, {
      model: own,
      view: "tokens",
      layers: [],
    });
    expect(reduced.map(({ rows, data }) => [rows, ...data])).toEqual([
      [2, 1, -2, 3, 4],
      [1, 5, 6],
    ]);
  });

  test.each<[keyof typeof Task, Pooling, string]>([
    ["EMBEDDING", Pooling.UNSPECIFIED, "none"],
    ["SENTENCE_EMBEDDING", Pooling.MEAN, "none"],
    ["SENTENCE_EMBEDDING", Pooling.NONE, "TASK_VIEW_UNSUPPORTED"],
    ["SEQUENCE_CLASSIFICATION", Pooling.UNSPECIFIED, "TASK_VIEW_UNSUPPORTED"],
    ["TOKEN_CLASSIFICATION", Pooling.UNSPECIFIED, "TASK_VIEW_UNSUPPORTED"],
    ["RERANKING", Pooling.UNSPECIFIED, "TASK_VIEW_UNSUPPORTED"],
  ])("checkView() of tokens for %s with pooling %p ends with %s", (task, pooling, code) => {
    const subject = modelOf({ task: Task[task], pooling: [pooling] });
    expect(codeOf(() => checkView(subject, "tokens"))).toBe(code);
    expect(codeOf(() => checkView(subject, "default"))).toBe("none");
  });

  test.each([
    [true, { normalize: undefined }, [1 / 3, 2 / 3, -2 / 3]],
    [false, {}, [1, 2, -2]],
    [false, { normalize: true }, [1 / 3, 2 / 3, -2 / 3]],
    [true, { normalize: false }, [1, 2, -2]],
    [true, { dimensions: 1 }, [1]],
    [true, { dimensions: 2 }, [1 / Math.sqrt(5), 2 / Math.sqrt(5)]],
    [true, { dimensions: 2, normalize: false }, [1, 2]],
    [false, { dimensions: 3 }, [1, 2, -2]],
  ])("sentenceVector() of a model that normalises: %p with %j", (normalize, options, expected) => {
    const vector = sentenceVector(answerOf([[1, 2, -2]]), { ...model, normalize }, options);
    expect(vector).toEqual(Float32Array.from(expected));
  });

  test("sentenceVector() of zero is zero", () => {
    const zero = sentenceVector(answerOf([[0, 0, 0]]), model, { normalize: true });
    expect([...zero]).toEqual([0, 0, 0]);
  });

  test.each([0, -1, 4, 1.5, Number.NaN])(
    "checkDimensions() refuses %p with TASK_DIMENSIONS_INVALID",
    (dimensions) => {
      expect(codeOf(() => checkDimensions(model, dimensions))).toBe("TASK_DIMENSIONS_INVALID");
      expect(codeOf(() => sentenceVector(answerOf([[1, 2, 3]]), model, { dimensions }))).toBe(
        "TASK_DIMENSIONS_INVALID",
      );
    },
  );

  test.each([undefined, 1, 3])("checkDimensions() accepts %p", (dimensions) => {
    expect(codeOf(() => checkDimensions(model, dimensions))).toBe("none");
  });

  test("sentenceVector() refuses NaN with TASK_OUTPUT_NOT_FINITE", () => {
    const broken = answerOf([[1, Number.NaN, 2]]);
    expect(codeOf(() => sentenceVector(broken, model, {}))).toBe("TASK_OUTPUT_NOT_FINITE");
  });
});

describe("embedding", () => {
  const text = "é😀x";
  const answer = taggedAnswer({ text }, [
    { id: 3, span: [0, 1], row: [3, 4] },
    { id: 4, span: [1, 3], row: [0, 2] },
    { id: 99, span: [3, 4], row: [0, 0] },
  ]);
  const display = { tokenizer: namesOf(["e", "smile"]), unit: "codepoint" } as const;
  const plain = modelOf({ task: Task.EMBEDDING, width: 2 });

  test("tokenVectors() leaves special tokens out and names the others", () => {
    expect(tokenVectors(answer, plain, display)).toEqual([
      {
        token: { index: 1, token: "e", id: 3, start: 0, end: 1 },
        vector: Float32Array.of(3, 4),
      },
      {
        token: { index: 2, token: "smile", id: 4, start: 1, end: 2 },
        vector: Float32Array.of(0, 2),
      },
      {
        token: { index: 3, token: "", id: 99, start: 2, end: 3 },
        vector: Float32Array.of(0, 0),
      },
    ]);
  });

  test.each([
    ["utf16", [0, 1, 1, 3, 3, 4]],
    ["byte", [0, 2, 2, 6, 6, 7]],
  ] as const)("tokenVectors() gives spans in units of %s", (unit, expected) => {
    const vectors = tokenVectors(answer, plain, { ...display, unit });
    expect(vectors.flatMap(({ token }) => [token.start, token.end])).toEqual([...expected]);
  });

  test("tokenVectors() normalises as the model does unless told otherwise", () => {
    const unit = [Math.fround(0.6), Math.fround(0.8)];
    const normalizing = { ...plain, normalize: true };
    const first = (options: object, subject = plain) => [
      ...(tokenVectors(answer, subject, { ...display, ...options })[0]?.vector ?? []),
    ];
    expect(first({})).toEqual([3, 4]);
    expect(first({ normalize: true })).toEqual(unit);
    expect(first({}, normalizing)).toEqual(unit);
    expect(first({ normalize: false }, normalizing)).toEqual([3, 4]);
  });

  test("tokenVectors() counts spans of a pair in their own texts", () => {
    const pair = taggedAnswer({ text: "😀 a", pair: "😀😀b" }, [
      { id: 3, span: [3, 4], sequence: 0, row: [1, 1] },
      { id: 4, span: [4, 5], sequence: 1, row: [2, 2] },
    ]);
    const tokens = tokenVectors(pair, plain, display).map(({ token }) => token);
    expect(tokens.map(({ start, end }) => [start, end])).toEqual([
      [2, 3],
      [2, 3],
    ]);
  });

  test("rawTokenVectors() has special tokens too", () => {
    expect(rawTokenVectors(answer).map((vector) => [...vector])).toEqual([
      [0, 50],
      [3, 4],
      [0, 2],
      [0, 0],
      [0, 50],
    ]);
  });

  test("tokenVectors() and rawTokenVectors() refuse infinity with TASK_OUTPUT_NOT_FINITE", () => {
    const broken = taggedAnswer({ text }, [
      { id: 3, span: [0, 1], row: [1, Number.POSITIVE_INFINITY] },
    ]);
    expect(codeOf(() => tokenVectors(broken, plain, display))).toBe("TASK_OUTPUT_NOT_FINITE");
    expect(codeOf(() => rawTokenVectors(broken))).toBe("TASK_OUTPUT_NOT_FINITE");
  });
});
