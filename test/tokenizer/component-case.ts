// Small tokenizers written out, one per component and option, for comparison with the official library.

type Json = { readonly [key: string]: unknown };

/** A tokenizer in which every character, or whatever a pre-tokenizer leaves, is one unknown token. */
const WORDS: Json = { type: "WordLevel", vocab: { "[UNK]": 0, a: 1, b: 2 }, unk_token: "[UNK]" };
const EVERY_CHARACTER: Json = {
  type: "Split",
  pattern: { Regex: "[\\s\\S]" },
  behavior: "Isolated",
  invert: false,
};

function document(parts: Json): Json {
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    model: WORDS,
    ...parts,
  };
}

const normalizer = (name: string, value: Json): [string, Json] => [
  `normalizer ${name}`,
  document({ normalizer: value, pre_tokenizer: EVERY_CHARACTER }),
];

const bert = (clean_text: boolean, chinese: boolean, accents: boolean | null, lowercase: boolean) =>
  normalizer(`BertNormalizer ${clean_text} ${chinese} ${accents} ${lowercase}`, {
    type: "BertNormalizer",
    clean_text,
    handle_chinese_chars: chinese,
    strip_accents: accents,
    lowercase,
  });

const replace = (pattern: Json, content: string) =>
  normalizer(`Replace ${JSON.stringify(pattern)} by "${content}"`, {
    type: "Replace",
    pattern,
    content,
  });

const NORMALIZERS: readonly (readonly [string, Json])[] = [
  ...["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "ByteLevel"].map((type) =>
    normalizer(type, { type }),
  ),
  normalizer("Strip left", { type: "Strip", strip_left: true, strip_right: false }),
  normalizer("Strip right", { type: "Strip", strip_left: false, strip_right: true }),
  normalizer("Strip both", { type: "Strip", strip_left: true, strip_right: true }),
  normalizer("Prepend ▁", { type: "Prepend", prepend: "▁" }),
  normalizer("Prepend xyz", { type: "Prepend", prepend: "xyz" }),
  replace({ String: " " }, "▁"),
  replace({ String: "a" }, ""),
  replace({ String: "." }, "!?"),
  replace({ Regex: " {2,}" }, " "),
  replace({ Regex: "\\s+" }, ""),
  replace({ Regex: "[aeiou]+" }, "xy"),
  replace({ Regex: "^\\p{L}" }, "Q"),
  replace({ Regex: "(?i:the|don't)" }, "𝒳"),
  replace({ Regex: "\\P{L}|\\d" }, "0"),
  bert(true, true, true, true),
  bert(true, true, null, true),
  bert(true, true, null, false),
  bert(false, true, false, false),
  bert(false, false, true, false),
  bert(false, false, false, true),
  bert(true, false, false, false),
  normalizer("Sequence NFKD StripAccents Lowercase", {
    type: "Sequence",
    normalizers: [{ type: "NFKD" }, { type: "StripAccents" }, { type: "Lowercase" }],
  }),
  normalizer("Sequence Nmt NFKC Replace Strip Prepend", {
    type: "Sequence",
    normalizers: [
      { type: "Nmt" },
      { type: "NFKC" },
      { type: "Replace", pattern: { Regex: " {2,}" }, content: " " },
      { type: "Strip", strip_left: true, strip_right: true },
      { type: "Prepend", prepend: "▁" },
    ],
  }),
];

const preTokenizer = (name: string, value: Json): [string, Json] => [
  `pre-tokenizer ${name}`,
  document({ pre_tokenizer: value }),
];

const BEHAVIORS = [
  "Removed",
  "Isolated",
  "MergedWithPrevious",
  "MergedWithNext",
  "Contiguous",
] as const;

const split = (Regex: string, behavior: string = "Isolated", invert = false) =>
  preTokenizer(`Split ${Regex} ${behavior} ${invert}`, {
    type: "Split",
    pattern: { Regex },
    behavior,
    invert,
  });

const metaspace = (prepend_scheme: string, splits: boolean) =>
  preTokenizer(`Metaspace ${prepend_scheme} ${splits}`, {
    type: "Metaspace",
    replacement: "▁",
    prepend_scheme,
    split: splits,
  });

const GPT4 =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const GPT4O =
  "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const CLIP = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

const byteLevel = (add_prefix_space: boolean, use_regex: boolean): Json => ({
  type: "ByteLevel",
  add_prefix_space,
  trim_offsets: true,
  use_regex,
});

const sequence = (name: string, pretokenizers: readonly Json[]) =>
  preTokenizer(`Sequence ${name}`, { type: "Sequence", pretokenizers });

const PRE_TOKENIZERS: readonly (readonly [string, Json])[] = [
  preTokenizer("none", document({})["pre_tokenizer"] as Json),
  ...["BertPreTokenizer", "Whitespace", "WhitespaceSplit"].map((type) =>
    preTokenizer(type, { type }),
  ),
  ...BEHAVIORS.map((behavior) =>
    preTokenizer(`Punctuation ${behavior}`, { type: "Punctuation", behavior }),
  ),
  ...BEHAVIORS.flatMap((behavior) => [
    split("\\s+|a", behavior),
    split("\\s+|a", behavior, true),
    split("[,.\\-\\]]", behavior),
  ]),
  preTokenizer("Split String", {
    type: "Split",
    pattern: { String: "a." },
    behavior: "Isolated",
    invert: false,
  }),
  preTokenizer("Digits together", { type: "Digits", individual_digits: false }),
  preTokenizer("Digits alone", { type: "Digits", individual_digits: true }),
  preTokenizer("CharDelimiterSplit", { type: "CharDelimiterSplit", delimiter: "e" }),
  preTokenizer("FixedLength 3", { type: "FixedLength", length: 3 }),
  ...["always", "first", "never"].flatMap((scheme) => [
    metaspace(scheme, true),
    metaspace(scheme, false),
  ]),
  preTokenizer("Metaspace as it was", {
    type: "Metaspace",
    replacement: "▁",
    str_rep: "▁",
    add_prefix_space: true,
  }),
  ...[GPT2, GPT4, GPT4O, CLIP].map((pattern) => split(pattern)),
  split(CLIP, "Removed", true),
  split("\\w+|[^\\w\\s]+", "Removed", true),
  split("\\W"),
  split("\\b"),
  split("(?<=a)b|(?<!a)c(?=d)|x(?!y)"),
  split("[a-c[x-z]]+?|\\x{4e00}|\\u00e9"),
  split("^.|.$|\\A\\S"),
  split("\\s++\\S|(?>a+)b"),
  split("(?i)range|k|[^a-q\\s]+"),
  split("(?i:[x\\p{Lu}\\d]+|[^e\\s\\p{L}])|\\W"),
  split("\\p{Han}+|\\p{^L}|\\p{Lu}\\p{Ll}*|\\h{2}"),
  ...[true, false].flatMap((adds) =>
    [true, false].map((uses) => preTokenizer(`ByteLevel ${adds} ${uses}`, byteLevel(adds, uses))),
  ),
  sequence("WhitespaceSplit Metaspace", [
    { type: "WhitespaceSplit" },
    { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
  ]),
  sequence("Whitespace Digits Punctuation", [
    { type: "Whitespace" },
    { type: "Digits", individual_digits: true },
    { type: "Punctuation", behavior: "MergedWithPrevious" },
  ]),
  sequence("Split ByteLevel", [
    { type: "Split", pattern: { Regex: GPT4 }, behavior: "Isolated", invert: false },
    byteLevel(false, false),
  ]),
  sequence("ByteLevel Split", [byteLevel(true, true), EVERY_CHARACTER]),
  sequence("Digits ByteLevel", [
    { type: "Digits", individual_digits: true },
    byteLevel(false, true),
  ]),
];

/** The 256 byte-level characters, then a few longer tokens. */
function byteVocabulary(tokens: readonly string[]): Json {
  const visible = [
    [0x21, 0x7e],
    [0xa1, 0xac],
    [0xae, 0xff],
    [0x100, 0x143],
  ] as const;
  const vocab: Record<string, number> = {};
  for (const [from, to] of visible) {
    for (let code = from; code <= to; code++) {
      vocab[String.fromCharCode(code)] = Object.keys(vocab).length;
    }
  }
  for (const token of tokens) vocab[token] = Object.keys(vocab).length;
  return vocab;
}

const BYTE_BPE: Json = {
  type: "BPE",
  vocab: byteVocabulary(["Ġt", "he", "Ġthe", "Ã©", "ing", "in", "ĠĠ", "<mask>", "<s>", "</s>"]),
  merges: ["Ġ t", "h e", "Ġt he", "Ã ©", "i n", "in g", "Ġ Ġ"].map((merge) => merge.split(" ")),
};

const CHARACTER_VOCABULARY = Object.fromEntries(
  [..."[UNK] a b c d e h i l o r s t</w> 漢 ## ▁".split(" "), "ab", "abc", "bc", "bcd", "he", "ll"]
    .concat(["##a", "##b", "##ab", "##c", "##abc", "hel", "lo</w>", "o</w>", "e</w>", "é", "<unk>"])
    .map((token, id) => [token, id]),
);

const bpe = (name: string, options: Json, pre: Json | null = { type: "Whitespace" }) =>
  [
    `model BPE ${name}`,
    document({
      pre_tokenizer: pre,
      model: { type: "BPE", vocab: CHARACTER_VOCABULARY, merges: [], ...options },
    }),
  ] as const;

const BYTE_PIECES = Array.from(
  { length: 256 },
  (_, byte) => [`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`, -20] as const,
);
const PIECES: readonly (readonly [string, number])[] = [
  ["<unk>", 0],
  ["▁", -2],
  ["a", -3],
  ["b", -3.5],
  ["ab", -5],
  ["e", -3],
  ["▁the", -4],
  ["he", -4.25],
  ["t", -3.125],
  ["h", -3.0625],
  ["▁t", -3.75],
  ["漢", -6],
  ["字", -6.5],
  ["漢字", -12.5],
  ["😀", -7],
  ["!!", -5.5],
  ["!", -2.75],
];

const unigram = (name: string, options: Json, pre: Json | null) =>
  [
    `model Unigram ${name}`,
    document({
      pre_tokenizer: pre,
      model: { type: "Unigram", unk_id: 0, vocab: PIECES, ...options },
    }),
  ] as const;

const METASPACE: Json = {
  type: "Metaspace",
  replacement: "▁",
  prepend_scheme: "always",
  split: true,
};

const MODELS: readonly (readonly [string, Json])[] = [
  bpe("unknown skipped", { merges: ["a b", "ab c", "b c", "bc d", "h e", "l l"] }),
  bpe("unknown", { unk_token: "[UNK]", merges: ["b c", "a b", "a bc"] }),
  bpe("unknown fused", { unk_token: "[UNK]", fuse_unk: true, merges: ["h e", "he l"] }),
  bpe("suffix", { unk_token: "[UNK]", end_of_word_suffix: "</w>", merges: ["l o</w>", "h e"] }),
  bpe("prefix", {
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    merges: ["a ##b", "##a ##b"],
  }),
  bpe("ignore merges", { unk_token: "[UNK]", ignore_merges: true, merges: ["h e"] }),
  bpe("without words", { unk_token: "[UNK]", merges: ["a b"] }, null),
  [
    "model BPE byte fallback",
    document({
      pre_tokenizer: METASPACE,
      model: {
        type: "BPE",
        unk_token: "<unk>",
        byte_fallback: true,
        fuse_unk: true,
        vocab: Object.fromEntries([...PIECES, ...BYTE_PIECES].map(([piece], id) => [piece, id])),
        merges: ["h e", "▁ t"],
      },
    }),
  ],
  unigram("of words", {}, METASPACE),
  unigram("of whole texts", {}, null),
  unigram("byte fallback", { byte_fallback: true, vocab: [...PIECES, ...BYTE_PIECES] }, METASPACE),
  [
    "model WordPiece with options",
    document({
      pre_tokenizer: { type: "Whitespace" },
      model: {
        type: "WordPiece",
        unk_token: "<unk>",
        continuing_subword_prefix: "##",
        max_input_chars_per_word: 6,
        vocab: CHARACTER_VOCABULARY,
      },
    }),
  ],
  [
    "model WordPiece without prefix",
    document({
      pre_tokenizer: { type: "WhitespaceSplit" },
      model: {
        type: "WordPiece",
        unk_token: "[UNK]",
        continuing_subword_prefix: "",
        max_input_chars_per_word: 100,
        vocab: CHARACTER_VOCABULARY,
      },
    }),
  ],
];

const token = (id: number, content: string, options: Json = {}): Json => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: false,
  ...options,
});

const added = (name: string, tokens: readonly Json[], parts: Json = {}) =>
  [
    `added tokens ${name}`,
    document({ added_tokens: tokens, pre_tokenizer: { type: "Whitespace" }, ...parts }),
  ] as const;

const ADDED_TOKENS: readonly (readonly [string, Json])[] = [
  added("plain", [token(3, "the"), token(4, "[MASK]", { special: true }), token(5, " ")]),
  added("overlapping", [token(3, "ab"), token(4, "abc"), token(5, "bcd"), token(6, "😀")]),
  added("single words", [
    token(3, "a", { single_word: true }),
    token(4, "été", { single_word: true }),
  ]),
  added("stripping", [
    token(3, "<mask>", { lstrip: true, special: true }),
    token(4, "[MASK]", { rstrip: true }),
    token(5, "a", { lstrip: true, rstrip: true }),
    token(6, "!", { lstrip: true }),
  ]),
  added(
    "normalized",
    [token(3, "The", { normalized: true }), token(4, "É", { normalized: true }), token(5, "DOG")],
    { normalizer: { type: "Sequence", normalizers: [{ type: "NFKD" }, { type: "Lowercase" }] } },
  ),
  added("known to the model", [token(9, "a"), token(17, "b", { special: true }), token(99, "new")]),
];

const ROBERTA: Json = { type: "RobertaProcessing", sep: ["</s>", 265], cls: ["<s>", 264] };
const TEMPLATE: Json = {
  type: "TemplateProcessing",
  single: [
    { SpecialToken: { id: "[CLS]", type_id: 2 } },
    { Sequence: { id: "A", type_id: 3 } },
    { SpecialToken: { id: "two", type_id: 1 } },
  ],
  pair: [
    { Sequence: { id: "B", type_id: 1 } },
    { SpecialToken: { id: "two", type_id: 4 } },
    { Sequence: { id: "A", type_id: 0 } },
  ],
  special_tokens: {
    "[CLS]": { id: "[CLS]", ids: [1], tokens: ["a"] },
    two: { id: "two", ids: [1, 2], tokens: ["a", "b"] },
  },
};

const postProcessor = (name: string, value: Json, pre: Json = byteLevel(false, true)) =>
  [
    `post-processor ${name}`,
    document({
      added_tokens: [token(263, "<mask>", { lstrip: true, special: true, normalized: true })],
      pre_tokenizer: pre,
      post_processor: value,
      model: BYTE_BPE,
    }),
  ] as const;

const POST_PROCESSORS: readonly (readonly [string, Json])[] = [
  postProcessor("Bert", { type: "BertProcessing", sep: ["</s>", 265], cls: ["<s>", 264] }),
  postProcessor("Roberta", { ...ROBERTA, trim_offsets: true, add_prefix_space: false }),
  postProcessor(
    "Roberta with prefix space",
    { ...ROBERTA, trim_offsets: true, add_prefix_space: true },
    byteLevel(true, true),
  ),
  postProcessor("Roberta without trim", {
    ...ROBERTA,
    trim_offsets: false,
    add_prefix_space: true,
  }),
  postProcessor("ByteLevel", { type: "ByteLevel", add_prefix_space: false, trim_offsets: true }),
  postProcessor(
    "ByteLevel with prefix space",
    { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    byteLevel(true, true),
  ),
  postProcessor("Template", TEMPLATE),
  postProcessor("Sequence", {
    type: "Sequence",
    processors: [{ type: "ByteLevel", add_prefix_space: false, trim_offsets: true }, TEMPLATE],
  }),
];

/** Name and tokenizer.json of every case. */
export const COMPONENT_CASES: readonly (readonly [string, string])[] = [
  ...NORMALIZERS,
  ...PRE_TOKENIZERS,
  ...MODELS,
  ...ADDED_TOKENS,
  ...POST_PROCESSORS,
].map(([name, value]) => [name, JSON.stringify(value)] as const);
