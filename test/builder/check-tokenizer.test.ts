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
  [
    // The class follows from config.json.
    { do_lower_case: false },
    "do_lower_case: found false, but the normalizer of tokenizer.json has true",
  ],
  [{ ...BERT, split_special_tokens: true }, "split_special_tokens: found true, which takes"],
  [
    { ...BERT, mask_token: "<m>" },
    'mask_token: expected tokens that tokenizer.json has among its added_tokens: found "<m>", which the reference ' +
      "implementation adds: save the tokenizer again in Python",
  ],
  [{ ...BERT, additional_special_tokens: ["[E1]", { content: "[E2]" }] }, "additional_special_tok"],
  [{ ...BERT, extra_special_tokens: { image: "<i>" } }, "extra_special_tokens: expected tokens"],
  [
    { ...BERT, added_tokens_decoder: { 700: { content: "[X]" } } },
    "added_tokens_decoder: expected",
  ],
  [
    { ...BERT, bos_token: "[CLS]", add_bos_token: false },
    'add_bos_token: found false, but the post-processor of tokenizer.json adds "[CLS]"',
  ],
  [
    { ...BERT, eos_token: "[MASK]", add_eos_token: true },
    'add_eos_token: found true, but the post-processor of tokenizer.json does not add "[MASK]"',
  ],
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
  [{ pad_token: "[PAD]", tokenizer_class: "TokenizersBackend", do_lower_case: false }],
  [{ ...BERT, additional_special_tokens: ["[MASK]"], split_special_tokens: false }],
  [{ ...BERT, cls_token: "[CLS]", bos_token: "[CLS]", add_bos_token: true }],
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
  await Bun.write(`${dir}/tokenizer_config.json`, '{"do_lower_case": false}');
  expect(buildProblems(folder, dir)).toEqual([
    "sentence_bert_config.json: do_lower_case: expected a tokenizer that lowers the case itself: found one that " +
      "tells cases apart: add the normalizer Lowercase to tokenizer.json",
  ]);
});

test.each([
  [{ tokenizer_class: "BertTokenizer" }, {}],
  [undefined, { model_type: "bert" }],
])(
  "checkTokenizer() takes what the class does where nothing is said: %j, %j",
  async (config, kind) => {
    using folder = createTempDir();
    const files = { "tokenizer_config.json": config, "config.json": kind };
    const dir = await writeTinyModelDir(folder.join("model"), {}, files);
    const tokenizer = await Bun.file(`${dir}/tokenizer.json`).json();
    tokenizer.normalizer.lowercase = false;
    await Bun.write(`${dir}/tokenizer.json`, JSON.stringify(tokenizer));
    expect(buildProblems(folder, dir)).toEqual([
      "tokenizer_config.json: do_lower_case: found none, which means true to BertTokenizer, but the normalizer of " +
        "tokenizer.json has false: the reference implementation takes the former: make them agree",
    ]);
  },
);

test("checkTokenizer() refuses a prefix space that the class of the tokenizer does not add", async () => {
  using folder = createTempDir();
  const files = { "tokenizer_config.json": { tokenizer_class: "RobertaTokenizer" } };
  const dir = await writeTinyModelDir(folder.join("model"), {}, files);
  const tokenizer = await Bun.file(`${dir}/tokenizer.json`).json();
  tokenizer.pre_tokenizer = { type: "ByteLevel", add_prefix_space: true, trim_offsets: true };
  await Bun.write(`${dir}/tokenizer.json`, JSON.stringify(tokenizer));
  expect(buildProblems(folder, dir)).toContain(
    "tokenizer_config.json: add_prefix_space: found none, which means false to RobertaTokenizer, but the " +
      "pre-tokenizer of tokenizer.json has true: the reference implementation takes the former: make them agree",
  );
});

test("checkTokenizer() reads special_tokens_map.json as well", async () => {
  using folder = createTempDir();
  const files = { "special_tokens_map.json": { cls_token: { content: "<c>" } } };
  const dir = await writeTinyModelDir(folder.join("model"), {}, files);
  expect(buildProblems(folder, dir)).toEqual([
    expect.stringContaining(
      "special_tokens_map.json: cls_token: expected tokens that tokenizer.json",
    ),
  ]);
});
