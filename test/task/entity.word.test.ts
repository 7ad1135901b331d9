// Which tokens make a word to the token-classification pipeline of transformers, case by case.
import { describe, expect, test } from "bun:test";
import { find, row, type Tagged, tokensOf } from "./tagged.ts";

const PER = row({ "B-PER": 0.9 });
const LOC = row({ "B-LOC": 0.9 });
const OUT = row({ O: 0.9 });

function spanned(name: string, span: readonly [number, number], logits: number[], id = 3): Tagged {
  return { id, span, row: logits, name };
}

describe("words of entities", () => {
  const paris = (names: readonly [string, string, string, string]) =>
    tokensOf("in Paris.", [
      [names[0], OUT],
      [names[1], row({ "B-LOC": 0.8 })],
      [names[2], row({ "I-LOC": 0.8 })],
      [names[3], OUT],
    ]);

  test("findEntities() parts punctuation from a word of WordPiece only", () => {
    expect(find("in Paris.", paris(["in", "Par", "##is", "."]), { strategy: "first" })).toEqual([
      ["LOC", 0.8, "Paris", 3, 8],
    ]);
    for (const [kind, mark] of [
      ["BPE", "Ġ"],
      ["Unigram", "▁"],
      ["WordLevel", ""],
    ] as const) {
      const tokens = paris([`${mark}in`, `${mark}Par`, "is", "."]);
      const expected = [["LOC", 0.8, "Paris.", 3, 9]];
      expect(find("in Paris.", tokens, { strategy: "first", kind })).toEqual(expected as never);
    }
  });

  test("findEntities() takes only a space for the end of a word of other tokenizers", () => {
    const text = "a\tb\nc\u00a0d e";
    const tokens = tokensOf(text, [
      ["a", PER],
      ["b", LOC],
      ["c", LOC],
      ["d", LOC],
      ["e", LOC],
    ]);
    expect(find(text, tokens, { strategy: "first", kind: "BPE" })).toEqual([
      ["PER", 0.9, "a\tb\nc\u00a0d", 0, 7],
      ["LOC", 0.9, "e", 8, 9],
    ]);
  });

  test("findEntities() finds the space inside a token's span too", () => {
    // Metaspace tokens may span the space before them.
    const tokens = [spanned("▁a", [0, 1], PER), spanned("▁b", [1, 3], OUT, 4)];
    expect(find("a b", tokens, { strategy: "first", kind: "Unigram" })).toEqual([
      ["PER", 0.9, "a", 0, 1],
    ]);
  });

  test("findEntities() begins a word at a WordPiece token as long as its text", () => {
    // "##e" is as long as the letter with two marks it stands for, as transformers counts.
    const text = "ae\u0301\u0323";
    const tokens = [spanned("a", [0, 1], PER), spanned("##e", [1, 4], LOC, 4)];
    expect(find(text, tokens, { strategy: "first" })).toEqual([
      ["PER", 0.9, "a", 0, 1],
      ["LOC", 0.9, "e\u0301\u0323", 1, 4],
    ]);
  });

  test("findEntities() continues a word at a WordPiece token shorter than its text", () => {
    // The normaliser drops the combining mark, so that "cafe" looks like a continuation.
    const text = "le cafe\u0301";
    const tokens = [spanned("le", [0, 2], PER), spanned("cafe", [3, 8], LOC, 4)];
    expect(find(text, tokens, { strategy: "first" })).toEqual([["PER", 0.9, text, 0, 8]]);
  });

  test("findEntities() counts the length of a WordPiece token in code points", () => {
    const text = "😀😀 😀";
    const tokens = tokensOf(text, [
      ["😀", PER],
      ["##😀", OUT],
      ["😀", LOC],
    ]);
    expect(find(text, tokens, { strategy: "first" })).toEqual([
      ["PER", 0.9, "😀😀", 0, 2],
      ["LOC", 0.9, "😀", 3, 4],
    ]);
  });

  test("findEntities() goes by the prefix the file tells and not by the kind", () => {
    const tokens = (mark: string) => paris(["in", "Par", `${mark}is`, "."]);
    const isApart = [["LOC", 0.8, "Paris", 3, 8]];
    const isGlued = [["LOC", 0.8, "Paris.", 3, 9]];
    for (const kind of ["WordPiece", "BPE"]) {
      const first = { strategy: "first", kind } as const;
      const marked = find("in Paris.", tokens("##"), {
        ...first,
        words: { continuingPrefix: "##" },
      });
      expect(marked).toEqual(isApart as never);
      const bare = find("in Paris.", tokens(""), { ...first, words: { continuingPrefix: "" } });
      expect(bare).toEqual(isGlued as never);
    }
  });

  test("findEntities() takes for unknown the token the file tells, special or not", () => {
    const pieces = [spanned("ab", [0, 2], PER), spanned("oov", [2, 3], LOC, 4)];
    const options = { strategy: "first", kind: "BPE" } as const;
    const told = find("ab☃", pieces, { ...options, words: { continuingPrefix: "", unknownId: 4 } });
    expect(told).toEqual([
      ["PER", 0.9, "ab", 0, 2],
      ["LOC", 0.9, "☃", 2, 3],
    ]);
    const other = [spanned("ab", [0, 2], PER), spanned("[UNK]", [2, 3], LOC, 0)];
    expect(find("ab☃", other, { ...options, words: { continuingPrefix: "" } })).toEqual([
      ["PER", 0.9, "ab☃", 0, 3],
    ]);
  });

  test("findEntities() shows the text of an unknown token, which begins a word", () => {
    const unknown = [spanned("ab", [0, 2], PER), spanned("[UNK]", [2, 3], LOC, 0)];
    expect(find("ab☃", unknown, { strategy: "none" })).toEqual([
      ["B-PER", 0.9, "ab", 0, 2],
      ["B-LOC", 0.9, "☃", 2, 3],
    ]);
    for (const kind of ["WordPiece", "BPE", "Unigram", "WordLevel"]) {
      expect(find("ab☃", unknown, { strategy: "first", kind })).toEqual([
        ["PER", 0.9, "ab", 0, 2],
        ["LOC", 0.9, "☃", 2, 3],
      ]);
    }
  });

  test("findEntities() begins a word at an unknown token that the text spells", () => {
    const spelt = [spanned("a", [0, 1], PER), spanned("[UNK]", [1, 6], LOC, 0)];
    expect(find("a[UNK]", spelt, { strategy: "first", kind: "BPE" })).toEqual([
      ["PER", 0.9, "a", 0, 1],
      ["LOC", 0.9, "[UNK]", 1, 6],
    ]);
  });

  test("findEntities() glues what follows an unknown token to its word", () => {
    const glued = [spanned("[UNK]", [0, 1], PER, 0), spanned("s", [1, 2], LOC, 3)];
    expect(find("☃s", glued, { strategy: "first", kind: "BPE" })).toEqual([
      ["PER", 0.9, "☃s", 0, 2],
    ]);
  });

  test("findEntities() keeps the name of a special token that the text spells", () => {
    for (const [text, span] of [
      ["[SEP]", [0, 5]],
      // With the space it swallows.
      ["a [SEP] b", [1, 8]],
    ] as const) {
      const spelt = [spanned("", span, PER, 2)];
      expect(find(text, spelt, { strategy: "none" })).toEqual([["B-PER", 0.9, "[SEP]", ...span]]);
    }
  });
});
