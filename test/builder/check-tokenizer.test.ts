// Settings beside tokenizer.json that the reference implementation follows.
import { expect, test } from "bun:test";
import { build, buildProblems } from "../helper/build-model.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { writeTinyModelDir } from "../helper/tiny-graph.ts";

const BERT = { tokenizer_class: "BertTokenizer", pad_token: "[PAD]" };

test.each([
  [
    { ...BERT, do_lower_case: false },
    "do_lower_case: found false, but the normalizer of tokenizer.json has true",
  ],
  [
    { ...BERT, tokenize_chinese_chars: false },
    "tokenize_chinese_chars: found false, but the normalizer",
  ],
  [{ ...BERT, strip_accents: false }, "strip_accents: found false, but the normalizer"],
])("checkTokenizer() refuses %j, which the tokenizer contradicts", async (config, message) => {
  using folder = createTempDir();
  const dir = await writeTinyModelDir(
    folder.join("model"),
    {},
    { "tokenizer_config.json": config },
  );
  expect(buildProblems(folder, dir).join("\n")).toContain(`tokenizer_config.json: ${message}`);
});

test.each([
  [{ ...BERT, do_lower_case: true, strip_accents: null, tokenize_chinese_chars: true }],
  [{ ...BERT, strip_accents: true }],
  [{ pad_token: "[PAD]", tokenizer_class: "PreTrainedTokenizerFast", do_lower_case: false }],
  [{ pad_token: "[PAD]", do_lower_case: false }],
])("checkTokenizer() accepts %j", async (config) => {
  using folder = createTempDir();
  const dir = await writeTinyModelDir(
    folder.join("model"),
    {},
    { "tokenizer_config.json": config },
  );
  build(folder, dir);
});

test("checkTokenizer() wants do_lower_case of sentence-transformers done by the tokenizer", async () => {
  using folder = createTempDir();
  const files = { "sentence_bert_config.json": { do_lower_case: true } };
  const dir = await writeTinyModelDir(folder.join("model"), {}, files);
  build(folder, dir);
  const tokenizer = await Bun.file(`${dir}/tokenizer.json`).json();
  tokenizer.normalizer.lowercase = false;
  await Bun.write(`${dir}/tokenizer.json`, JSON.stringify(tokenizer));
  await Bun.write(`${dir}/tokenizer_config.json`, "{}");
  expect(buildProblems(folder, dir)).toEqual([
    "sentence_bert_config.json: do_lower_case: expected a tokenizer that lowers the case itself: found one that " +
      "tells cases apart: add the normalizer Lowercase to tokenizer.json",
  ]);
});
