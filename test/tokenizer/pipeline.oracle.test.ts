// Pipelines of other model families over one SentencePiece vocabulary, against the official library.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { sharedModelsDir } from "../helper/shared-models.ts";
import { AWKWARD, randomTexts, SENTENCES } from "./corpus.ts";
import { createTwins, findDifference, singlesAndPairs } from "./oracle.ts";

const TEXTS = [...SENTENCES, ...AWKWARD, ...randomTexts(31, 60)];
const folder = sharedModelsDir();

const metaspace = (prepend_scheme: string) => ({
  type: "Metaspace",
  replacement: "▁",
  prepend_scheme,
  split: true,
});
const sequence = (...normalizers: unknown[]) => ({ type: "Sequence", normalizers });
const steps = (...pretokenizers: unknown[]) => ({ type: "Sequence", pretokenizers });
const replace = (Regex: string, content: string) => ({
  type: "Replace",
  pattern: { Regex },
  content,
});
const literal = (text: string, content: string) => ({
  type: "Replace",
  pattern: { String: text },
  content,
});
const strip = { type: "Strip", strip_left: true, strip_right: true };
const bert = {
  type: "BertNormalizer",
  clean_text: true,
  handle_chinese_chars: true,
  strip_accents: true,
  lowercase: true,
};
const CHARSMAP = "the character map of the file";

const PIPELINES: readonly (readonly [string, unknown, unknown])[] = [
  ["XLM-R of today", sequence(CHARSMAP, replace(" {2,}", " ")), metaspace("always")],
  ["DeBERTa-v3", sequence(strip, CHARSMAP), steps(metaspace("always"))],
  [
    "ALBERT",
    sequence(
      literal("``", '"'),
      literal("''", '"'),
      { type: "NFKD" },
      { type: "StripAccents" },
      { type: "Lowercase" },
      CHARSMAP,
      replace(" {2,}", " "),
    ),
    metaspace("always"),
  ],
  ["Llama", sequence({ type: "Prepend", prepend: "▁" }, literal(" ", "▁")), null],
  [
    "Gemma",
    literal(" ", "▁"),
    { type: "Split", pattern: { String: " " }, behavior: "MergedWithPrevious", invert: false },
  ],
  [
    "mT5 of today",
    sequence(CHARSMAP, { ...strip, strip_left: false }, replace(" {2,}", "▁")),
    metaspace("first"),
  ],
  [
    "Nmt with digits",
    sequence({ type: "Nmt" }, { type: "NFKC" }, replace(" {2,}", " ")),
    steps({ type: "WhitespaceSplit" }, metaspace("always"), {
      type: "Digits",
      individual_digits: true,
    }),
  ],
  [
    "BERT in front",
    sequence(bert, CHARSMAP),
    steps({ type: "BertPreTokenizer" }, metaspace("never")),
  ],
];

describe("loadTokenizer() runs the pipeline of", () => {
  test.skipIf(folder === undefined).each(PIPELINES)("%s", async (_, normalizer, pre_tokenizer) => {
    const file = Bun.file(join(folder ?? "", "tokenizers/t5-small/tokenizer.json"));
    const document = await file.json();
    // Every option of added tokens somewhere among the hundred of this vocabulary.
    const added_tokens = document.added_tokens.map((token: object, index: number) => ({
      ...token,
      lstrip: index % 6 === 0,
      rstrip: index % 5 === 0,
      single_word: index % 7 === 0,
      normalized: index % 4 === 0,
    }));
    const parts = { ...document, added_tokens, normalizer, pre_tokenizer };
    const charsmap = JSON.stringify(document.normalizer);
    const json = JSON.stringify(parts).replaceAll(JSON.stringify(CHARSMAP), charsmap);
    expect(await findDifference(createTwins(json), singlesAndPairs(TEXTS))).toBeUndefined();
  });
});
