// Inputs that come as ids: run as they are, cut like texts, and refused where the vocabulary ends.
import { beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { ModelSchema, Task } from "../../src/gen/manifest_pb.ts";
import { InputEncoder } from "../../src/runtime/encode-input.ts";
import type { RunOptions } from "../../src/runtime/index.ts";
import { loadTokenizer, type Tokenizer } from "../../src/tokenizer/index.ts";
import { thrownBy } from "../helper/coded.ts";

let tokenizer: Tokenizer;

beforeAll(async () => {
  const folder = await makeFixture({ head: "embedding" });
  tokenizer = loadTokenizer(readFileSync(join(folder, "tokenizer.json")));
});

function encode(ids: readonly number[], options: RunOptions = {}) {
  const model = create(ModelSchema, { task: Task.SENTENCE_EMBEDDING, tokenizer: { maxLength: 4 } });
  const encoder = new InputEncoder(tokenizer, model);
  const { encoding, sequences } = encoder.encode(
    { text: "", ids: Int32Array.from(ids) },
    3,
    options,
  );
  return { ids: [...encoding.ids], truncated: encoding.truncated, sequences };
}

test("InputEncoder.encode() runs ids as they are, without special tokens of its own", () => {
  const { ids, truncated, sequences } = encode([7, 8]);
  expect([ids, truncated]).toEqual([[7, 8], false]);
  expect(sequences.map((sequence) => [...sequence.ids])).toEqual([[7, 8]]);
});

test("InputEncoder.encode() cuts ids at the limit, from the side that was asked for", () => {
  expect(encode([1, 2, 3, 4]).truncated).toBe(false);
  expect(encode([1, 2, 3, 4, 5])).toMatchObject({ ids: [1, 2, 3, 4], truncated: true });
  expect(encode([1, 2, 3, 4, 5], { truncateSide: "left" }).ids).toEqual([2, 3, 4, 5]);
  const error = thrownBy(() => encode([1, 2, 3, 4, 5], { truncate: false }));
  expect([error.code, error.detail["found"]]).toEqual(["ENGINE_INPUT_TOO_LONG", 5]);
});

test("InputEncoder.encode() refuses ids the vocabulary does not have: ENGINE_UNKNOWN_TOKEN", () => {
  for (const ids of [[], [tokenizer.maxId], [1, -1], [2 ** 31 - 1]]) {
    const error = thrownBy(() => encode(ids));
    expect(error.code).toBe("ENGINE_UNKNOWN_TOKEN");
    expect(error.message).toStartWith("Cannot take input 3 as its token ids must be");
  }
  expect(encode([tokenizer.maxId - 1]).ids).toEqual([tokenizer.maxId - 1]);
});

function encodeTypes(ids: readonly number[], typeIds: readonly number[]) {
  const model = create(ModelSchema, { task: Task.SENTENCE_EMBEDDING, tokenizer: { maxLength: 4 } });
  const input = { text: "", ids: Int32Array.from(ids), typeIds: Int32Array.from(typeIds) };
  return new InputEncoder(tokenizer, model).encode(input, 3, { truncateSide: "left" });
}

test("InputEncoder.encode() runs the segments that come with ids, cut alike", () => {
  const { encoding, sequences } = encodeTypes([1, 2, 3], [0, 1, 1]);
  expect([...encoding.typeIds]).toEqual([0, 1, 1]);
  expect([...(sequences[0]?.typeIds ?? [])]).toEqual([0, 1, 1]);
  expect([...encodeTypes([1, 2, 3, 1, 2], [1, 0, 0, 1, 1]).encoding.typeIds]).toEqual([0, 0, 1, 1]);
});

test.each([[2], [-1]])("InputEncoder.encode() refuses segment %d, which no text has", (type) => {
  const error = thrownBy(() => encodeTypes([1, 2], [0, type]));
  expect(error).toMatchObject({ code: "ENGINE_UNKNOWN_TOKEN" });
  expect(error.message).toBe(
    `Cannot take input 3 as its token type ids must be 0 to 1: found ${type} at place 1`,
  );
});
