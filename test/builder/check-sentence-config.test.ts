// What sentence-transformers' own file of the transformer may say, and what is refused.
import { expect, test } from "bun:test";
import { build, buildProblems, decisionsOf } from "../helper/build-model.ts";
import { createTempDir, type TempDir } from "../helper/temp-dir.ts";
import { writeTinyModelDir } from "../helper/tiny-graph.ts";

const NAME = "sentence_bert_config.json";
const TEXT = { method: "forward", method_output_name: "last_hidden_state" };

function modelDir(folder: TempDir, config: object, name = NAME): Promise<string> {
  return writeTinyModelDir(folder.join("model"), {}, { [name]: config });
}

test.each([
  [{ max_seq_length: 64, do_lower_case: false }],
  [
    {
      transformer_task: "feature-extraction",
      modality_config: { text: TEXT },
      module_output_name: "token_embeddings",
      unpad_inputs: true,
      query_length: null,
    },
  ],
  [{ model_args: { torch_dtype: "float16" }, config_args: {}, tokenizer_args: { use_fast: true } }],
  [{ processing_kwargs: { text: { max_length: 64, padding: true, truncation: true } } }],
])("checkSentenceConfig() accepts %j", async (config) => {
  using folder = createTempDir();
  build(folder, await modelDir(folder, config));
});

test.each([
  [
    { modality_config: { text: { ...TEXT, method_output_name: "pooler_output" } } },
    'modality_config.text.method_output_name: found "pooler_output"',
  ],
  [
    { modality_config: { text: { ...TEXT, method_output_name: "logits" } } },
    'modality_config.text.method_output_name: found "logits"',
  ],
  [
    { modality_config: { text: { ...TEXT, method: "get_text_features" } } },
    'modality_config.text.method: found "get_text_features"',
  ],
  [
    { modality_config: { text: TEXT, message: { ...TEXT, format: "flat" } } },
    'modality_config.message: found {"method":"forward"',
  ],
  [{ modality_config: "text" }, 'modality_config: found "text"'],
  [{ transformer_task: "text-generation" }, 'transformer_task: found "text-generation"'],
  [{ module_output_name: "sentence_embedding" }, 'module_output_name: found "sentence_embedding"'],
  [{ processing_kwargs: { common: { padding: true } } }, 'processing_kwargs.common: found {"p'],
  [{ processing_kwargs: { text: { padding: false } } }, "processing_kwargs.text.padding: found f"],
  [{ tokenizer_args: { add_prefix_space: true } }, "tokenizer_args.add_prefix_space: found true"],
  [{ config_args: { is_decoder: true } }, "config_args.is_decoder: found true"],
  [{ model_kwargs: { add_pooling_layer: false } }, "model_kwargs.add_pooling_layer: found false"],
  [{ query_length: 32 }, "query_length: found 32"],
  [{ tokenizer_name_or_path: "other" }, 'tokenizer_name_or_path: found "other"'],
  [{ constructor: 1 }, "constructor: found 1"],
])("checkSentenceConfig() refuses %j by name", async (config, message) => {
  using folder = createTempDir();
  const [problem, ...others] = buildProblems(folder, await modelDir(folder, config));
  expect(others).toEqual([]);
  expect(problem).toStartWith(`${NAME}: ${message}`);
  expect(problem).toContain("changes what the reference answers and is not done here: remove");
});

test("checkSentenceConfig() reads the names of older classes", async () => {
  using folder = createTempDir();
  const dir = await modelDir(folder, { query_length: 8 }, "sentence_roberta_config.json");
  expect(buildProblems(folder, dir)).toEqual([
    expect.stringContaining("sentence_roberta_config.json: query_length: found 8"),
  ]);
});

test("build takes sides and lengths from what a tokenizer is loaded with", async () => {
  using folder = createTempDir();
  const config = {
    tokenizer_args: { truncation_side: "left", padding_side: "left", model_max_length: 48 },
  };
  const result = build(folder, await modelDir(folder, config));
  expect(result.model.tokenizer).toMatchObject({
    maxLength: 48,
    truncateLeft: true,
    padLeft: true,
  });
  expect(decisionsOf(result)).toMatchObject({
    "max length": `48 (${NAME}: tokenizer_args.model_max_length)`,
    "truncation side": `left (${NAME}: tokenizer_args.truncation_side)`,
  });
});
