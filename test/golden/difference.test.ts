// Partial comparison of answers: what must hold, and how the first difference is named.
import { describe, expect, test } from "bun:test";
import { firstDifference, printDifference } from "../../src/golden/index.ts";

const NAN = Number.NaN;

describe("firstDifference()", () => {
  test.each([
    ["equal texts", "a", "a"],
    ["a number within the tolerance", 0.1, 0.105],
    ["a number at the tolerance", 0, 0.01],
    ["0 and -0", 0, -0],
    ["true", true, true],
    ["null", null, null],
    ["an array", [1, "a"], [1, "a"]],
    ["a Float32Array", [1, 2], Float32Array.of(1, 2)],
    ["two Float32Arrays", Float32Array.of(1), Float32Array.of(1)],
    ["empty arrays", [], []],
    ["names that are not expected", { a: 1 }, { a: 1, b: 2 }],
    ["nothing expected", {}, { a: 1 }],
    ["the first elements", { length: 3, first: [1, 2] }, Float32Array.of(1, 2, 3)],
    ["the first elements alone", { first: ["a"] }, ["a", "b"]],
    ["the length alone", { length: 2 }, ["a", "b"]],
    ["an object with a name length", { length: 2 }, { length: 2 }],
  ] as const)("firstDifference() finds none: %s", (_, expected, found) => {
    expect(firstDifference(expected, found, 0.01)).toBeUndefined();
  });

  test.each([
    ["a text", "a", "b", 'expected "a", found "b"'],
    ["a number", 0.1, 0.2, "expected 0.1, found 0.2 (tolerance 0.01)"],
    ["NaN", NAN, NAN, "expected NaN, found NaN"],
    ["NaN found", 1, NAN, "expected 1, found NaN (tolerance 0.01)"],
    ["infinity", Number.POSITIVE_INFINITY, 1, "expected Infinity, found 1"],
    ["a number for a text", "1", 1, 'expected "1", found 1'],
    ["true for 1", 1, true, "expected 1, found true (tolerance 0.01)"],
    ["null", null, undefined, "expected null, found nothing"],
    ["a member", { a: { b: 1 } }, { a: { b: 2 } }, "a.b: expected 1, found 2 (tolerance 0.01)"],
    ["a missing member", { a: 1 }, {}, "a: expected 1, found nothing (tolerance 0.01)"],
    ["an inherited member", { constructor: "a" }, {}, 'constructor: expected "a", found nothing'],
    ["an element", [1, 2], [1, 3], "[1]: expected 2, found 3 (tolerance 0.01)"],
    ["a shorter array", [1, 2], [1], "length: expected 2, found 1"],
    ["a longer array", [1], [1, 2], "length: expected 1, found 2"],
    ["an array for an object", { a: 1 }, [1], "expected an object, found an array of 1"],
    ["an object for an array", [1], { 0: 1 }, "expected an array of 1, found an object"],
    ["a text for an object", { a: 1 }, "a", 'expected an object, found "a"'],
    ["the length", { length: 2 }, [1], "length: expected 2, found 1"],
    ["a first element", { first: [1] }, [2], "[0]: expected 1, found 2 (tolerance 0.01)"],
    [
      "a first element that is not there",
      { first: [1] },
      [],
      "[0]: expected 1, found nothing (tolerance 0.01)",
    ],
    ["first that is no array", { first: 1 }, [1], "expected an object, found an array of 1"],
    [
      "length and something else",
      { length: 1, a: 1 },
      [1],
      "expected an object, found an array of 1",
    ],
  ] as const)("firstDifference() names %s", (_, expected, found, printed) => {
    const difference = firstDifference(expected, found, 0.01);
    expect(difference && printDifference(difference)).toBe(printed);
  });

  test("firstDifference() names the first of several, deep inside", () => {
    const expected = { results: [{ embedding: [0.5, 0.1234, 9] }] };
    const found = { results: [{ embedding: Float32Array.of(0.5, 0.1311, 8) }] };
    const difference = firstDifference(expected, found, 0.001);
    expect(difference).toEqual({
      path: "results[0].embedding[1]",
      expected: "0.1234",
      found: "0.1311",
      tolerance: 0.001,
    });
  });

  test("firstDifference() shows no more than the beginning of a text, and nothing that rules a terminal", () => {
    const { found = "" } = firstDifference("a", `\u001b[31m${"b".repeat(500)}`, 0) ?? {};
    expect(found.length).toBeLessThan(100);
    expect(found).not.toContain("\u001b");
    expect(found).toEndWith('..."');
  });

  test("firstDifference() takes a tolerance of 0 literally", () => {
    expect(firstDifference(0.1, 0.1, 0)).toBeUndefined();
    expect(firstDifference(Math.fround(0.1), 0.1, 0)).toBeDefined();
  });

  test("printDifference() names a length of the whole without a stray dot", () => {
    const difference = firstDifference({ length: 2 }, [1, 2, 3], 0);
    expect(difference?.path).toBe("length");
    expect(difference && printDifference(difference)).toBe("length: expected 2, found 3");
  });
});
