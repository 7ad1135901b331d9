// Decoders against the official library.
import { describe, expect, test } from "bun:test";
import { createRandom } from "./corpus.ts";
import { createTwins } from "./oracle.ts";

const TOKENS = [
  ..."a b ab ##a ##b ▁ ▁a ▁▁b x▁y Ġ Ġa ĊĠ Ã © ð Ł ĺ Ģ a</w> </w> | <pad> h|i [CLS] . ? ! , ' ".split(
    " ",
  ),
  ..."n't 'm 's 've 're do not <0xE2> <0x82> <0xAC> <0x41> <0x9> <0xZZ> é 漢 😀 ä½ł".split(" "),
  " .",
  " ' ",
  " do not",
  "  ",
].filter((token, index, all) => token !== "" && all.indexOf(token) === index);

const document = (decoder: unknown): string =>
  JSON.stringify({
    version: "1.0",
    added_tokens: [
      {
        id: TOKENS.indexOf("[CLS]"),
        content: "[CLS]",
        special: true,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
      },
    ],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder,
    model: {
      type: "WordLevel",
      unk_token: "a",
      vocab: Object.fromEntries(TOKENS.map((token, id) => [token, id])),
    },
  });

const metaspace = (prepend_scheme: string) => ({
  type: "Metaspace",
  replacement: "▁",
  prepend_scheme,
  split: true,
});
const replace = (pattern: unknown, content: string) => ({ type: "Replace", pattern, content });
const llama = [
  replace({ String: "▁" }, " "),
  { type: "ByteFallback" },
  { type: "Fuse" },
  { type: "Strip", content: " ", start: 1, stop: 0 },
];

describe("decode() joins tokens as the official library does with", () => {
  test.each([
    ["none", null],
    ["WordPiece", { type: "WordPiece", prefix: "##", cleanup: true }],
    ["WordPiece without cleanup", { type: "WordPiece", prefix: "##", cleanup: false }],
    ["ByteLevel", { type: "ByteLevel", add_prefix_space: true, trim_offsets: true }],
    ["Metaspace always", metaspace("always")],
    ["Metaspace first", metaspace("first")],
    ["Metaspace never", metaspace("never")],
    ["BPEDecoder", { type: "BPEDecoder", suffix: "</w>" }],
    ["CTC", { type: "CTC", pad_token: "<pad>", word_delimiter_token: "|", cleanup: true }],
    [
      "CTC without cleanup",
      { type: "CTC", pad_token: "<pad>", word_delimiter_token: "|", cleanup: false },
    ],
    ["Fuse", { type: "Fuse" }],
    ["Replace", replace({ Regex: "[ab]+|▁" }, "$&-")],
    ["ByteFallback", { type: "ByteFallback" }],
    // Not both ends at once: the library runs past the end of a token that is nothing else.
    ["Strip left", { type: "Strip", content: "a", start: 2, stop: 0 }],
    ["Strip right", { type: "Strip", content: "a", start: 0, stop: 1 }],
    ["Sequence", { type: "Sequence", decoders: llama }],
  ])("%s", async (_, decoder) => {
    const { ours, oracle } = createTwins(document(decoder));
    const random = createRandom(3);
    for (let made = 0; made < 400; made++) {
      const count = 1 + Math.floor(random() * 8);
      const ids = Array.from({ length: count }, () => Math.floor(random() * TOKENS.length));
      const skipSpecialTokens = random() < 0.5;
      const expected = await oracle.decode(ids, skipSpecialTokens);
      const tokens = ids.map((id) => TOKENS[id]);
      expect([tokens, ours.decode(ids, { skipSpecialTokens })]).toEqual([tokens, expected]);
    }
  });
});
