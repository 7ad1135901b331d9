// Encoding and decoding with small tokenizers, on texts whose tokens can be seen at a glance, and on hostile ones.
import { describe, expect, test } from "bun:test";
import { convertSpans, loadTokenizer } from "../../src/tokenizer/index.ts";
import {
  BERT_DOCUMENT,
  BPE_DOCUMENT,
  loadBert,
  UNIGRAM_DOCUMENT,
  withModel,
  withParts,
} from "./tiny.ts";

const tokenizer = loadBert();
const tokensOf = (ids: Int32Array) => Array.from(ids, (id) => tokenizer.idToToken(id));

/** The part of the text each token stands for. */
function covered(text: string, spans: Int32Array): string[] {
  return Array.from({ length: spans.length / 2 }, (_, index) =>
    text.slice(spans[index * 2], spans[index * 2 + 1]),
  );
}

describe("encode()", () => {
  test("gives ids, types, mask, spans, sequences and words of a text", () => {
    const encoding = tokenizer.encode("The unaffable!");
    expect(tokensOf(encoding.ids)).toEqual(["[CLS]", "the", "un", "##aff", "##able", "!", "[SEP]"]);
    expect(Array.from(encoding.typeIds)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(Array.from(encoding.specialMask)).toEqual([1, 0, 0, 0, 0, 0, 1]);
    expect(Array.from(encoding.spans)).toEqual([0, 0, 0, 3, 4, 6, 6, 9, 9, 13, 13, 14, 0, 0]);
    expect(Array.from(encoding.sequenceIds)).toEqual([-1, 0, 0, 0, 0, 0, -1]);
    expect(Array.from(encoding.wordIds)).toEqual([-1, 0, 1, 1, 1, 2, -1]);
    expect(encoding.truncated).toBe(false);
  });

  test("gives spans of a pair in its own text", () => {
    const encoding = tokenizer.encode("a", { pair: "the b" });
    expect(tokensOf(encoding.ids)).toEqual(["[CLS]", "a", "[SEP]", "the", "b", "[SEP]"]);
    expect(Array.from(encoding.typeIds)).toEqual([0, 0, 0, 1, 1, 1]);
    expect(Array.from(encoding.spans)).toEqual([0, 0, 0, 1, 0, 0, 0, 3, 4, 5, 0, 0]);
    expect(Array.from(encoding.sequenceIds)).toEqual([-1, 0, -1, 1, 1, -1]);
    expect(Array.from(encoding.wordIds)).toEqual([-1, 0, -1, 0, 1, -1]);
  });

  test("leaves special tokens out on request and keeps the types", () => {
    const encoding = tokenizer.encode("a", { pair: "b", addSpecialTokens: false });
    expect(tokensOf(encoding.ids)).toEqual(["a", "b"]);
    expect(Array.from(encoding.typeIds)).toEqual([0, 1]);
  });

  test("finds added tokens in the text, which are not special in the mask", () => {
    const encoding = tokenizer.encode("the [MASK]s");
    expect(tokensOf(encoding.ids)).toEqual(["[CLS]", "the", "[MASK]", "[UNK]", "[SEP]"]);
    expect(Array.from(encoding.specialMask)).toEqual([1, 0, 0, 0, 1]);
    expect(covered("the [MASK]s", encoding.spans)).toEqual(["", "the", "[MASK]", "s", ""]);
  });

  test("maps spans back through accents, ideographs and surrogate pairs", () => {
    const text = "😀 CAFE\u0301s, 日本 Café";
    const encoding = tokenizer.encode(text, { addSpecialTokens: false });
    expect(covered(text, encoding.spans)).toEqual(["😀", "CAFE", "s", ",", "日", "本", "Café"]);
    expect(Array.from(convertSpans(text, encoding.spans, "codepoint").slice(0, 4))).toEqual([
      0, 1, 2, 6,
    ]);
  });

  test("takes a word of too many characters, counted in code points, as unknown", () => {
    expect(tokensOf(tokenizer.encode("a".repeat(10)).ids)).toContain("[UNK]");
    const unknown = tokenizer.encode("abbbbbbbbbb", { addSpecialTokens: false });
    expect(tokensOf(unknown.ids)).toEqual(["[UNK]"]);
    const known = tokenizer.encode("abbbbbbbbb", { addSpecialTokens: false });
    expect(tokensOf(known.ids)).toEqual(["a", ...Array(9).fill("##b")]);
  });

  test.each(["", " ", "\n\t ", "\u0000\u200b"])("gives only special tokens for %j", (text) => {
    expect(tokensOf(tokenizer.encode(text).ids)).toEqual(["[CLS]", "[SEP]"]);
    expect(tokenizer.encode(text, { addSpecialTokens: false }).ids).toHaveLength(0);
  });

  test("counts a lone surrogate as U+FFFD", () => {
    const broken = tokenizer.encode("a \ud800 b\udc00");
    const replaced = tokenizer.encode("a \ufffd b\ufffd");
    expect(broken).toEqual(replaced);
  });

  test("gives the same for a text met before", () => {
    const first = tokenizer.encode("unaffable cafes");
    expect(tokenizer.encode("unaffable cafes")).toEqual(first);
  });
});

describe("encode() with a limit", () => {
  const text = "a b the cafe";

  test.each([
    [6, "right", ["[CLS]", "a", "b", "the", "cafe", "[SEP]"], false],
    [5, "right", ["[CLS]", "a", "b", "the", "[SEP]"], true],
    [5, "left", ["[CLS]", "b", "the", "cafe", "[SEP]"], true],
    [2, "right", ["[CLS]", "[SEP]"], true],
  ] as const)("of %d cuts on the %s", (maxLength, truncationSide, expected, truncated) => {
    const encoding = tokenizer.encode(text, { maxLength, truncationSide });
    expect(tokensOf(encoding.ids)).toEqual([...expected]);
    expect(encoding.truncated).toBe(truncated);
  });

  test("keeps words counted in the whole text when cut on the left", () => {
    const encoding = tokenizer.encode(text, { maxLength: 3, truncationSide: "left" });
    expect(Array.from(encoding.wordIds)).toEqual([-1, 3, -1]);
    expect(Array.from(encoding.spans)).toEqual([0, 0, 8, 12, 0, 0]);
  });

  test("cuts inside a word", () => {
    const encoding = tokenizer.encode("unaffable", { maxLength: 4 });
    expect(tokensOf(encoding.ids)).toEqual(["[CLS]", "un", "##aff", "[SEP]"]);
  });

  test.each([
    ["longest_first", ["a", "b"], ["a"]],
    ["only_first", ["a"], ["a", "b"]],
    ["only_second", ["a", "b", "a"], []],
  ] as const)("shares it by %s", (truncationStrategy, first, second) => {
    const pair = truncationStrategy === "only_second" ? "a b a" : "a b";
    const options = { pair, truncationStrategy, maxLength: 6 } as const;
    if (second.length === 0) {
      const refused = () => tokenizer.encode("a b a", { ...options });
      expect(refused).toThrow(expect.objectContaining({ code: "TOKENIZER_LIMIT_TOO_SMALL" }));
      return;
    }
    const { ids } = tokenizer.encode("a b a", options);
    expect(tokensOf(ids)).toEqual(["[CLS]", ...first, "[SEP]", ...second, "[SEP]"]);
  });

  test("below the special tokens is refused", () => {
    expect(() => tokenizer.encode("a", { maxLength: 1 })).toThrow(
      expect.objectContaining({ code: "TOKENIZER_LIMIT_TOO_SMALL", kind: "invalid_input" }),
    );
  });

  test("does not mark a text as cut when only words without tokens are left", () => {
    const bpe = loadTokenizer(JSON.stringify(BPE_DOCUMENT));
    expect(bpe.encode("ab zzz", { maxLength: 1 }).truncated).toBe(false);
    expect(bpe.encode("ab zzz a", { maxLength: 1 }).truncated).toBe(true);
    expect(bpe.encode("zzz ab", { maxLength: 1, truncationSide: "left" }).truncated).toBe(false);
  });
});

describe("encodeWindows()", () => {
  test("covers a text with overlapping windows", () => {
    const windows = tokenizer.encodeWindows("a b the cafe !", { maxLength: 5, stride: 1 });
    expect(windows.map(({ ids }) => tokensOf(ids))).toEqual([
      ["[CLS]", "a", "b", "the", "[SEP]"],
      ["[CLS]", "the", "cafe", "!", "[SEP]"],
    ]);
    expect(Array.from(windows[1]?.spans ?? [])).toEqual([0, 0, 4, 7, 8, 12, 13, 14, 0, 0]);
    expect(Array.from(windows[1]?.wordIds ?? [])).toEqual([-1, 2, 3, 4, -1]);
  });

  test("gives one window for a short or empty text", () => {
    expect(tokenizer.encodeWindows("a", { maxLength: 3 })).toEqual([tokenizer.encode("a")]);
    expect(tokenizer.encodeWindows("", { maxLength: 3 })).toEqual([tokenizer.encode("")]);
  });

  test("refuses an overlap that leaves nothing new", () => {
    expect(() => tokenizer.encodeWindows("a", { maxLength: 5, stride: 3 })).toThrow(
      expect.objectContaining({ code: "TOKENIZER_LIMIT_TOO_SMALL" }),
    );
  });
});

describe("decode()", () => {
  test("joins pieces and leaves special tokens out unless asked", () => {
    const { ids } = tokenizer.encode("The unaffable, cafes!");
    expect(tokenizer.decode(ids)).toBe("the unaffable, cafes!");
    expect(tokenizer.decode(ids, { skipSpecialTokens: false })).toBe(
      "[CLS] the unaffable, cafes! [SEP]",
    );
  });

  test("ignores ids outside the vocabulary", () => {
    expect(tokenizer.decode([8, 9999, -1, 8])).toBe("the the");
  });
});

describe("Tokenizer", () => {
  test("knows its vocabulary", () => {
    expect(tokenizer.kind).toBe("WordPiece");
    expect(tokenizer.vocabularySize).toBe(18);
    expect(tokenizer.maxId).toBe(18);
    expect([...tokenizer.specialTokenIds]).toEqual([0, 1, 2, 3, 4]);
    expect(tokenizer.tokenToId("##able")).toBe(7);
    expect(tokenizer.tokenToId("nobody")).toBeUndefined();
    expect(tokenizer.idToToken(7)).toBe("##able");
    expect(tokenizer.idToToken(18)).toBeUndefined();
  });

  test.each([
    ["WordPiece", {}, BERT_DOCUMENT, "##", 1],
    ["WordPiece without a prefix", { continuing_subword_prefix: "" }, BERT_DOCUMENT, "", 1],
    ["Unigram", {}, UNIGRAM_DOCUMENT, "", 0],
    ["BPE", {}, BPE_DOCUMENT, "", undefined],
    [
      "BPE with both",
      {
        continuing_subword_prefix: "##",
        unk_token: "a",
        vocab: { a: 0, "##b": 1, ab: 2 },
        merges: ["a ##b"],
      },
      BPE_DOCUMENT,
      "##",
      0,
    ],
    ["WordLevel", { type: "WordLevel", unk_token: "the" }, BERT_DOCUMENT, "", 8],
  ])("tells the prefix and the unknown token of %s", (_, settings, document, prefix, unknownId) => {
    const loaded = loadTokenizer(withModel(settings, document));
    expect([loaded.continuingPrefix, loaded.unknownId]).toEqual([prefix, unknownId]);
  });

  test("gives added tokens without an id of the model the next free one", () => {
    const json = withParts({ added_tokens: [{ id: 500, content: "new", special: false }] });
    const grown = loadTokenizer(json);
    expect(grown.tokenToId("new")).toBe(18);
    expect(grown.vocabularySize).toBe(19);
    expect(grown.maxId).toBe(19);
  });

  test.each([
    ["Unigram", UNIGRAM_DOCUMENT, "a ab zz", [1, 1, 2, 0]],
    ["BPE", BPE_DOCUMENT, "ab ba", [2, 1, 0]],
  ] as const)("runs %s", (kind, document, text, expected) => {
    const loaded = loadTokenizer(JSON.stringify(document));
    expect(loaded.kind).toBe(kind);
    expect(Array.from(loaded.encode(text).ids)).toEqual([...expected]);
  });
});

describe("encode() of hostile texts", () => {
  const UNITS = 1_000_000;
  test.each([
    ["one letter", "a".repeat(UNITS), 1],
    ["white space", " ".repeat(UNITS), 0],
    ["punctuation", "!".repeat(UNITS), UNITS],
    ["marks on one letter", `a${"\u0301\u0323".repeat(UNITS / 2)}`, 1],
    ["ideographs", "日".repeat(UNITS), UNITS],
    ["beginnings of added tokens", "[MAS".repeat(UNITS / 4), UNITS / 2],
    ["added tokens", "[MASK]".repeat(UNITS / 10), UNITS / 10],
    ["lone surrogates", "\ud800".repeat(UNITS), 0],
  ])("takes a megabyte of %s", (_, text, expected) => {
    expect(tokenizer.encode(text, { addSpecialTokens: false }).ids).toHaveLength(expected);
  });

  test.each([
    ["BPE", BPE_DOCUMENT, "ab", 1],
    ["BPE", BPE_DOCUMENT, "a", 1],
    ["Unigram", UNIGRAM_DOCUMENT, "b", 1],
    ["Unigram", UNIGRAM_DOCUMENT, "z", 0],
  ] as const)("takes a word of a megabyte with %s: %j", (_, document, part, tokensPerPart) => {
    const loaded = loadTokenizer(withParts({}, document));
    const count = 200_000;
    const { ids } = loaded.encode(part.repeat(count));
    expect(ids.length).toBeLessThanOrEqual(count * tokensPerPart + 2);
    expect(ids.length).toBeGreaterThanOrEqual(count * tokensPerPart);
  });
});
