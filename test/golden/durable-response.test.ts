// What is kept of a computed answer: rounded so that another processor finds it again.
import { describe, expect, test } from "bun:test";
import { durableResponse, firstDifference } from "../../src/golden/index.ts";

const frame = (...results: readonly object[]) => ({ results, model_id: "m" });
const info = (token: string) => ({ token, token_id: 7, start: 0, end: 1 });
const vector = (length: number, at: (index: number) => number) =>
  Float32Array.from({ length }, (_, index) => at(index));

describe("durableResponse()", () => {
  test("durableResponse() keeps length and first eight numbers of a vector, on a grid of its magnitude", () => {
    const embedding = vector(384, (index) => (index === 20 ? 0.2 : 0.0123456 * (index - 3)));
    const scaled = vector(384, (index) => embedding[index]! / 10);
    const kept = durableResponse("sentence_embedding", frame({ embedding }), "float32");
    expect(kept).toEqual({
      response: {
        results: [
          {
            embedding: {
              length: 384,
              first: [-0.04, -0.02, -0.01, 0, 0.01, 0.02, 0.04, 0.05],
            },
          },
        ],
      },
      tolerance: 0.02,
    });
    const finer = durableResponse("sentence_embedding", frame({ embedding: scaled }), "float32");
    expect(finer.tolerance).toBe(0.002);
  });

  test.each([
    [0.5, "float32", 0.002],
    [1, "float32", 0.002],
    [1.5, "float32", 0.02],
    [123, "float32", 2],
    [0.0005, "float32", 0.000002],
    [0, "float32", 0.002],
    [0.5, "rough", 0.04],
    [30, "rough", 4],
  ] as const)(
    "durableResponse() of magnitude %p in %s tolerates %p",
    (magnitude, precision, tolerance) => {
      const embedding = Float32Array.of(magnitude, -magnitude / 3);
      const kept = durableResponse("sentence_embedding", frame({ embedding }), precision);
      expect(kept.tolerance).toBe(tolerance);
      expect(firstDifference(kept.response, frame({ embedding }), kept.tolerance)).toBeUndefined();
    },
  );

  test("durableResponse() writes the same of numbers that differ as those of two processors do", () => {
    const values = [0.12345, -0.0678, 0.2222, 0.5551, -0.9112, 0.001, 0.3002, -0.7777];
    const noisy = values.map((value, index) => value + (index % 2 === 0 ? 3e-7 : -3e-7));
    const [one, other] = [values, noisy].map((numbers) =>
      durableResponse(
        "sentence_embedding",
        frame({ embedding: Float32Array.from(numbers) }),
        "float32",
      ),
    );
    expect(JSON.stringify(one)).toBe(JSON.stringify(other!));
  });

  test("durableResponse() keeps a class only when it wins by more than the tolerance", () => {
    const classified = (...logits: readonly number[]) => ({
      logits: Float32Array.from(logits),
      scores: Float32Array.from(logits),
      predicted_index: 1,
      predicted_label: "b",
    });
    const keep = (...logits: readonly number[]) =>
      durableResponse("sequence_classification", frame(classified(...logits)), "float32").response;
    expect(keep(-2, 3)).toEqual({
      results: [{ logits: [-2, 3], predicted_index: 1, predicted_label: "b" }],
    });
    expect(keep(2.99, 3)).toEqual({ results: [{ logits: [2.99, 3] }] });
    expect(keep(0.5)).toMatchObject({ results: [{ predicted_label: "b" }] });
  });

  test("durableResponse() keeps all tokens, clear labels, and the scores of the first and last", () => {
    const token = (name: string, ...scores: readonly number[]) => ({
      token_info: info(name),
      scores: Float32Array.from(scores),
      label: "O",
      score: 1,
    });
    const tokens = [token("a", 0.9, 0.1), token("b", 0.5, 0.5), token("c", 0.2, 0.8)];
    const { response } = durableResponse("token_classification", frame({ tokens }), "float32");
    expect(response).toEqual({
      results: [
        {
          tokens: [
            { token_info: info("a"), scores: [0.9, 0.1], label: "O" },
            { token_info: info("b") },
            { token_info: info("c"), scores: [0.2, 0.8], label: "O" },
          ],
        },
      ],
    });
  });

  test("durableResponse() keeps the vectors of the first and last token", () => {
    const embeddings = ["a", "b", "c"].map((token) => ({
      embedding: Float32Array.of(0.25, 0.5),
      token_info: info(token),
    }));
    const { response } = durableResponse("embedding", frame({ embeddings }), "float32");
    const embedding = [0.25, 0.5];
    expect(response).toEqual({
      results: [
        {
          embeddings: [
            { embedding, token_info: info("a") },
            { token_info: info("b") },
            { embedding, token_info: info("c") },
          ],
        },
      ],
    });
  });

  test("durableResponse() rounds the score of a text", () => {
    const kept = durableResponse("reranking", frame({ index: 0, score: -4.56789 }), "float32");
    expect(kept).toEqual({ response: { results: [{ index: 0, score: -4.57 }] }, tolerance: 0.02 });
  });

  test("durableResponse() keeps whose a weight is only where no other is as heavy", () => {
    const weight = (index: number, value: number) => ({ index, value, token: `t${index}` });
    const sparse_embedding = [
      ...[weight(9, 2.5), weight(4, 1.5), weight(5, 1.499), weight(6, 1)],
      weight(7, 0.001),
    ];
    const kept = durableResponse("sparse_embedding", frame({ sparse_embedding }), "float32");
    expect(kept.response).toEqual({
      results: [
        {
          sparse_embedding: {
            first: [
              { value: 2.5, index: 9, token: "t9" },
              { value: 1.5 },
              { value: 1.5 },
              { value: 1, index: 6, token: "t6" },
            ],
          },
        },
      ],
    });
  });

  test("durableResponse() of an answer without vectors keeps that there are none", () => {
    const kept = durableResponse("embedding", frame({ embeddings: [] }), "float32");
    expect(kept.response).toEqual({ results: [{ embeddings: [] }] });
  });
});
