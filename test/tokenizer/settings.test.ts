// Limits, padding and sides out of the files beside a tokenizer.
import { describe, expect, test } from "bun:test";
import {
  readFirstPosition,
  readTokenizerSettings,
  type TokenizerFiles,
} from "../../src/tokenizer/index.ts";

const VOCABULARY = {
  tokenToId: (token: string) => ({ "[PAD]": 7, "<pad>": 1 })[token],
  idToToken: (id: number) => (id === 7 ? "[PAD]" : id === 1 ? "<pad>" : undefined),
  unknownId: 5,
};

const read = (files: TokenizerFiles) => readTokenizerSettings(files, VOCABULARY);

test.each([
  ["bert", 0, false],
  ["nystromformer", 2, false],
  ["yoso", 2, false],
  ["mra", 2, false],
  ["esm", 5, true],
  ["roberta", 5, true],
])("readFirstPosition() of %s is %d", (model_type, first, hangsOnPadding) => {
  expect(readFirstPosition({ model_type, pad_token_id: 4 })).toEqual({ first, hangsOnPadding });
});

describe("readTokenizerSettings()", () => {
  test.each<[string, TokenizerFiles, number | undefined, string | undefined]>([
    ["nothing", {}, undefined, undefined],
    [
      "the tokenizer's limit",
      { tokenizerConfig: { model_max_length: 512 } },
      512,
      "tokenizer_config.json: model_max_length",
    ],
    [
      "a sentinel as no limit",
      { tokenizerConfig: { model_max_length: 1e30 } },
      undefined,
      undefined,
    ],
    [
      "the smallest of three",
      {
        tokenizerConfig: { model_max_length: 512 },
        sentenceBertConfig: { max_seq_length: 256 },
        modelConfig: { max_position_embeddings: 512, model_type: "bert" },
      },
      256,
      "sentence_bert_config.json: max_seq_length",
    ],
    [
      "positions less the offset",
      {
        tokenizerConfig: { model_max_length: 1e30 },
        modelConfig: { max_position_embeddings: 514, model_type: "xlm-roberta", pad_token_id: 1 },
      },
      512,
      "config.json: max_position_embeddings - 2",
    ],
    [
      "positions behind padding",
      { modelConfig: { max_position_embeddings: 1026, model_type: "esm", pad_token_id: 1 } },
      1024,
      "config.json: max_position_embeddings - 2",
    ],
    [
      "positions of a table with rows to spare",
      { modelConfig: { max_position_embeddings: 510, model_type: "nystromformer" } },
      510,
      "config.json: max_position_embeddings",
    ],
    [
      "what sentence-transformers loads a tokenizer with",
      { sentenceBertConfig: { max_seq_length: 64, tokenizer_args: { model_max_length: 128 } } },
      128,
      "sentence_bert_config.json: tokenizer_args.model_max_length",
    ],
    [
      "what sentence-transformers calls a tokenizer with",
      {
        sentenceBertConfig: {
          processor_kwargs: { model_max_length: 128 },
          processing_kwargs: { text: { max_length: 96 } },
        },
      },
      96,
      "sentence_bert_config.json: processing_kwargs.text.max_length",
    ],
    [
      "no limit of relative positions",
      { modelConfig: { n_positions: 512, model_type: "t5" } },
      undefined,
      undefined,
    ],
    [
      "a null field as absent",
      { sentenceBertConfig: { max_seq_length: null } },
      undefined,
      undefined,
    ],
  ])("reads %s", (_, files, maxLength, source) => {
    const settings = read(files);
    expect(settings.maxLength).toBe(maxLength);
    expect(settings.maxLengthSource).toBe(source);
  });

  test("lists every limit, the smallest first", () => {
    const { lengthLimits } = read({
      tokenizerConfig: { model_max_length: 512 },
      sentenceBertConfig: { max_seq_length: 128 },
    });
    expect(lengthLimits.map((limit) => limit.maxLength)).toEqual([128, 512]);
  });

  test.each<[string, TokenizerFiles, number, string | undefined]>([
    ["a string", { tokenizerConfig: { pad_token: "[PAD]" } }, 7, "[PAD]"],
    ["an object", { tokenizerConfig: { pad_token: { content: "<pad>" } } }, 1, "<pad>"],
    ["tokenizer.json", { tokenizer: { padding: { pad_id: 7 } } }, 7, "[PAD]"],
    ["config.json", { modelConfig: { pad_token_id: 1 } }, 1, "<pad>"],
    ["nowhere", {}, 0, undefined],
  ])("finds the pad token in %s", (_, files, padId, padToken) => {
    expect(read(files)).toMatchObject({ padId, padToken });
  });

  test.each<[string, TokenizerFiles, number]>([
    ["the configuration", { tokenizerConfig: { unk_token: { content: "<pad>" } } }, 1],
    ["the model where the configuration names none", {}, 5],
    ["the model where no token is called so", { tokenizerConfig: { unk_token: "nobody" } }, 5],
  ])("takes the unknown token of %s", (_, files, unknownId) => {
    expect(read(files).unknownId).toBe(unknownId);
  });

  test("reads sides from the configuration, padding also from tokenizer.json", () => {
    const left = { padding_side: "left", truncation_side: "left" };
    expect(read({ tokenizerConfig: left })).toMatchObject({ padLeft: true, truncateLeft: true });
    expect(read({ tokenizer: { padding: { direction: "Left" } } })).toMatchObject({
      padLeft: true,
      truncateLeft: false,
    });
  });

  test("reads the side texts are cut at from tokenizer.json where nothing else says", () => {
    const tokenizer = { truncation: { direction: "Left" } };
    expect(read({ tokenizer })).toMatchObject({
      truncateLeft: true,
      truncateSource: "tokenizer.json: truncation.direction",
    });
    const tokenizerConfig = { truncation_side: "right" };
    expect(read({ tokenizer, tokenizerConfig })).toMatchObject({ truncateLeft: false });
  });

  test("reads sides from what sentence-transformers loads a tokenizer with", () => {
    const sides = { truncation_side: "left", padding_side: "left" };
    const tokenizerConfig = { truncation_side: "right", padding_side: "right" };
    for (const name of ["tokenizer_args", "processor_kwargs"]) {
      expect(read({ tokenizerConfig, sentenceBertConfig: { [name]: sides } })).toMatchObject({
        padLeft: true,
        truncateLeft: true,
        truncateSource: `sentence_bert_config.json: ${name}.truncation_side`,
      });
    }
  });

  test.each<[string, TokenizerFiles]>([
    ["tokenizer_config.json.model_max_length", { tokenizerConfig: { model_max_length: "512" } }],
    ["tokenizer_config.json.model_max_length", { tokenizerConfig: { model_max_length: 0 } }],
    ["sentence_bert_config.json.max_seq_length", { sentenceBertConfig: { max_seq_length: 1.5 } }],
    ["tokenizer_config.json.pad_token", { tokenizerConfig: { pad_token: "nobody" } }],
    ["tokenizer_config.json.padding_side", { tokenizerConfig: { padding_side: "up" } }],
    ["config.json.model_type", { modelConfig: { model_type: 5 } }],
    ["config.json", { modelConfig: [] }],
  ])("refuses %s as in %j", (path, files) => {
    expect(() => read(files)).toThrow(
      expect.objectContaining({
        code: "TOKENIZER_INVALID",
        message: expect.stringContaining(path),
      }),
    );
  });
});
