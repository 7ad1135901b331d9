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
  type VectorLayer,
} from "../../src/task/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { answerOf, modelOf, namesOf, Pooling, Task, taggedAnswer } from "./answer.ts";

function codeOf(run: () => unknown): string {
  try {
    run();
    return "none";
  } catch (thrown) {
    return isCodedError(thrown) ? thrown.code : String(thrown);
  }
}

const double: VectorLayer = ({ data, ...shape }) => ({
  data: data.map((value) => 2 * value),
  ...shape,
});

/** Rows of two numbers to rows of one. */
const sumOfRow: VectorLayer = ({ data, rows }) => ({
  data: Float32Array.from({ length: rows }, (_, row) => data[2 * row]! + data[2 * row + 1]!),
  rows,
  columns: 1,
});

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

  test("reduce() of sentence_embedding joins several poolings and applies the layers", () => {
    const subject = modelOf({
      task: Task.SENTENCE_EMBEDDING,
      pooling: [Pooling.MAX, Pooling.CLS],
      outputWidth: 2,
      width: 4,
    });
    const reduce = (view: "default" | "tokens") =>
      TASKS.sentence_embedding
        .reduce(tokens, mask, { model: subject, view, layers: [double] })
        .map(({ rows, columns, data }) => [rows, columns, ...data]);
    expect(reduce("default")).toEqual([
      [1, 4, 6, 8, 2, -4],
      [1, 4, 10, 12, 10, 12],
    ]);
    expect(reduce("tokens")).toEqual([
      [2, 2, 1, -2, 3, 4],
      [1, 2, 5, 6],
    ]);
  });

  test("reduce() of sentence_embedding applies the layers to what the graph pooled", () => {
    const pooled = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] };
    const subject = modelOf({
      task: Task.SENTENCE_EMBEDDING,
      pooling: [Pooling.NONE],
      outputWidth: 2,
      width: 1,
    });
    const reduction = { model: subject, view: "default", layers: [sumOfRow] } as const;
    const reduced = TASKS.sentence_embedding.reduce(pooled, mask, reduction);
    expect(reduced.map(({ data }) => [...data])).toEqual([[3], [7]]);
  });

  test("reduce() of sentence_embedding leaves skipped tokens out of the vector only", () => {
    const subject = modelOf({ task: Task.SENTENCE_EMBEDDING, pooling: [Pooling.MEAN], width: 2 });
    const skipping = { ...mask, skipped: Int32Array.of(1, 0) };
    const reduce = (view: "default" | "tokens") =>
      TASKS.sentence_embedding
        .reduce(tokens, skipping, { model: subject, view, layers: [] })
        .map(({ data }) => [...data]);
    expect(reduce("default")).toEqual([
      [3, 4],
      [5, 6],
    ]);
    expect(reduce("tokens")[0]).toEqual([1, -2, 3, 4]);
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

  test.each([
    [[1, 2], 1, "none"],
    [[1, 2], 3, "none"],
    [[2, 1, 2, 3], 2, "none"],
    [[1], 2, "one of 1, 3"],
    [[2, 1], 0, "one of 1, 2, 3"],
    [[3], 1, "one of 3"],
    [[1, 5], 5, "one of 1, 3"],
    [[1, 2], 1.5, "one of 1, 2, 3"],
  ])(
    "checkDimensions() of a model trained for %j and 3 answers %p with %p",
    (sizes, n, expected) => {
      const trained = { ...model, dimensions: sizes };
      if (expected === "none") {
        checkDimensions(trained, n);
        return;
      }
      const error = thrownBy(() => checkDimensions(trained, n));
      expect(error.code).toBe("TASK_DIMENSIONS_INVALID");
      expect(error.message).toBe(
        `Cannot cut the vector to ${n} dimensions as the model has 3: ask for ${expected}`,
      );
    },
  );

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
    expect(rawTokenVectors(answer, plain).map((vector) => [...vector])).toEqual([
      [0, 50],
      [3, 4],
      [0, 2],
      [0, 0],
      [0, 50],
    ]);
  });

  test("rawTokenVectors() normalises where token vectors are the model's own answer", () => {
    const first = (subject: typeof plain) => [...rawTokenVectors(answer, subject)[1]!];
    const unit = [Math.fround(0.6), Math.fround(0.8)];
    expect(first({ ...plain, normalize: true })).toEqual(unit);
    expect(first({ ...plain, normalize: true, task: Task.SENTENCE_EMBEDDING })).toEqual([3, 4]);
  });

  test("reduce() of embedding applies the layers to every token", () => {
    const late = modelOf({ task: Task.EMBEDDING, width: 1, outputWidth: 2 });
    const mask = { data: Uint8Array.of(1, 1, 0, 1), batch: 2, sequence: 2 };
    const tokens = { data: Float32Array.of(1, -2, 3, 4, 9, 9, 5, 6), shape: [2, 2, 2] };
    const layers = [sumOfRow, double];
    for (const view of ["default", "tokens"] as const) {
      expect(TASKS.embedding.reduce(tokens, mask, { model: late, view, layers })).toEqual([
        { data: Float32Array.of(-2, 14), rows: 2, columns: 1 },
        { data: Float32Array.of(22), rows: 1, columns: 1 },
      ]);
    }
  });

  test("tokenVectors() and rawTokenVectors() refuse infinity with TASK_OUTPUT_NOT_FINITE", () => {
    const broken = taggedAnswer({ text }, [
      { id: 3, span: [0, 1], row: [1, Number.POSITIVE_INFINITY] },
    ]);
    expect(codeOf(() => tokenVectors(broken, plain, display))).toBe("TASK_OUTPUT_NOT_FINITE");
    expect(codeOf(() => rawTokenVectors(broken, plain))).toBe("TASK_OUTPUT_NOT_FINITE");
  });
});
