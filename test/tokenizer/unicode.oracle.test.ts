// What characters are and become, against the official library, on every code point.
import { describe, expect, test } from "bun:test";
import {
  bertNormalizer,
  bertPreTokenizer,
  digitsPreTokenizer,
  lowercase,
  nfcNormalizer,
  nfdNormalizer,
  nfkcNormalizer,
  nfkdNormalizer,
  nmt,
  punctuationPreTokenizer,
  stripAccentsNormalizer,
  whitespacePreTokenizer,
  whitespaceSplitPreTokenizer,
} from "tokenizers";
import { alignIdentity } from "../../src/tokenizer/aligned-text.ts";
import { JsonCursor } from "../../src/tokenizer/json-cursor.ts";
import { readNormalizer } from "../../src/tokenizer/normalizer.ts";
import { readPreTokenizer } from "../../src/tokenizer/pre-tokenizer.ts";
import { WordList } from "../../src/tokenizer/word-list.ts";

const NO_STEPS = {
  cleanText: false,
  handleChineseChars: false,
  stripAccents: false,
  lowercase: false,
};

const BLOCK_SIZE = 512;
const BLOCK_COUNT = 0x110000 / BLOCK_SIZE;

/** Whether a block holds more than one kind of character; ideographs, syllables and private use go by the thousand. */
function isMixed(block: number): boolean {
  const first = block * BLOCK_SIZE;
  return (
    first < 0x3400 || (first >= 0xa000 && first < 0xac00) || (first >= 0xf800 && first < 0x1fc00)
  );
}

/** Every code point of a block between letters, so that neighbours do not hide each other, and before marks. */
function blockText(block: number): string {
  const parts: string[] = [];
  for (let codePoint = block * BLOCK_SIZE; codePoint < (block + 1) * BLOCK_SIZE; codePoint++) {
    const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
    const character = isSurrogate ? "" : String.fromCodePoint(codePoint);
    parts.push(`a${character}b${character}${character} ${character}\u0323\u0301.`);
  }
  return parts.join("");
}

// One plain block in sixteen keeps the suite quick; ENCODERFILE_TEST_ALL takes them all.
const TEXTS: readonly string[] = Array.from({ length: BLOCK_COUNT }, (_, block) => block)
  .filter((block) => {
    const all = process.env["ENCODERFILE_TEST_ALL"] !== undefined;
    return all || block % 16 === 0 || (isMixed(block) && block % 2 === 0);
  })
  .map(blockText);

describe("readNormalizer() knows every character as the official library does:", () => {
  const bert = (step: string) => ({
    type: "BertNormalizer",
    clean_text: step === "clean_text",
    handle_chinese_chars: step === "handle_chinese_chars",
    strip_accents: step === "strip_accents",
    lowercase: step === "lowercase",
  });
  test.each([
    ["NFC", nfcNormalizer(), { type: "NFC" }],
    ["NFD", nfdNormalizer(), { type: "NFD" }],
    ["NFKC", nfkcNormalizer(), { type: "NFKC" }],
    ["NFKD", nfkdNormalizer(), { type: "NFKD" }],
    ["Lowercase", lowercase(), { type: "Lowercase" }],
    ["StripAccents", stripAccentsNormalizer(), { type: "StripAccents" }],
    ["Nmt", nmt(), { type: "Nmt" }],
    ["clean_text", bertNormalizer({ ...NO_STEPS, cleanText: true }), bert("clean_text")],
    ["strip_accents", bertNormalizer({ ...NO_STEPS, stripAccents: true }), bert("strip_accents")],
    ["lowercase", bertNormalizer({ ...NO_STEPS, lowercase: true }), bert("lowercase")],
    [
      "handle_chinese_chars",
      bertNormalizer({ ...NO_STEPS, handleChineseChars: true }),
      bert("handle_chinese_chars"),
    ],
  ])("%s", (_, official, value) => {
    const ours = readNormalizer(new JsonCursor(value, "normalizer"));
    const different = TEXTS.findIndex(
      (text) => ours(alignIdentity(text)).text !== official.normalizeString(text),
    );
    expect(different).toBe(-1);
  });
});

describe("readPreTokenizer() knows every character as the official library does:", () => {
  test.each([
    ["BertPreTokenizer", bertPreTokenizer(), { type: "BertPreTokenizer" }],
    ["Whitespace", whitespacePreTokenizer(), { type: "Whitespace" }],
    ["WhitespaceSplit", whitespaceSplitPreTokenizer(), { type: "WhitespaceSplit" }],
    ["Digits", digitsPreTokenizer(true), { type: "Digits", individual_digits: true }],
    ["Punctuation", punctuationPreTokenizer("isolated"), { type: "Punctuation" }],
  ])("%s", (_, official, value) => {
    const ours = readPreTokenizer(new JsonCursor(value, "pre_tokenizer"));
    const different = TEXTS.findIndex((text) => {
      const words = ours.split(WordList.whole(alignIdentity(text)));
      const found = Array.from({ length: words.count }, (_, index) =>
        text.slice(words.startOf(index), words.endOf(index)),
      );
      const expected = official.preTokenizeString(text).map(([word]) => word);
      return !Bun.deepEquals(found, expected);
    });
    expect(different).toBe(-1);
  });
});
