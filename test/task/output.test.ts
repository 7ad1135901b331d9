// Outputs that fit a task and outputs that do not, as declared and as delivered.
import { describe, expect, test } from "bun:test";
import { isCodedError } from "../../src/error/index.ts";
import { SparsePooling } from "../../src/gen/manifest_pb.ts";
import { TASKS, type TaskId } from "../../src/task/index.ts";
import { expectFinite } from "../../src/task/output.ts";
import { graphOf, modelOf, Pooling } from "./answer.ts";

type Fields = Parameters<typeof modelOf>[0];
type Shape = readonly number[];

const labels = ["a", "b"];

function problems(id: TaskId, fields: Fields, graph: ReturnType<typeof graphOf>): string[] {
  return TASKS[id].check(modelOf(fields), graph).map((it) => `${it.field}: ${it.message}`);
}

describe("check", () => {
  test.each<[TaskId, Fields, Shape]>([
    ["embedding", { width: 4 }, [-1, -1, 4]],
    ["sentence_embedding", { width: 4, pooling: [Pooling.MEAN] }, [-1, -1, 4]],
    ["sentence_embedding", { width: 4, pooling: [Pooling.WEIGHTED_MEAN] }, [-1, -1, -1]],
    ["sentence_embedding", { width: 4, pooling: [Pooling.NONE] }, [-1, 4]],
    ["sentence_embedding", { width: 4, pooling: [Pooling.NONE] }, []],
    [
      "sentence_embedding",
      { width: 8, outputWidth: 4, pooling: [Pooling.CLS, Pooling.MAX] },
      [-1, -1, 4],
    ],
    ["sparse_embedding", { width: 9, sparsePooling: SparsePooling.SPARSE_SUM }, [-1, -1, 9]],
    ["sequence_classification", { width: 2, labels }, [-1, 2]],
    ["token_classification", { width: 2, labels }, [1, 128, 2]],
    ["reranking", { width: 1 }, [-1, 1]],
    ["reranking", { width: 2 }, [-1, -1]],
  ])("check() of %s accepts %j with an output of shape %j", (id, fields, shape) => {
    expect(problems(id, fields, graphOf(shape))).toEqual([]);
    expect(problems(id, fields, graphOf(shape, 10))).toEqual([]);
  });

  test.each<[TaskId, Fields, Shape, string[]]>([
    ["embedding", { width: 4 }, [-1, 4], ['output: "out" has 2 dimensions: expected 3']],
    ["embedding", { width: 4 }, [-1, -1, 5], ['width: "out" is 5 wide: expected 4']],
    ["embedding", { width: 0 }, [-1, -1, -1], ["width: found 0: expected the output's width"]],
    [
      "embedding",
      { width: 4, output: "logits" },
      [-1, -1, 4],
      ['output: the graph has no output "logits": it has "out"'],
    ],
    [
      "sentence_embedding",
      { width: 4 },
      [-1, -1, 4],
      ["pooling: found none: expected some of mean, cls, max ..."],
    ],
    [
      "sentence_embedding",
      { width: 4, pooling: [99 as Pooling] },
      [-1, -1, 4],
      ["pooling: found 99: expected some of mean, cls, max ..."],
    ],
    [
      "sentence_embedding",
      { width: 4, pooling: [Pooling.NONE] },
      [-1, -1, 4],
      ["pooling: found none: expected a way to pool an output of 3 dimensions"],
    ],
    [
      "sentence_embedding",
      { width: 4, pooling: [Pooling.CLS] },
      [-1, 4],
      ["pooling: expected none: the output has 2 dimensions, one row per text"],
    ],
    [
      "sentence_embedding",
      { width: 4, pooling: [Pooling.CLS, Pooling.NONE] },
      [-1, -1, 4],
      [
        "width: found 4: expected 8, made of an output of 4",
        "pooling: found 3, 1: expected some of mean, cls, max ...",
      ],
    ],
    [
      "sentence_embedding",
      { width: 4, outputWidth: 3, pooling: [Pooling.CLS] },
      [-1, -1, 4],
      ['width: "out" is 4 wide: expected 3', "width: found 4: expected 3, made of an output of 3"],
    ],
    [
      "sparse_embedding",
      { width: 9 },
      [-1, 9],
      [
        'output: "out" has 2 dimensions: expected 3',
        "sparse pooling: found none: expected max or sum",
      ],
    ],
    [
      "sequence_classification",
      { width: 3, labels },
      [-1, 3],
      ["labels: found 2 labels: expected 3, as many as the output is wide"],
    ],
    [
      "token_classification",
      { width: 2, labels: ["a", "a"] },
      [-1, -1, 2],
      ['labels: found "a" twice'],
    ],
    [
      "sequence_classification",
      { width: 2 },
      [-1, -1, 5],
      [
        'output: "out" has 3 dimensions: expected 2',
        'width: "out" is 5 wide: expected 2',
        "labels: found 0 labels: expected 2, as many as the output is wide",
      ],
    ],
    [
      "reranking",
      { width: 3 },
      [-1, 3],
      ["width: found 3: expected 1 logit (relevance) or 2 (no, yes)"],
    ],
  ])("check() of %s with %j and shape %j finds all faults", (id, fields, shape, expected) => {
    expect(problems(id, fields, graphOf(shape))).toEqual(expected);
  });

  test.each([7, 11, 16])("check() refuses an output of ONNX element type %p", (elementType) => {
    expect(problems("embedding", { width: 4 }, graphOf([-1, -1, 4], elementType))).toEqual([
      `output: "out" has ONNX element type ${elementType}: expected float32 (1) or float16 (10)`,
    ]);
  });
});

describe("reduce", () => {
  const mask = { data: Uint8Array.of(1, 1, 1, 0), batch: 2, sequence: 2 };
  const tokens = { data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), shape: [2, 2, 2] };
  const pooled = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] };

  test.each<TaskId>(["embedding", "token_classification"])(
    "reduce() of %s gives a row per real token",
    (id) => {
      const reduced = TASKS[id].reduce(tokens, mask, {
        model: modelOf({ width: 2 }),
        view: "default",
        layers: [],
      });
      expect(reduced.map(({ data }) => [...data])).toEqual([
        [1, 2, 3, 4],
        [5, 6],
      ]);
      expect(reduced.map(({ rows }) => rows)).toEqual([2, 1]);
    },
  );

  test.each<TaskId>(["sequence_classification", "reranking"])(
    "reduce() of %s gives a row per input",
    (id) => {
      const reduced = TASKS[id].reduce(pooled, mask, {
        model: modelOf({ width: 2 }),
        view: "default",
        layers: [],
      });
      expect(reduced.map(({ data }) => [...data])).toEqual([
        [1, 2],
        [3, 4],
      ]);
    },
  );

  test.each<[TaskId, Fields, { data: Float32Array; shape: number[] }]>([
    ["embedding", { width: 2 }, pooled],
    ["embedding", { width: 2, outputWidth: 3 }, tokens],
    ["sparse_embedding", { width: 2 }, pooled],
    ["sparse_embedding", { width: 3 }, tokens],
    ["sentence_embedding", { width: 2, outputWidth: 1, pooling: [Pooling.CLS] }, tokens],
    ["embedding", { width: 3 }, tokens],
    ["embedding", { width: 2 }, { ...tokens, shape: [2, 1, 4] }],
    ["embedding", { width: 2 }, { ...tokens, data: new Float32Array(7) }],
    ["sentence_embedding", { width: 2, pooling: [Pooling.MEAN] }, pooled],
    ["sentence_embedding", { width: 2, pooling: [Pooling.NONE] }, tokens],
    ["sequence_classification", { width: 2 }, tokens],
    ["token_classification", { width: 2 }, pooled],
    ["reranking", { width: 2 }, { ...pooled, shape: [4] }],
  ])(
    "reduce() of %s with %j refuses an output with TASK_OUTPUT_UNEXPECTED",
    (id, fields, output) => {
      let thrown: unknown;
      try {
        TASKS[id].reduce(output, mask, { model: modelOf(fields), view: "default", layers: [] });
      } catch (error) {
        thrown = error;
      }
      expect(isCodedError(thrown, "TASK_OUTPUT_UNEXPECTED")).toBe(true);
    },
  );
});

describe("expectFinite", () => {
  test("expectFinite() accepts finite numbers", () => {
    expectFinite({ data: Float32Array.of(1, -3e38), rows: 1, columns: 2 });
  });

  test.each([
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
  ])("expectFinite() refuses %p with TASK_OUTPUT_NOT_FINITE and its place", (value, found) => {
    let thrown: unknown;
    try {
      expectFinite({ data: Float32Array.of(1, 2, 3, value), rows: 2, columns: 2 });
    } catch (error) {
      thrown = error;
    }
    if (!isCodedError(thrown, "TASK_OUTPUT_NOT_FINITE")) throw thrown;
    expect(thrown.detail).toEqual({ found, row: 1, column: 1 });
  });
});
