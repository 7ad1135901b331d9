// Readers of single values: what YAML and command lines give, and what is said of the rest.
import { describe, expect, test } from "bun:test";
import {
  choices,
  counts,
  fraction,
  namedTexts,
  PROMPT_LENGTH_MAX,
  paths,
  patterns,
  type Reader,
  template,
} from "../../src/builder/field.ts";

const CONTEXT = { folder: "/here", home: "/home/me" };

function read<T>(reader: Reader<T>, raw: unknown): unknown {
  const result = reader(raw, CONTEXT);
  return "value" in result ? result.value : result.complaint;
}

describe("choices()", () => {
  test.each([
    ["cls", ["cls"]],
    ["cls,mean", ["cls", "mean"]],
    [" CLS , Last-Token ", ["cls", "last_token"]],
    [
      ["mean", "cls"],
      ["mean", "cls"],
    ],
    ["cls,cls", "found cls twice"],
    ["cls,CLS", "found cls twice"],
    ["cls,meen", 'expected one of cls, mean, last_token: found "meen": did you mean "mean"'],
    ["", "expected a text: found an empty one"],
    ["cls,", "expected a text: found an empty one"],
    [[], "expected a list of texts: found []"],
    [3, "expected a list of texts: found 3"],
    [[3], "expected a text: found 3: quote it"],
  ])("choices() of %j", (raw, expected) => {
    expect(read(choices(["cls", "mean", "last_token"]), raw)).toEqual(expected);
  });
});

test.each([
  [0.5, 0.5],
  ["0.98", 0.98],
  [".5", 0.5],
  ["1", 1],
  [0, 0],
  [1.01, "expected a number from 0 to 1: found 1.01"],
  ["-0.1", 'expected a number from 0 to 1: found "-0.1"'],
  ["98 %", 'expected a number from 0 to 1: found "98 %"'],
  ["1e-3", 'expected a number from 0 to 1: found "1e-3"'],
  ["", 'expected a number from 0 to 1: found ""'],
  [Number.NaN, "expected a number from 0 to 1: found null"],
  [true, "expected a number from 0 to 1: found true"],
])("fraction() of %j", (raw, expected) => {
  expect(read(fraction, raw)).toBe(expected);
});

test.each([
  ["layer.0, query", ["layer.0, query"]],
  [
    ["a", "*b*"],
    ["a", "*b*"],
  ],
  [[], "expected a pattern: found an empty list"],
  [["a", ""], "expected a text: found an empty one"],
  [7, "expected a text: found 7: quote it"],
])("patterns() of %j", (raw, expected) => {
  expect(read(patterns, raw)).toEqual(expected);
});

describe("counts()", () => {
  const found = (raw: string) => `expected a whole number from 1 to 1000: found ${raw}`;
  test.each([
    ["64", [64]],
    ["256, 64,128", [64, 128, 256]],
    [
      [32, "16", 32],
      [16, 32],
    ],
    ["64,64", [64]],
    ["0", found('"0"')],
    ["1001", found('"1001"')],
    ["64,", found('""')],
    ["", found('""')],
    [[1.5], found("1.5")],
    [["0x10"], found('"0x10"')],
    [[null], found("null")],
    [[], "expected a list of whole numbers: found []"],
    [64, "expected a list of whole numbers: found 64"],
    [{ a: 1 }, 'expected a list of whole numbers: found {"a":1}'],
  ])("counts() of %j", (raw, expected) => {
    expect(read(counts(1, 1000), raw)).toEqual(expected);
  });
});

describe("namedTexts()", () => {
  test("namedTexts() keeps the spaces of texts but not those of names", () => {
    const found = read(namedTexts, { " query ": "query: ", none: "" });
    expect({ ...(found as object) }).toEqual({ query: "query: ", none: "" });
  });

  test("namedTexts() takes names that objects have already", () => {
    const found = read(namedTexts, JSON.parse('{"__proto__": "p", "constructor": "c"}'));
    expect(Object.entries(found as object)).toEqual([
      ["__proto__", "p"],
      ["constructor", "c"],
    ]);
  });

  test.each([
    ["query", 'expected a map of names to texts: found "query"'],
    [["query"], 'expected a map of names to texts: found ["query"]'],
    [null, "expected a map of names to texts: found null"],
    [{ query: 3 }, 'expected a text for "query": found 3'],
    [
      { query: undefined },
      'expected a text for "query": found none: if it is the model directory, put it before the flags',
    ],
    [{ "": "a" }, "expected a text: found an empty one"],
    [
      { q: "x".repeat(PROMPT_LENGTH_MAX + 1) },
      'expected at most 10000 characters for "q": found 10001',
    ],
  ])("namedTexts() of %j", (raw, expected) => {
    const complaint = read(namedTexts, raw);
    expect(complaint).toBe(expected);
  });
});

describe("template()", () => {
  test.each([
    ["This text is about {}.", "This text is about {}."],
    ["about", "expected one {} where the label goes: found none"],
    ["{label}", "expected one {} where the label goes: found none"],
    ["{} or {}", "expected one {} where the label goes: found 2"],
    [3, "expected a text: found 3: quote it"],
  ])("template() of %j", (raw, expected) => {
    expect(read(template, raw)).toBe(expected);
  });
});

test.each([
  ["a", { value: ["/here/a"] }],
  [["a", "/b"], { value: ["/here/a", "/b"] }],
  [[], { complaint: "expected a path: found an empty list" }],
  [["a", "/here/a"], { complaint: 'found "/here/a" twice' }],
  [["a", 1], { complaint: "expected a text: found 1: quote it" }],
])("paths reads %j", (raw, expected) => {
  expect(paths(raw, { folder: "/here", home: "/home" })).toEqual(
    expected as ReturnType<typeof paths>,
  );
});
