// Entities by every strategy, written out from what the pipeline of transformers documents.
import { describe, expect, test } from "bun:test";
import { type AggregationStrategy, findEntities } from "../../src/task/index.ts";
import { seededRandom } from "../helper/seeded-random.ts";
import { modelOf, namesOf, type TokenSpec, taggedAnswer } from "./answer.ts";

// What the token-classification pipeline of transformers documents and computes, written out. Rows
// are logarithms of the probabilities in the comments, whose softmax are those probabilities again.

const LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"];
const names = namesOf([..."abcdefghij"].map((letter) => `tok-${letter}`));

/**
 * Logits whose softmax has the given probabilities; what is left goes to the other labels in equal
 * parts.
 */
function row(
  likely: Readonly<Record<string, number>>,
  labels: readonly string[] = LABELS,
): number[] {
  const given = Object.values(likely).reduce((sum, probability) => sum + probability, 0);
  const rest = (1 - given) / (labels.length - Object.keys(likely).length);
  return labels.map((label) => Math.log(likely[label] ?? rest));
}

type Tagged = TokenSpec & { readonly row: readonly number[] };
type Found = [label: string, score: number, word: string, start: number, end: number];

/** Tokens of a text: its pieces in order, each with the word it belongs to. */
function tokensOf(
  text: string,
  pieces: readonly (readonly [string, number, number[]])[],
): Tagged[] {
  let from = 0;
  return pieces.map(([piece, word, logits], index) => {
    const start = text.indexOf(piece, from);
    from = start + piece.length;
    return { id: 3 + index, span: [start, from], word, row: logits };
  });
}

type Options = {
  readonly strategy: AggregationStrategy;
  readonly kind?: string;
  readonly labels?: string[];
  readonly ignoreLabels?: readonly string[];
};

function find(text: string, tokens: readonly Tagged[], options: Options): Found[] {
  const { kind = "WordPiece", labels = LABELS, ...rest } = options;
  const model = modelOf({ labels, width: labels.length, kind });
  return findEntities(taggedAnswer({ text }, tokens), model, {
    tokenizer: names,
    unit: "codepoint",
    ...rest,
  }).map(({ label, score, word, start, end }) => [label, round(score), word, start, end]);
}

function round(score: number): number {
  return Math.round(score * 1e5) / 1e5;
}

describe("findEntities", () => {
  // "Anna Smithson sees Rome": the pieces of one word disagree.
  const text = "Anna Smithson sees Rome";
  const tokens = tokensOf(text, [
    ["Anna", 0, row({ "B-PER": 0.9 })],
    ["Smith", 1, row({ "I-PER": 0.5, "I-LOC": 0.3 })],
    ["son", 1, row({ "I-LOC": 0.6, "I-PER": 0.3 })],
    ["sees", 2, row({ O: 0.8 })],
    ["Rome", 3, row({ "B-LOC": 0.7 })],
  ]);

  test.each<[AggregationStrategy, Found[]]>([
    [
      "none",
      [
        ["B-PER", 0.9, "tok-a", 0, 4],
        ["I-PER", 0.5, "tok-b", 5, 10],
        ["I-LOC", 0.6, "tok-c", 10, 13],
        ["B-LOC", 0.7, "tok-e", 19, 23],
      ],
    ],
    [
      "simple",
      [
        // (0.9 + 0.5) / 2
        ["PER", 0.7, "Anna Smith", 0, 10],
        ["LOC", 0.6, "son", 10, 13],
        ["LOC", 0.7, "Rome", 19, 23],
      ],
    ],
    [
      "first",
      [
        ["PER", 0.7, "Anna Smithson", 0, 13],
        ["LOC", 0.7, "Rome", 19, 23],
      ],
    ],
    [
      "average",
      [
        // I-PER (0.5 + 0.3) / 2 = 0.4 loses to I-LOC (0.3 + 0.6) / 2 = 0.45.
        ["PER", 0.9, "Anna", 0, 4],
        ["LOC", 0.45, "Smithson", 5, 13],
        ["LOC", 0.7, "Rome", 19, 23],
      ],
    ],
    [
      "max",
      [
        ["PER", 0.9, "Anna", 0, 4],
        ["LOC", 0.6, "Smithson", 5, 13],
        ["LOC", 0.7, "Rome", 19, 23],
      ],
    ],
  ])("findEntities() by %s where the pieces of a word disagree", (strategy, expected) => {
    expect(find(text, tokens, { strategy })).toEqual(expected);
  });

  test("findEntities() by none gives the place in the encoding, by others none", () => {
    const model = modelOf({ labels: LABELS, width: 5 });
    const answer = taggedAnswer({ text }, tokens);
    const options = { tokenizer: names, unit: "codepoint" } as const;
    const single = findEntities(answer, model, { ...options, strategy: "none" });
    expect(single.map(({ index }) => index)).toEqual([1, 2, 3, 5]);
    const grouped = findEntities(answer, model, { ...options, strategy: "simple" });
    expect(grouped.some((entity) => "index" in entity)).toBe(false);
  });

  // The example of the documentation: (A, B-TAG) (B, I-TAG) (C, I-TAG) (D, B-TAG2) (E, B-TAG2).
  test("findEntities() by simple begins anew at every B- of one tag", () => {
    const labels = ["O", "B-TAG", "I-TAG", "B-TAG2", "I-TAG2"];
    const sure = (label: string) => row({ [label]: 0.8 }, labels);
    const pieces = ["B-TAG", "I-TAG", "I-TAG", "B-TAG2", "B-TAG2"].map(
      (label, word) => ["ABCDE"[word]!, word, sure(label)] as const,
    );
    expect(
      find("A B C D E", tokensOf("A B C D E", pieces), { strategy: "simple", labels }),
    ).toEqual([
      ["TAG", 0.8, "A B C", 0, 5],
      ["TAG2", 0.8, "D", 6, 7],
      ["TAG2", 0.8, "E", 8, 9],
    ]);
  });

  // The example of the documentation: Micro|soft|com|pany as B-ENT I-NAME I-ENT I-ENT.
  test.each<[AggregationStrategy, Found[]]>([
    [
      "simple",
      [
        ["ENT", 0.6, "Micro", 0, 5],
        ["NAME", 0.5, "soft", 5, 9],
        ["ENT", 0.6, "company", 10, 17],
      ],
    ],
    ["first", [["ENT", 0.6, "Microsoft company", 0, 17]]],
    ["max", [["ENT", 0.6, "Microsoft company", 0, 17]]],
  ])("findEntities() by %s of one brand in pieces", (strategy, expected) => {
    const labels = ["O", "B-ENT", "I-ENT", "I-NAME"];
    const microsoft = tokensOf("Microsoft company", [
      ["Micro", 0, row({ "B-ENT": 0.6 }, labels)],
      ["soft", 0, row({ "I-NAME": 0.5 }, labels)],
      ["com", 1, row({ "I-ENT": 0.6 }, labels)],
      ["pany", 1, row({ "I-ENT": 0.6 }, labels)],
    ]);
    expect(find("Microsoft company", microsoft, { strategy, labels })).toEqual(expected);
  });

  test("findEntities() joins an I- without a B- and ends a group at another tag or O", () => {
    const pieces = ["I-PER", "I-PER", "I-LOC", "O", "I-LOC"].map(
      (label, word) => ["abcde"[word]!, word, row({ [label]: 0.9 })] as const,
    );
    expect(find("a b c d e", tokensOf("a b c d e", pieces), { strategy: "simple" })).toEqual([
      ["PER", 0.9, "a b", 0, 3],
      ["LOC", 0.9, "c", 4, 5],
      ["LOC", 0.9, "e", 8, 9],
    ]);
  });

  test("findEntities() takes bare labels as they are, and cuts others at a hyphen", () => {
    const labels = ["O", "city", "E-ORG", "S-ORG"];
    const pieces = ["city", "city", "E-ORG", "S-ORG"].map(
      (label, word) => ["abcd"[word]!, word, row({ [label]: 0.7 }, labels)] as const,
    );
    expect(find("a b c d", tokensOf("a b c d", pieces), { strategy: "simple", labels })).toEqual([
      ["city", 0.7, "a b", 0, 3],
      ["ORG", 0.7, "c", 4, 5],
      ["ORG", 0.7, "d", 6, 7],
    ]);
  });

  test.each<[AggregationStrategy, string[], string[]]>([
    ["none", [], ["B-PER", "I-PER", "I-LOC", "O", "B-LOC"]],
    ["none", ["O", "B-PER"], ["I-PER", "I-LOC", "B-LOC"]],
    ["simple", [], ["PER", "LOC", "O", "LOC"]],
    ["simple", ["LOC"], ["PER", "O"]],
    ["simple", ["B-LOC", "O"], ["PER", "LOC", "LOC"]],
  ])("findEntities() by %s without the labels %j leaves %j", (strategy, ignoreLabels, expected) => {
    const found = find(text, tokens, { strategy, ignoreLabels });
    expect(found.map(([label]) => label)).toEqual(expected);
  });

  test("findEntities() by average follows words of a tokenizer that has none by spaces", () => {
    // "Paris." is one word to transformers unless the tokenizer is WordPiece.
    const paris = tokensOf("in Paris.", [
      ["in", 0, row({ O: 0.9 })],
      ["Par", 1, row({ "B-LOC": 0.8 })],
      ["is", 1, row({ "I-LOC": 0.8 })],
      [".", 2, row({ O: 0.9 })],
    ]);
    const first = { strategy: "first" } as const;
    expect(find("in Paris.", paris, { ...first, kind: "WordPiece" })).toEqual([
      ["LOC", 0.8, "Paris", 3, 8],
    ]);
    for (const kind of ["BPE", "Unigram"]) {
      expect(find("in Paris.", paris, { ...first, kind })).toEqual([["LOC", 0.8, "Paris.", 3, 9]]);
    }
  });

  test("findEntities() finds the space inside a token's span too", () => {
    // Metaspace tokens may span the space before them.
    const spaced: Tagged[] = [
      { id: 3, span: [0, 1], word: 0, row: row({ "B-PER": 0.9 }) },
      { id: 4, span: [1, 3], word: 1, row: row({ O: 0.9 }) },
    ];
    expect(find("a b", spaced, { strategy: "first", kind: "Unigram" })).toEqual([
      ["PER", 0.9, "a", 0, 1],
    ]);
  });

  test("findEntities() shows the text of an unknown token, which begins a word", () => {
    const unknown: Tagged[] = [
      { id: 3, span: [0, 2], word: 0, row: row({ "B-PER": 0.9 }) },
      { id: 0, span: [2, 3], word: 0, row: row({ "B-LOC": 0.9 }) },
    ];
    expect(find("ab☃", unknown, { strategy: "none" })).toEqual([
      ["B-PER", 0.9, "tok-a", 0, 2],
      ["B-LOC", 0.9, "☃", 2, 3],
    ]);
    expect(find("ab☃", unknown, { strategy: "first", kind: "Unigram" })).toEqual([
      ["PER", 0.9, "ab", 0, 2],
      ["LOC", 0.9, "☃", 2, 3],
    ]);
  });

  test("findEntities() keeps the name of a special token that the text spells", () => {
    const spelt: Tagged[] = [{ id: 2, span: [0, 5], word: 0, row: row({ "B-PER": 0.9 }) }];
    expect(find("[SEP]", spelt, { strategy: "none" })).toEqual([["B-PER", 0.9, "[SEP]", 0, 5]]);
  });

  test.each([
    ["codepoint", 2, 6],
    ["utf16", 3, 7],
    ["byte", 5, 9],
  ] as const)("findEntities() counts in units of %s", (unit, start, end) => {
    const emoji = "😀 Rome 😀";
    const rome = tokensOf(emoji, [["Rome", 0, row({ "B-LOC": 0.9 })]]);
    const model = modelOf({ labels: LABELS, width: 5 });
    for (const strategy of ["none", "simple", "max"] as const) {
      const answer = taggedAnswer({ text: emoji }, rome);
      const [found] = findEntities(answer, model, { tokenizer: names, unit, strategy });
      expect([found?.start, found?.end]).toEqual([start, end]);
      expect(found?.word).toBe(strategy === "none" ? "tok-a" : "Rome");
    }
  });

  test("findEntities() of no token is empty", () => {
    for (const strategy of ["none", "simple", "first", "average", "max"] as const) {
      expect(find("", [], { strategy })).toEqual([]);
    }
  });

  test("findEntities() covers ascending, disjoint stretches, for 300 seeded texts", () => {
    const random = seededRandom(41);
    for (let round = 0; round < 300; round++) {
      const count = 1 + Math.floor(random() * 12);
      const pieces = Array.from({ length: count }, () => ({
        glued: random() < 0.4,
        logits: LABELS.map(() => 6 * random()),
      }));
      let sample = "";
      let word = -1;
      const drawn = pieces.map(({ glued, logits }, index): Tagged => {
        if (index > 0 && !glued) sample += " ";
        if (index === 0 || !glued) word++;
        const start = sample.length;
        sample += "xy";
        return { id: 3, span: [start, start + 2], word, row: logits };
      });
      for (const strategy of ["simple", "first", "average", "max"] as const) {
        const found = find(sample, drawn, { strategy, ignoreLabels: [] });
        found.forEach(([, score, text, start, end], index) => {
          expect(start).toBeGreaterThanOrEqual(found[index - 1]?.[4] ?? 0);
          expect(text).toBe(sample.slice(start, end));
          expect(score).toBeGreaterThan(0);
          expect(score).toBeLessThanOrEqual(1);
        });
        // Nothing is ignored, so that every token lies in exactly one entity.
        const covered = found.map(([, , text]) => text.replaceAll(" ", "")).join("");
        expect(covered).toBe(sample.replaceAll(" ", ""));
        // Both ways to tell words agree where words are what spaces part.
        const bySpaces = find(sample, drawn, { strategy, ignoreLabels: [], kind: "BPE" });
        expect(bySpaces).toEqual(found);
      }
    }
  });
});
