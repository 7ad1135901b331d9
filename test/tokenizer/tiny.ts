// Small tokenizers for tests that say themselves what is right.
import { loadTokenizer, type Tokenizer } from "../../src/tokenizer/index.ts";

type Json = Readonly<Record<string, unknown>>;

const PIECES = [
  "[PAD]",
  "[UNK]",
  "[CLS]",
  "[SEP]",
  "[MASK]",
  "un",
  "##aff",
  "##able",
  "the",
  "cafe",
];
const WORDS = [...PIECES, "##s", "!", ",", "日", "本", "a", "b", "##b"];

const special = (content: string): Json => ({
  id: WORDS.indexOf(content),
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});

/** A tokenizer.json as BERT has it, with 18 tokens. */
export const BERT_DOCUMENT: Json = {
  version: "1.0",
  truncation: { direction: "Right", max_length: 3, strategy: "LongestFirst", stride: 0 },
  padding: { strategy: { Fixed: 128 }, direction: "Right", pad_id: 0, pad_token: "[PAD]" },
  added_tokens: PIECES.slice(0, 5).map(special),
  normalizer: {
    type: "BertNormalizer",
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: "BertPreTokenizer" },
  post_processor: {
    type: "TemplateProcessing",
    single: [
      { SpecialToken: { id: "[CLS]", type_id: 0 } },
      { Sequence: { id: "A", type_id: 0 } },
      { SpecialToken: { id: "[SEP]", type_id: 0 } },
    ],
    pair: [
      { SpecialToken: { id: "[CLS]", type_id: 0 } },
      { Sequence: { id: "A", type_id: 0 } },
      { SpecialToken: { id: "[SEP]", type_id: 0 } },
      { Sequence: { id: "B", type_id: 1 } },
      { SpecialToken: { id: "[SEP]", type_id: 1 } },
    ],
    special_tokens: {
      "[CLS]": { id: "[CLS]", ids: [2], tokens: ["[CLS]"] },
      "[SEP]": { id: "[SEP]", ids: [3], tokens: ["[SEP]"] },
    },
  },
  decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 10,
    vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
  },
};

/** A copy of a document with some top-level members replaced. */
export function withParts(parts: Json, document: Json = BERT_DOCUMENT): string {
  return JSON.stringify({ ...document, ...parts });
}

/** A copy with some settings of the model replaced. */
export function withModel(settings: Json, document: Json = BERT_DOCUMENT): string {
  return withParts({ model: { ...(document["model"] as Json), ...settings } }, document);
}

export function loadBert(): Tokenizer {
  return loadTokenizer(JSON.stringify(BERT_DOCUMENT));
}

/** Unigram over "▁a", "b" and an unknown token. */
export const UNIGRAM_DOCUMENT: Json = {
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
  post_processor: null,
  decoder: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
  model: {
    type: "Unigram",
    unk_id: 0,
    vocab: [
      ["<unk>", 0],
      ["▁a", -1.5],
      ["b", -2.25],
    ],
  },
};

/** BPE over "a", "b" and "ab". */
export const BPE_DOCUMENT: Json = {
  added_tokens: [],
  pre_tokenizer: { type: "Whitespace" },
  model: { type: "BPE", vocab: { a: 0, b: 1, ab: 2 }, merges: ["a b"] },
};
