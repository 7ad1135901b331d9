// What a tokenizer file may look like, and how each fault of one is told.
import { describe, expect, test } from "bun:test";
import { loadTokenizer } from "../../src/tokenizer/index.ts";
import { BERT_DOCUMENT, BPE_DOCUMENT, UNIGRAM_DOCUMENT, withModel, withParts } from "./tiny.ts";

const refusal = (code: string, part: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(part) });

describe("loadTokenizer()", () => {
  test("reads text and bytes alike", () => {
    const json = JSON.stringify(BERT_DOCUMENT);
    const bytes = new TextEncoder().encode(json);
    expect(loadTokenizer(bytes).encode("the")).toEqual(loadTokenizer(json).encode("the"));
  });

  test("reads the wrapped form of published encoderfiles", () => {
    const wrapped = { tokenizer: BERT_DOCUMENT, config: { padding: {}, truncation: {} } };
    const tokenizer = loadTokenizer(JSON.stringify(wrapped));
    expect(tokenizer.encode("the")).toEqual(loadTokenizer(withParts({})).encode("the"));
  });

  test("does not apply the padding and truncation of the file", () => {
    const { ids, truncated } = loadTokenizer(withParts({})).encode("a b a b a b");
    expect(ids).toHaveLength(8);
    expect(truncated).toBe(false);
  });

  test.each([
    ["indented", JSON.stringify(BERT_DOCUMENT, undefined, 2)],
    ["with its members turned round", turned(BERT_DOCUMENT)],
    ["with escaped tokens", JSON.stringify(BERT_DOCUMENT).replaceAll("#", "\\u0023")],
  ])("reads a file %s", (_, json) => {
    const encoding = loadTokenizer(json).encode("unaffable [MASK]!");
    expect(Array.from(encoding.ids)).toEqual([2, 5, 6, 7, 4, 11, 3]);
  });

  test.each([
    ["WordPiece", withModel({ type: undefined })],
    ["BPE", withModel({ type: undefined }, BPE_DOCUMENT)],
    ["Unigram", withModel({ type: undefined }, UNIGRAM_DOCUMENT)],
    ["WordLevel", withParts({ model: { vocab: { a: 0, "<unk>": 1 } } })],
  ])("tells %s by its fields where the kind is not written", (kind, json) => {
    expect(loadTokenizer(json).kind).toBe(kind as "BPE");
  });

  test("keeps the last of two equal members, as JSON does", () => {
    const json = JSON.stringify(BERT_DOCUMENT).replace('"vocab":{', '"vocab":{"a":9},"vocab":{');
    expect(loadTokenizer(json).tokenToId("a")).toBe(15);
  });

  test.each(["__proto__", "constructor", '"quoted"', "\\", "vocab", "model", "😀", "\u2028"])(
    "takes %j as a token like any other",
    (token) => {
      const json = withParts({
        model: { type: "WordLevel", vocab: JSON.parse(`{${JSON.stringify(token)}:0,"<unk>":1}`) },
        pre_tokenizer: null,
        normalizer: null,
        added_tokens: [],
        post_processor: null,
      });
      const tokenizer = loadTokenizer(json);
      expect(tokenizer.tokenToId(token)).toBe(0);
      expect(tokenizer.idToToken(0)).toBe(token);
      expect(Array.from(tokenizer.encode(token).ids)).toEqual([0]);
    },
  );
});

describe("loadTokenizer() refuses what it does not support by name:", () => {
  const typed = (type: string) => ({ type });
  test.each([
    ["normalizer", "Unknown", withParts({ normalizer: typed("Unknown") })],
    ["normalizer", "constructor", withParts({ normalizer: typed("constructor") })],
    ["pre-tokenizer", "UnicodeScripts", withParts({ pre_tokenizer: typed("UnicodeScripts") })],
    ["post-processor", "Nothing", withParts({ post_processor: typed("Nothing") })],
    ["decoder", "Morse", withParts({ decoder: typed("Morse") })],
    ["model", "Neural", withModel({ type: "Neural" })],
    ["model", "dropout", withModel({ dropout: 0.1 }, BPE_DOCUMENT)],
    [
      "pattern",
      "\\X",
      withParts({
        pre_tokenizer: { type: "Split", pattern: { Regex: "\\X" }, behavior: "Isolated" },
      }),
    ],
    [
      "post-processor",
      "a second template",
      withParts({
        post_processor: {
          type: "Sequence",
          processors: [BERT_DOCUMENT["post_processor"], BERT_DOCUMENT["post_processor"]],
        },
      }),
    ],
    [
      "added token",
      "normalises to nothing",
      withParts({ added_tokens: [{ content: "\u0301", normalized: true }] }),
    ],
  ])("%s %s", (component, found, json) => {
    expect(() => loadTokenizer(json)).toThrow(refusal("TOKENIZER_UNSUPPORTED", component));
    expect(() => loadTokenizer(json)).toThrow(refusal("TOKENIZER_UNSUPPORTED", found));
  });
});

describe("loadTokenizer() names the place of a fault:", () => {
  const bert = (parts: Record<string, unknown>) => withParts(parts);
  const template = BERT_DOCUMENT["post_processor"] as Record<string, unknown>;
  test.each([
    ["it is not JSON", "{"],
    ["it is not JSON", ""],
    ["it is not JSON", "\ufeff{}"],
    ["it is not JSON", `${JSON.stringify(BERT_DOCUMENT)}]`],
    ['"" is []', "[]"],
    ['"model" is nothing', "{}"],
    ['"model.vocab" is nothing', bert({ model: { type: "BPE" } })],
    ['"model.vocab" is "none"', withModel({ vocab: "none" })],
    ['"model.vocab" has', withModel({ vocab: { a: "0" } })],
    ['"model.vocab" has', withModel({ vocab: { a: -1 } })],
    ['"model.vocab" has', withModel({ vocab: { a: 0.5 } })],
    ['"model.vocab" has', withModel({ vocab: { a: 2 ** 31 } })],
    ['"model.vocab" has', withModel({ vocab: [["a"]] }, UNIGRAM_DOCUMENT)],
    ['"model.vocab" has', withModel({ vocab: [["a", null]] }, UNIGRAM_DOCUMENT)],
    ['"model.vocab" has', withModel({ vocab: [[1, 1]] }, UNIGRAM_DOCUMENT)],
    ['"model.merges" has', withModel({ merges: ["a"] }, BPE_DOCUMENT)],
    ['"model.merges" has', withModel({ merges: ["a b c"] }, BPE_DOCUMENT)],
    ['"model.merges" has', withModel({ merges: [["a", "z"]] }, BPE_DOCUMENT)],
    ['"model.merges" has', withModel({ merges: ["b a"] }, BPE_DOCUMENT)],
    ['"model.merges" is', withModel({ merges: undefined, type: "BPE" }, BPE_DOCUMENT)],
    ['"model.unk_token" is "zz"', withModel({ unk_token: "zz" }, BPE_DOCUMENT)],
    ['"model.unk_id" is 3', withModel({ unk_id: 3 }, UNIGRAM_DOCUMENT)],
    ['"model.unk_id" is "0"', withModel({ unk_id: "0" }, UNIGRAM_DOCUMENT)],
    ['"model.max_input_chars_per_word" is', withModel({ max_input_chars_per_word: 1.5 })],
    ['"normalizer.type" is 5', bert({ normalizer: { type: 5 } })],
    [
      '"normalizer.lowercase" is "yes"',
      bert({ normalizer: { type: "BertNormalizer", lowercase: "yes" } }),
    ],
    [
      '"normalizer.normalizers[0]" is 1',
      bert({ normalizer: { type: "Sequence", normalizers: [1] } }),
    ],
    [
      '"normalizer.precompiled_charsmap" is',
      bert({ normalizer: { type: "Precompiled", precompiled_charsmap: "AAAA" } }),
    ],
    [
      '"normalizer.precompiled_charsmap" is',
      bert({ normalizer: { type: "Precompiled", precompiled_charsmap: "!" } }),
    ],
    [
      '"pre_tokenizer.behavior" is',
      bert({ pre_tokenizer: { type: "Punctuation", behavior: "Odd" } }),
    ],
    ['"pre_tokenizer.length" is 0', bert({ pre_tokenizer: { type: "FixedLength", length: 0 } })],
    ['"added_tokens" is {}', bert({ added_tokens: {} })],
    ['"added_tokens[0].content" is nothing', bert({ added_tokens: [{}] })],
    [
      '"post_processor.single[0].SpecialToken" is',
      bert({ post_processor: { ...template, special_tokens: {} } }),
    ],
    [
      '"post_processor.single" is',
      bert({ post_processor: { ...template, single: template["pair"] } }),
    ],
    ['"post_processor.sep" is', bert({ post_processor: { type: "BertProcessing", sep: ["a"] } })],
  ])("%s", (part, json) => {
    expect(() => loadTokenizer(json)).toThrow(refusal("TOKENIZER_INVALID", part));
  });

  test("nesting without end", () => {
    let normalizer: Record<string, unknown> = { type: "NFC" };
    for (let depth = 0; depth < 2000; depth++) {
      normalizer = { type: "Sequence", normalizers: [normalizer] };
    }
    expect(() => loadTokenizer(withParts({ normalizer }))).toThrow(
      refusal("TOKENIZER_INVALID", "less nesting"),
    );
    expect(() => loadTokenizer("[".repeat(1_000_000))).toThrow(
      refusal("TOKENIZER_INVALID", "it is not JSON"),
    );
  });

  test("bytes that are not UTF-8", () => {
    expect(() => loadTokenizer(Uint8Array.of(0x7b, 0xff, 0x7d))).toThrow(
      refusal("TOKENIZER_INVALID", "it is not JSON"),
    );
  });

  test("every beginning of a file", () => {
    for (const document of [BERT_DOCUMENT, BPE_DOCUMENT, UNIGRAM_DOCUMENT]) {
      const json = JSON.stringify(document);
      for (let length = 0; length < json.length; length++) {
        expect(() => loadTokenizer(json.slice(0, length))).toThrow(
          expect.objectContaining({ code: "TOKENIZER_INVALID" }),
        );
      }
    }
  });
});

/** The same document with the members of every object in reverse order. */
function turned(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).reverse())
      : member,
  );
}
