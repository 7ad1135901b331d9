// Generated vocabularies are judged by the official tokenizer library and by the one shipped.
import { describe, expect, test } from "bun:test";
import { Tokenizer as HubTokenizer } from "@huggingface/tokenizers";
import { Tokenizer } from "tokenizers";
import { printTokenizerFiles } from "../../scripts/fixture/tokenizer-file.ts";
import { makeVocabulary } from "../../scripts/fixture/vocabulary.ts";

describe("makeVocabulary()", () => {
  test.each([256, 600, 30_522])("gives %d different tokens", (size) => {
    const tokens = makeVocabulary(size);
    expect(tokens).toHaveLength(size);
    expect(new Set(tokens).size).toBe(size);
    expect(makeVocabulary(size)).toEqual(tokens);
  });

  test("puts the special tokens where BERT has them", () => {
    const tokens = makeVocabulary(30_522);
    expect(tokens[0]).toBe("[PAD]");
    expect(tokens.slice(100, 104)).toEqual(["[UNK]", "[CLS]", "[SEP]", "[MASK]"]);
    expect(makeVocabulary(600).slice(0, 5)).toEqual(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]);
  });
});

describe("printTokenizerFiles()", () => {
  test("gives files both tokenizer libraries read alike", async () => {
    const files = printTokenizerFiles({
      tokens: makeVocabulary(30_522),
      lowercase: true,
      maxLength: 512,
      inputNames: ["input_ids", "attention_mask"],
    });
    const json = files["tokenizer.json"]!;
    const config = files["tokenizer_config.json"]!;
    const oracle = Tokenizer.fromString(json);
    const other = new HubTokenizer(JSON.parse(json), JSON.parse(config));
    for (const text of ["Hello, World of Zqxj 42!", "the MODEL's café", "~[MASK]~", "日本"]) {
      const encoding = await oracle.encode(text, "a pair");
      expect(encoding.getIds()[0]).toBe(101);
      expect(encoding.getTypeIds().at(-1)).toBe(1);
      expect(other.encode(text, { text_pair: "a pair" }).ids).toEqual(encoding.getIds());
    }
    expect((await oracle.encode("Hello world")).getTokens()).toEqual([
      "[CLS]",
      "hello",
      "world",
      "[SEP]",
    ]);
  });
});
