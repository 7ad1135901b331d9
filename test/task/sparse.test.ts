// Sparse vectors: from logits of tokens to weights of the vocabulary.
import { describe, expect, test } from "bun:test";
import { SparsePooling } from "../../src/gen/manifest_pb.ts";
import { checkView, sparseVector, TASKS } from "../../src/task/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { answerOf, modelOf, Task } from "./answer.ts";

const [max, sum] = [SparsePooling.SPARSE_MAX, SparsePooling.SPARSE_SUM].map((sparsePooling) =>
  modelOf({ task: Task.SPARSE_EMBEDDING, width: 4, sparsePooling }),
) as [ReturnType<typeof modelOf>, ReturnType<typeof modelOf>];

/** The answers to two texts of three tokens and one, padded right. */
function answers(model: typeof max, logits: readonly number[]) {
  const mask = { data: Uint8Array.of(1, 1, 1, 1, 0, 0), batch: 2, sequence: 3 };
  const output = { data: Float32Array.from(logits), shape: [2, 3, 4] };
  const reduced = TASKS.sparse_embedding.reduce(output, mask, {
    model,
    view: "default",
    layers: [],
  });
  return reduced.map((matrix) => ({ ...answerOf([]), reduced: matrix }));
}

const LOGITS = [
  ...[-1, 0.5, 2, -3, -2, 1.5, -4, -5, -6, -7, 1, -8],
  ...[3, -1, 0, 0.25, 9, 9, 9, 9, 9, 9, 9, 9],
];

describe("sparse-embedding", () => {
  test("sparseVector() by max has the largest weight of each piece, by ascending index", () => {
    expect(answers(max, LOGITS).map(sparseVector)).toEqual([
      [
        { index: 1, value: Math.fround(Math.log(2.5)) },
        { index: 2, value: Math.fround(Math.log(3)) },
      ],
      [
        { index: 0, value: Math.fround(Math.log(4)) },
        { index: 3, value: Math.fround(Math.log(1.25)) },
      ],
    ]);
  });

  test("sparseVector() by sum adds the weights of all tokens", () => {
    expect(answers(sum, LOGITS).map(sparseVector)).toEqual([
      [
        { index: 1, value: Math.fround(Math.log(1.5) + Math.log(2.5)) },
        { index: 2, value: Math.fround(Math.log(3) + Math.log(2)) },
      ],
      [
        { index: 0, value: Math.fround(Math.log(4)) },
        { index: 3, value: Math.fround(Math.log(1.25)) },
      ],
    ]);
  });

  test("sparseVector() of logits that weigh nothing is empty", () => {
    expect(answers(max, new Array<number>(24).fill(-1)).map(sparseVector)).toEqual([[], []]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "sparseVector() refuses %p anywhere in the text with TASK_OUTPUT_NOT_FINITE",
    (value) => {
      for (const model of [max, sum]) {
        for (let place = 0; place < 16; place++) {
          const [first, second] = answers(model, LOGITS.with(place, value));
          const [broken, whole] = place < 12 ? [first, second] : [second, first];
          const error = thrownBy(() => sparseVector(broken!));
          expect(error.code).toBe("TASK_OUTPUT_NOT_FINITE");
          expect(error.detail["column"]).toBe(place % 4);
          expect(sparseVector(whole!)).toHaveLength(2);
        }
        for (let place = 16; place < 24; place++) {
          expect(answers(model, LOGITS.with(place, value)).map(sparseVector)).toEqual(
            answers(model, LOGITS).map(sparseVector),
          );
        }
      }
    },
  );

  test("checkView() gives no vectors of tokens of a sparse model", () => {
    expect(thrownBy(() => checkView(max, "tokens")).code).toBe("TASK_VIEW_UNSUPPORTED");
  });
});
