// How much runs together, by model.
import { describe, expect, test } from "bun:test";
import { create } from "@bufbuild/protobuf";
import { ModelSchema, Task } from "../../src/gen/manifest_pb.ts";
import { batchLimits } from "../../src/runtime/batch-limit.ts";
import {
  BATCH_INPUTS_MAX,
  BATCH_TOKENS_CHOICE_MAX,
  BATCH_TOKENS_MAX,
  BATCH_TOKENS_PER_THREAD,
} from "../../src/runtime/limit.ts";

function modelOf(width: number, rank: number, fields: object = {}) {
  const shape = Array.from({ length: rank }, () => ({ size: -1n }));
  const outputs = [
    { name: "other", shape: [] },
    { name: "answer", shape },
  ];
  return create(ModelSchema, { width, output: "answer", graph: { outputs }, ...fields });
}

describe("batchLimits()", () => {
  const TABLE: readonly (readonly [string, ReturnType<typeof modelOf>, number])[] = [
    ["a BERT vocabulary", modelOf(30_522, 3, { task: Task.SPARSE_EMBEDDING }), BATCH_TOKENS_MAX],
    ["a vocabulary of 250,002", modelOf(250_002, 3), 67],
    ["a graph wider than the answer", modelOf(16, 3, { outputWidth: 250_002 }), 67],
    ["an unknown shape", modelOf(250_002, 0), 67],
    ["vectors", modelOf(1024, 3), BATCH_TOKENS_MAX],
    ["one row per text", modelOf(250_002, 2), BATCH_TOKENS_MAX],
    ["more than any batch may put out", modelOf(2 ** 25, 3), 0],
    ["no width at all", modelOf(0, 3), BATCH_TOKENS_MAX],
  ];

  test.each(TABLE)("bounds the tokens of a batch: %s", (_, model, tokens) => {
    expect(batchLimits(model, { deterministic: false, threads: 8 })).toEqual({
      inputs: BATCH_INPUTS_MAX,
      tokens,
    });
  });

  test("holds one text where neighbours could change its answer", () => {
    expect(batchLimits(modelOf(4, 3), { deterministic: true, threads: 1 }).inputs).toBe(1);
    expect(
      batchLimits(modelOf(4, 3, { oneAtATime: true }), { deterministic: false, threads: 1 }).inputs,
    ).toBe(1);
  });

  test("gives every thread its share, as far as batches may grow", () => {
    const tokens = [1, 2, 3].map(
      (threads) => batchLimits(modelOf(4, 3), { deterministic: false, threads }).tokens,
    );
    expect(tokens).toEqual([BATCH_TOKENS_PER_THREAD, BATCH_TOKENS_MAX, BATCH_TOKENS_MAX]);
  });

  test("takes the tokens somebody chose, as far as its output allows", () => {
    const tokens = (chosen: number, width = 4) =>
      batchLimits(modelOf(width, 3), { deterministic: false, threads: 1, tokens: chosen }).tokens;
    expect([tokens(64), tokens(2048), tokens(1e9)]).toEqual([64, 2048, BATCH_TOKENS_CHOICE_MAX]);
    expect(tokens(2048, 250_002)).toBe(67);
  });
});
