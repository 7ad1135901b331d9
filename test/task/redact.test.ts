// Entities replaced in texts of every kind: where they lie before, where what replaces them lies.
import { describe, expect, test } from "bun:test";
import { AssertionError } from "../../src/error/index.ts";
import {
  REDACTION_TEMPLATE_MAX,
  type RedactableEntity,
  type RedactOptions,
  redactText,
} from "../../src/task/index.ts";
import { seededRandom } from "../helper/seeded-random.ts";

type Spec = readonly [label: string, start: number, end: number];

function entitiesOf(specs: readonly Spec[]): RedactableEntity[] {
  return specs.map(([label, start, end], index) => ({ label, start, end, score: index / 100 }));
}

/** Entities where the words stand, each found after the one before it. */
function wordsIn(text: string, specs: readonly (readonly [label: string, word: string])[]) {
  let from = 0;
  return entitiesOf(
    specs.map(([label, word]): Spec => {
      const start = text.indexOf(word, from);
      from = start + word.length;
      return [label, start, from];
    }),
  );
}

function redact(text: string, specs: readonly Spec[], options: Partial<RedactOptions> = {}) {
  return redactText(text, entitiesOf(specs), { unit: "utf16", ...options });
}

describe("redactText", () => {
  const text = "Anna met Bo in Rome, and Anna left Bo.";
  const found = wordsIn(text, [
    ["PER", "Anna"],
    ["PER", "Bo"],
    ["LOC", "Rome"],
    ["PER", "Anna"],
    ["PER", "Bo"],
  ]);

  test.each<[string | undefined, string]>([
    [undefined, "[PER] met [PER] in [LOC], and [PER] left [PER]."],
    ["[{label}]", "[PER] met [PER] in [LOC], and [PER] left [PER]."],
    ["<{label}_{index}>", "<PER_1> met <PER_2> in <LOC_1>, and <PER_1> left <PER_2>."],
    ["", " met  in , and  left ."],
    ["$&", "$& met $& in $&, and $& left $&."],
    ["{index}{index}", "11 met 22 in 11, and 11 left 22."],
    ["{Label} {} {{label}}", "{Label} {} {PER} met {Label} {} {PER} in {Label} {} {LOC}, and"],
  ])("redactText() by the template %p", (template, expected) => {
    const { text: redacted } = redactText(text, found, { unit: "codepoint", template });
    expect(redacted).toStartWith(expected);
  });

  test("redactText() leaves a label that looks like a template as it is", () => {
    const { text: redacted } = redact("ab", [["{index}$1", 0, 1]], { template: "{label}" });
    expect(redacted).toBe("{index}$1b");
  });

  test("redactText() numbers the words of each label apart, and small and large letters", () => {
    const sample = "a A a b";
    const each = [..."aAab"].map(
      (_, index): Spec => [index === 3 ? "Y" : "X", 2 * index, 2 * index + 1],
    );
    const { text: redacted } = redact(sample, each, { template: "{label}{index}" });
    expect(redacted).toBe("X1 X2 X1 Y1");
  });

  test("redactText() tells where each stood and where its replacement stands", () => {
    const { text: redacted, redactions } = redactText(text, found, { unit: "codepoint" });
    expect(redactions[2]).toEqual({
      label: "LOC",
      score: 0.02,
      word: "Rome",
      replacement: "[LOC]",
      start: 15,
      end: 19,
      newStart: 19,
      newEnd: 24,
    });
    for (const { word, replacement, start, end, newStart, newEnd } of redactions) {
      expect(text.slice(start, end)).toBe(word);
      expect(redacted.slice(newStart, newEnd)).toBe(replacement);
    }
  });

  test.each([
    ["utf16", [3, 9, 3, 8], [13, 14, 12, 17]],
    ["codepoint", [2, 7, 2, 7], [10, 11, 10, 15]],
    ["byte", [5, 14, 5, 10], [20, 21, 16, 21]],
  ] as const)("redactText() counts in units of %s", (unit, first, second) => {
    const sample = "😀 Ann😀é 😀 B";
    const entities = entitiesOf([
      ["PER", 3, 9],
      ["LOC", 13, 14],
    ]);
    const { redactions } = redactText(sample, entities, { unit });
    const spans = redactions.map(({ start, end, newStart, newEnd }) => [
      start,
      end,
      newStart,
      newEnd,
    ]);
    expect(spans).toEqual([[...first], [...second]]);
  });

  test.each<[string[] | undefined, string]>([
    [["LOC"], "Anna met Bo in [LOC], and Anna left Bo."],
    [["PER", "LOC"], "[PER] met [PER] in [LOC], and [PER] left [PER]."],
    [["ORG"], text],
    [[], text],
  ])("redactText() of the labels %j only", (labels, expected) => {
    expect(redactText(text, found, { unit: "codepoint", labels }).text).toBe(expected);
  });

  test.each<[string, readonly Spec[], string]>([
    [
      "apart",
      [
        ["A", 0, 2],
        ["B", 3, 5],
      ],
      "[A]c[B]f",
    ],
    [
      "out of order",
      [
        ["B", 3, 5],
        ["A", 0, 2],
      ],
      "[A]c[B]f",
    ],
    [
      "touching",
      [
        ["A", 0, 2],
        ["B", 2, 4],
      ],
      "[A][B]ef",
    ],
    [
      "touching of one label",
      [
        ["A", 0, 2],
        ["A", 2, 4],
      ],
      "[A][A]ef",
    ],
    // The longest gives its label, of equals the first.
    [
      "overlapping",
      [
        ["A", 0, 3],
        ["B", 2, 4],
      ],
      "[A]ef",
    ],
    [
      "overlapping a longer one",
      [
        ["A", 0, 2],
        ["B", 1, 5],
      ],
      "[B]f",
    ],
    [
      "overlapping an equal one",
      [
        ["A", 0, 2],
        ["B", 1, 3],
      ],
      "[A]def",
    ],
    [
      "one in another",
      [
        ["A", 0, 5],
        ["B", 1, 2],
      ],
      "[A]f",
    ],
    [
      "one around another",
      [
        ["B", 1, 2],
        ["A", 0, 5],
      ],
      "[A]f",
    ],
    [
      "from one start",
      [
        ["A", 0, 2],
        ["B", 0, 4],
      ],
      "[B]ef",
    ],
    [
      "the same twice",
      [
        ["A", 1, 3],
        ["B", 1, 3],
      ],
      "a[A]def",
    ],
    [
      "in a chain",
      [
        ["A", 0, 2],
        ["B", 1, 4],
        ["C", 3, 5],
      ],
      "[B]f",
    ],
    [
      "empty",
      [
        ["A", 0, 0],
        ["B", 2, 2],
        ["C", 6, 6],
      ],
      "abcdef",
    ],
    ["all of it", [["A", 0, 6]], "[A]"],
    ["none", [], "abcdef"],
  ])("redactText() of entities that are %s", (_, specs, expected) => {
    expect(redact("abcdef", specs).text).toBe(expected);
  });

  test("redactText() lets only wanted labels overlap", () => {
    const specs: Spec[] = [
      ["A", 0, 5],
      ["B", 1, 2],
    ];
    expect(redact("abcdef", specs, { labels: ["B"] }).text).toBe("a[B]cdef");
  });

  test.each<[string, string, readonly Spec[], string]>([
    ["the end is in a pair", "a😀b", [["A", 0, 2]], "[A]b"],
    ["the start is in a pair", "a😀b", [["A", 2, 4]], "a[A]"],
    ["a mark follows", "cafe\u0301!", [["A", 0, 4]], "[A]!"],
    ["it begins with a mark", "cafe\u0301!", [["A", 4, 6]], "caf[A]"],
    ["many marks follow", "e\u0301\u0302\u0323x", [["A", 0, 2]], "[A]x"],
    ["it lies within the marks", "e\u0301\u0302\u0323x", [["A", 2, 3]], "[A]x"],
    ["a variation selector follows", "☺\ufe0fx", [["A", 0, 1]], "[A]x"],
    ["an emoji goes on", "👩\u200d💻x", [["A", 0, 2]], "[A]x"],
    ["an emoji began before", "x👩\u200d💻", [["A", 4, 6]], "x[A]"],
    ["a colour of skin follows", "👍🏽x", [["A", 0, 2]], "[A]x"],
    ["a joiner is between letters", "ک\u200dک", [["A", 0, 1]], "[A]ک"],
    ["vowel signs follow", "नि!", [["A", 0, 1]], "[A]!"],
    ["the text begins with a mark", "\u0301a", [["A", 0, 1]], "[A]a"],
    [
      "two meet in one letter",
      "ae\u0301b",
      [
        ["A", 0, 2],
        ["B", 2, 4],
      ],
      "[A]",
    ],
    [
      "two letters touch",
      "e\u0301e\u0301",
      [
        ["A", 0, 2],
        ["B", 2, 4],
      ],
      "[A][B]",
    ],
  ])("redactText() takes in a whole character where %s", (_, sample, specs, expected) => {
    expect(redact(sample, specs).text).toBe(expected);
  });

  test.each([
    ["*", "Anna\nBo", "****\n**"],
    ["█", "a😀\r\ne\u0301", "██\r\n██"],
    ["😀", "ab", "😀😀"],
  ])("redactText() masks with %p each code point but newlines", (mask, sample, expected) => {
    const specs: Spec[] = [["A", 0, sample.length]];
    const { text: redacted, redactions } = redact(sample, specs, { mask, unit: "codepoint" });
    expect(redacted).toBe(expected);
    expect(redactions[0]?.newEnd).toBe(redactions[0]!.end);
  });

  test("redactText() makes lone surrogates whole and no pair of two", () => {
    const { text: redacted, redactions } = redact("\ud83dX\ude00", [["A", 1, 2]], {
      template: "",
      unit: "byte",
    });
    expect(redacted).toBe("\ufffd\ufffd");
    expect(redactions[0]).toMatchObject({ start: 3, end: 4, newStart: 3, newEnd: 3 });
    expect(redact("ab", [["A", 0, 1]], { template: "\ud83d" }).text).toBe("\ufffdb");
  });

  test.each<[string, readonly Spec[], Partial<RedactOptions>]>([
    ["beyond the text", [["A", 1, 3]], {}],
    ["before the text", [["A", -1, 1]], {}],
    ["turned around", [["A", 2, 1]], {}],
    ["with a long template", [], { template: "x".repeat(REDACTION_TEMPLATE_MAX + 1) }],
    ["with a long mask", [], { mask: "**" }],
    ["with an empty mask", [], { mask: "" }],
  ])("redactText() has no use for entities %s", (_, specs, options) => {
    expect(() => redact("ab", specs, options)).toThrow(AssertionError);
  });

  test("redactText() of one long run of marks or flags is linear", () => {
    for (const unit of ["\u0301", "\u{1f1e9}", "👩\u200d"]) {
      const sample = `a${unit.repeat(200_000)}`;
      const specs = Array.from({ length: 20_000 }, (_, i): Spec => [`L${i}`, 5 * i, 5 * i + 3]);
      const { redactions } = redact(sample, specs);
      expect(redactions.length).toBeGreaterThan(0);
    }
  });

  test("redactText() keeps all that is not of an entity, for 300 seeded texts", () => {
    const random = seededRandom(77);
    const letters = ["a", "é", "e\u0301", "😀", " ", "\n", "👩\u200d💻", "\ud800"];
    for (let round = 0; round < 300; round++) {
      const sample = Array.from({ length: 20 }, () => letters[Math.floor(random() * 8)]!).join("");
      const specs = Array.from({ length: Math.floor(random() * 6) }, (): Spec => {
        const start = Math.floor(random() * sample.length);
        return ["A", start, start + Math.floor(random() * (sample.length - start))];
      });
      const { text: redacted, redactions } = redact(sample, specs, { template: "#" });
      const original = sample.toWellFormed();
      let from = 0;
      let newFrom = 0;
      for (const { start, end, newStart, newEnd, word } of redactions) {
        expect(redacted.slice(newFrom, newStart)).toBe(original.slice(from, start));
        expect(redacted.slice(newStart, newEnd)).toBe("#");
        expect(word).toBe(original.slice(start, end));
        [from, newFrom] = [end, newEnd];
      }
      expect(redacted.slice(newFrom)).toBe(original.slice(from));
      for (const [, start, end] of specs.filter(([, a, b]) => a < b)) {
        const isGone = redactions.some((each) => each.start <= start && end <= each.end);
        expect(isGone).toBe(true);
      }
    }
  });
});
