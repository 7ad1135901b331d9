// What translated patterns match, and which patterns are refused.
import { describe, expect, test } from "bun:test";
import { JsonCursor } from "../../src/tokenizer/json-cursor.ts";
import { translatePattern } from "../../src/tokenizer/pattern.ts";

const translate = (pattern: string) => translatePattern(pattern, new JsonCursor(pattern, "p"));
const matches = (pattern: string, text: string) => text.match(translate(pattern)) ?? [];

describe("translatePattern()", () => {
  test.each<[string, string, string[]]>([
    ["a|b", "cab", ["a", "b"]],
    ["\\s+", "a\u0085\ufeffb", ["\u0085"]],
    [".", "\r\u2028\n", ["\r", "\u2028"]],
    ["^a", "a\na", ["a", "a"]],
    ["a$", "a\na", ["a", "a"]],
    ["\\Aa", "aa", ["a"]],
    ["a\\z", "aa", ["a"]],
    ["\\h+", "xAf0g", ["Af0"]],
    ["\\p{Han}+", "漢字か", ["漢字"]],
    ["\\p{^L}", "a1", ["1"]],
    ["\\P{^L}", "a1", ["a"]],
    ["a{2}", "aaa", ["aa"]],
    ["a{,2}b", "aaab", ["aab"]],
    ["a{2,}?", "aaaa", ["aa", "aa"]],
    ["a++a", "aaa", []],
    ["(?>a|ab)c", "abc", []],
    ["(?<=a)b(?!c)", "abc ab", ["b"]],
    ["(?i:don't)", "DON'T", ["DON'T"]],
    ["(?i)k", "K\u212a", ["K", "\u212a"]],
    ["(?i:a(?-i:b))", "Ab AB", ["Ab"]],
    ["[a-c\\]\\-x]+", "abc]-xyz", ["abc]-x"]],
    ["[^\\s]+", "a b", ["a", "b"]],
    ["[a-]", "-", ["-"]],
    ["\\x41\\x{1F600}\\u00e9", "A😀é", ["A😀é"]],
    ["\\.\\[\\t", ".[\t", [".[\t"]],
    ["\\ba", "a aa", ["a", "a"]],
    ["\u{1f600}+", "😀😀", ["😀😀"]],
  ])("%s on %j", (pattern, text, expected) => {
    expect([...matches(pattern, text)]).toEqual(expected);
  });

  test.each([
    "\\X",
    "\\R",
    "\\G",
    "\\1",
    "\\p{Nonsense}",
    "\\p{constructor}",
    "[[:alpha:]]",
    "[a&&b]",
    "[]a]",
    "[z-a]",
    "[a",
    "(a",
    "a)",
    "(?x:a)",
    "(?<name>a)",
    "a**",
    "a{1}{2}",
    "a{,}",
    "*a",
    "(?i:ss)",
    "(?i:stuff)",
    "(?i:ß)",
    "(?i:[à-ÿ])",
    "(?i:[\\P{Lu}])",
    "(?i:[a[b]])",
    "(".repeat(1000),
    "[".repeat(1000),
  ])("refuses %s", (pattern) => {
    expect(() => translate(pattern)).toThrow(
      expect.objectContaining({ code: "TOKENIZER_UNSUPPORTED" }),
    );
  });
});
