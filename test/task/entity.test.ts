// Entities by every strategy, written out from what the token-classification pipeline of
// transformers computes. Rows are logarithms of the probabilities that are shown.
import { describe, expect, test } from "bun:test";
import { type AggregationStrategy, findEntities } from "../../src/task/index.ts";
import { seededRandom } from "../helper/seeded-random.ts";
import { modelOf, namesOf, taggedAnswer } from "./answer.ts";
import { type Found, find, LABELS, lettersOf, row, type Tagged, tokensOf } from "./tagged.ts";

const STRATEGIES: readonly AggregationStrategy[] = ["none", "simple", "first", "average", "max"];

// The pieces of "Smithson" disagree.
const TEXT = "Anna Smithson sees Rome";
const TOKENS = tokensOf(TEXT, [
  ["Anna", row({ "B-PER": 0.9 })],
  ["Smith", row({ "I-PER": 0.5, "I-LOC": 0.3 })],
  ["##son", row({ "I-LOC": 0.6, "I-PER": 0.3 })],
  ["sees", row({ O: 0.8 })],
  ["Rome", row({ "B-LOC": 0.7 })],
]);

describe("findEntities", () => {
  test.each<[AggregationStrategy, Found[]]>([
    [
      "none",
      [
        ["B-PER", 0.9, "Anna", 0, 4],
        ["I-PER", 0.5, "Smith", 5, 10],
        ["I-LOC", 0.6, "##son", 10, 13],
        ["B-LOC", 0.7, "Rome", 19, 23],
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
    expect(find(TEXT, TOKENS, { strategy })).toEqual(expected);
  });

  test("findEntities() by none gives the place in the encoding, by others none", () => {
    const model = modelOf({ labels: LABELS, width: 5 });
    const answer = taggedAnswer({ text: TEXT }, TOKENS);
    const tokenizer = namesOf(TOKENS.map(({ name }) => name));
    const options = { tokenizer, unit: "codepoint" } as const;
    const single = findEntities(answer, model, { ...options, strategy: "none" });
    expect(single.map(({ index }) => index)).toEqual([1, 2, 3, 5]);
    const grouped = findEntities(answer, model, { ...options, strategy: "simple" });
    expect(grouped.some((entity) => "index" in entity)).toBe(false);
  });

  // The example of the documentation: (A, B-TAG) (B, I-TAG) (C, I-TAG) (D, B-TAG2) (E, B-TAG2).
  test.each(["simple", "first", "average", "max"] as const)(
    "findEntities() by %s begins anew at every B- of one tag",
    (strategy) => {
      const labels = ["O", "B-TAG", "I-TAG", "B-TAG2", "I-TAG2"];
      const wanted = ["B-TAG", "I-TAG", "I-TAG", "B-TAG2", "B-TAG2"];
      const { text, tokens } = lettersOf(wanted, labels);
      expect(find(text, tokens, { strategy, labels })).toEqual([
        ["TAG", 0.9, "a b c", 0, 5],
        ["TAG2", 0.9, "d", 6, 7],
        ["TAG2", 0.9, "e", 8, 9],
      ]);
    },
  );

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
      ["Micro", row({ "B-ENT": 0.6 }, labels)],
      ["##soft", row({ "I-NAME": 0.5 }, labels)],
      ["com", row({ "I-ENT": 0.6 }, labels)],
      ["##pany", row({ "I-ENT": 0.6 }, labels)],
    ]);
    expect(find("Microsoft company", microsoft, { strategy, labels })).toEqual(expected);
  });

  test("findEntities() by average lets the other pieces outvote the first and the surest", () => {
    const three = tokensOf("abc", [
      ["a", row({ "B-PER": 0.5, "B-LOC": 0.4 })],
      ["##b", row({ "I-PER": 0.6, "B-LOC": 0.3 })],
      ["##c", row({ O: 0.55, "B-LOC": 0.35 })],
    ]);
    expect(find("abc", three, { strategy: "first" })).toEqual([["PER", 0.5, "abc", 0, 3]]);
    expect(find("abc", three, { strategy: "max" })).toEqual([["PER", 0.6, "abc", 0, 3]]);
    // (0.4 + 0.3 + 0.35) / 3
    expect(find("abc", three, { strategy: "average" })).toEqual([["LOC", 0.35, "abc", 0, 3]]);
  });

  test("findEntities() by first, average and max can call a word three things", () => {
    const two = tokensOf("ab", [
      ["a", row({ "B-PER": 0.45, "I-LOC": 0.44 })],
      ["##b", row({ O: 0.5, "I-LOC": 0.46 })],
    ]);
    const byLabel = (strategy: AggregationStrategy) =>
      find("ab", two, { strategy, ignoreLabels: [] }).map(([label, score]) => [label, score]);
    expect(byLabel("first")).toEqual([["PER", 0.45]]);
    expect(byLabel("average")).toEqual([["LOC", 0.45]]);
    expect(byLabel("max")).toEqual([["O", 0.5]]);
  });

  test("findEntities() by max takes the first of equally sure pieces", () => {
    const two = tokensOf("ab", [
      ["a", row({ "B-PER": 0.6 })],
      ["##b", row({ "I-LOC": 0.6 })],
    ]);
    expect(find("ab", two, { strategy: "max" })).toEqual([["PER", 0.6, "ab", 0, 2]]);
  });

  test("findEntities() scores a group by the mean of its words, not of their tokens", () => {
    const words = tokensOf("ab cde", [
      ["ab", row({ "B-PER": 0.9 })],
      ["c", row({ "I-PER": 0.7 })],
      ["##d", row({ "I-PER": 0.5 })],
      ["##e", row({ "I-PER": 0.6 })],
    ]);
    const scoreBy = (strategy: AggregationStrategy) => find("ab cde", words, { strategy })[0]?.[1];
    expect(scoreBy("simple")).toBe(0.675); // (0.9 + 0.7 + 0.5 + 0.6) / 4
    expect(scoreBy("first")).toBe(0.8); // (0.9 + 0.7) / 2
    expect(scoreBy("average")).toBe(0.75); // (0.9 + 0.6) / 2
    expect(scoreBy("max")).toBe(0.8);
  });

  test.each(["first", "average", "max"] as const)(
    "findEntities() by %s leaves out a word that is outside as a whole",
    (strategy) => {
      const words = tokensOf("Rome unseen Rome", [
        ["Rome", row({ "B-LOC": 0.9 })],
        ["un", row({ O: 0.8 })],
        ["##seen", row({ O: 0.7, "B-LOC": 0.2 })],
        ["Rome", row({ "I-LOC": 0.9 })],
      ]);
      // The word between them keeps the two apart.
      expect(find("Rome unseen Rome", words, { strategy })).toEqual([
        ["LOC", 0.9, "Rome", 0, 4],
        ["LOC", 0.9, "Rome", 12, 16],
      ]);
    },
  );

  test("findEntities() joins an I- without a B- and ends a group at another tag or O", () => {
    const { text, tokens } = lettersOf(["I-PER", "I-PER", "I-LOC", "O", "I-LOC"], LABELS);
    expect(find(text, tokens, { strategy: "simple" })).toEqual([
      ["PER", 0.9, "a b", 0, 3],
      ["LOC", 0.9, "c", 4, 5],
      ["LOC", 0.9, "e", 8, 9],
    ]);
  });

  test("findEntities() takes bare labels as they are, and cuts others at the first hyphen", () => {
    const labels = ["O", "city", "E-ORG", "S-ORG", "B-a-b", "I-a-b"];
    const wanted = ["city", "city", "E-ORG", "S-ORG", "B-a-b", "I-a-b"];
    const { text, tokens } = lettersOf(wanted, labels);
    expect(find(text, tokens, { strategy: "simple", labels })).toEqual([
      ["city", 0.9, "a b", 0, 3],
      ["ORG", 0.9, "c", 4, 5],
      ["ORG", 0.9, "d", 6, 7],
      ["a-b", 0.9, "e f", 8, 11],
    ]);
  });

  test("findEntities() joins a bare label to B- of the same name, but not to that of another", () => {
    const labels = ["O", "B-x", "x", "y"];
    const { text, tokens } = lettersOf(["B-x", "x", "y", "B-x"], labels);
    expect(find(text, tokens, { strategy: "simple", labels })).toEqual([
      ["x", 0.9, "a b", 0, 3],
      ["y", 0.9, "c", 4, 5],
      ["x", 0.9, "d", 6, 7],
    ]);
  });

  test.each<[AggregationStrategy, string[], string[]]>([
    ["none", [], ["B-PER", "I-PER", "I-LOC", "O", "B-LOC"]],
    ["none", ["O", "B-PER"], ["I-PER", "I-LOC", "B-LOC"]],
    ["simple", [], ["PER", "LOC", "O", "LOC"]],
    ["simple", ["LOC"], ["PER", "O"]],
    ["simple", ["B-LOC", "O"], ["PER", "LOC", "LOC"]],
    ["max", ["PER"], ["LOC", "O", "LOC"]],
  ])("findEntities() by %s without the labels %j leaves %j", (strategy, ignoreLabels, expected) => {
    const found = find(TEXT, TOKENS, { strategy, ignoreLabels });
    expect(found.map(([label]) => label)).toEqual(expected);
  });

  test.each<[AggregationStrategy, number, string[]]>([
    ["none", 0, ["Anna", "Smith", "##son", "Rome"]],
    ["none", 0.55, ["Anna", "##son", "Rome"]],
    ["simple", 0.65, ["Anna Smith", "Rome"]],
    ["average", 0.5, ["Anna", "Rome"]],
    ["max", 0.95, []],
  ])("findEntities() by %s leaves out what scores below %p", (strategy, threshold, expected) => {
    const found = find(TEXT, TOKENS, { strategy, threshold });
    expect(found.map(([, , word]) => word)).toEqual(expected);
  });

  test("findEntities() keeps an entity that scores just the threshold", () => {
    const model = modelOf({ labels: ["a", "b"], width: 2 });
    const tokens: Tagged[] = [{ id: 3, span: [0, 1], row: [0, 0], name: "x" }];
    const options = { tokenizer: namesOf(["x"]), unit: "utf16", strategy: "simple" } as const;
    const answer = taggedAnswer({ text: "x" }, tokens);
    expect(findEntities(answer, model, { ...options, threshold: 0.5 })).toHaveLength(1);
    expect(findEntities(answer, model, { ...options, threshold: 0.50001 })).toEqual([]);
  });

  test.each([
    ["codepoint", 2, 6],
    ["utf16", 3, 7],
    ["byte", 5, 9],
  ] as const)("findEntities() counts in units of %s", (unit, start, end) => {
    const emoji = "😀 Rome 😀";
    const rome = tokensOf(emoji, [["Rome", row({ "B-LOC": 0.9 })]]);
    const model = modelOf({ labels: LABELS, width: 5 });
    for (const strategy of STRATEGIES) {
      const answer = taggedAnswer({ text: emoji }, rome);
      const tokenizer = namesOf(["Rome"]);
      const [found] = findEntities(answer, model, { tokenizer, unit, strategy });
      expect([found?.start, found?.end]).toEqual([start, end]);
      expect(found?.word).toBe("Rome");
    }
  });

  test("findEntities() of no token is empty", () => {
    for (const strategy of STRATEGIES) expect(find("", [], { strategy })).toEqual([]);
  });

  test("findEntities() covers ascending, disjoint stretches, for 300 seeded texts", () => {
    const random = seededRandom(41);
    for (let round = 0; round < 300; round++) {
      const count = 1 + Math.floor(random() * 12);
      let sample = "";
      const drawn = Array.from({ length: count }, (_, index): Tagged => {
        const glued = random() < 0.4;
        if (index > 0 && !glued) sample += " ";
        const start = sample.length;
        sample += "xy";
        const logits = LABELS.map(() => 6 * random());
        const name = glued ? "##xy" : "xy";
        return { id: 3 + index, span: [start, start + 2], row: logits, name };
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
