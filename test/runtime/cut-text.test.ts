// Texts of which only the first tokens count: alone, and as the second text of a pair.
import { beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { ModelSchema, Task } from "../../src/gen/manifest_pb.ts";
import { cutText } from "../../src/runtime/cut-text.ts";
import { InputEncoder } from "../../src/runtime/encode-input.ts";
import type { RunOptions } from "../../src/runtime/index.ts";
import { loadTokenizer, type Tokenizer } from "../../src/tokenizer/index.ts";

let tokenizer: Tokenizer;

beforeAll(async () => {
  const folder = await makeFixture({ head: "embedding" });
  tokenizer = loadTokenizer(readFileSync(join(folder, "tokenizer.json")));
});

test.each([
  ["a b c", 1, "a"],
  ["a b c", 2, "a b"],
  ["a b c", 3, "a b c"],
  [" a  b ", 2, " a  b "],
  [" a  b ", 1, " a"],
  ["", 1, ""],
])("cutText() of %j at %d tokens is %j", (text, tokensMax, expected) => {
  expect(cutText(tokenizer, text, tokensMax)).toBe(expected);
});

function encodePair(options: RunOptions, pair = "b c d") {
  const model = create(ModelSchema, { task: Task.RERANKING, tokenizer: { maxLength: 8 } });
  const encoder = new InputEncoder(tokenizer, model);
  const { encoding } = encoder.encode({ text: "a", pair }, 0, options);
  const tokens = Array.from(encoding.ids, (id) => tokenizer.idToToken(id)).join(" ");
  return [tokens, encoding.truncated];
}

test("InputEncoder.encode() cuts the second text to the tokens that count", () => {
  const whole = "[CLS] a [SEP] b c d [SEP]";
  expect(encodePair({})).toEqual([whole, false]);
  expect(encodePair({ pairTokensMax: 2 })).toEqual(["[CLS] a [SEP] b c [SEP]", true]);
  expect(encodePair({ pairTokensMax: 2, truncate: false })[1]).toBe(true);
  expect(encodePair({ pairTokensMax: 3 })).toEqual([whole, false]);
  expect(encodePair({ pairTokensMax: 4096 })).toEqual([whole, false]);
});
