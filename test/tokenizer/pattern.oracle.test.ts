// Patterns against the engine of the official library, on every code point.
import { describe, expect, test } from "bun:test";
import { Tokenizer } from "tokenizers";
import { JsonCursor } from "../../src/tokenizer/json-cursor.ts";
import { translatePattern } from "../../src/tokenizer/pattern.ts";

const BLOCK_SIZE = 4096;
const BLOCK_COUNT = 0x110000 / BLOCK_SIZE;

/** Texts that hold code points once each: without ENCODERFILE_TEST_ALL, few of the blocks of one kind only. */
const TEXTS: readonly string[] = Array.from({ length: BLOCK_COUNT }, (_, block) => block)
  .filter((block) => {
    const isMixed = block < 4 || block === 10 || (block >= 14 && block < 32);
    return isMixed || block % 16 === 0 || process.env["ENCODERFILE_TEST_ALL"] !== undefined;
  })
  .map((block) => {
    const characters: string[] = [];
    for (let codePoint = block * BLOCK_SIZE; codePoint < (block + 1) * BLOCK_SIZE; codePoint++) {
      const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
      if (!isSurrogate) characters.push(String.fromCodePoint(codePoint));
    }
    return characters.join("");
  });

function officialRemover(pattern: string): (text: string) => string {
  const normalizer = Tokenizer.fromString(
    JSON.stringify({
      version: "1.0",
      added_tokens: [],
      normalizer: { type: "Replace", pattern: { Regex: pattern }, content: "" },
      model: { type: "WordLevel", vocab: { u: 0 }, unk_token: "u" },
    }),
  ).getNormalizer();
  return (text) => normalizer?.normalizeString(text) ?? "";
}

describe("translatePattern() takes the characters the official engine takes:", () => {
  test.each([
    ..."L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp Cc Cf"
      .split(" ")
      .map((category) => `\\p{${category}}`),
    ..."Han Hiragana Katakana Hangul Latin Greek Cyrillic Arabic Hebrew Thai Devanagari"
      .split(" ")
      .map((script) => `\\p{${script}}`),
    "\\P{L}",
    "\\s",
    "\\S",
    "\\d",
    "\\D",
    "\\w",
    "\\W",
    "[\\w]",
    "[^\\w\\s]",
    "[\\W\\d]",
    "\\h",
    ".",
    "\\p{Lower}",
    "\\p{Upper}",
    "\\p{Alpha}",
    "[^\\s\\p{L}\\p{N}]",
    "[\\p{L}\\p{M}a-]",
    "(?i:s|k|i)",
    "(?i:[a-z])",
    "(?i:[^a-z])",
    "(?i:\\p{Lu})",
    "(?i:[x\\p{Lu}])",
    "(?i:[^\\r\\n\\p{L}\\p{N}])",
  ])("%s", (pattern) => {
    const official = officialRemover(pattern);
    const ours = translatePattern(pattern, new JsonCursor(pattern, "p"));
    const different = TEXTS.findIndex((text) => text.replace(ours, "") !== official(text));
    expect(different).toBe(-1);
  });
});
