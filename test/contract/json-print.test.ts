// Responses as JSON text.
import { expect, test } from "bun:test";
import { printJson, printJsonParts } from "../../src/contract/json-print.ts";
import { AssertionError } from "../../src/error/index.ts";

test.each<[unknown]>([
  [null],
  [true],
  ['a"\\\u0000\u2028é😀'],
  [""],
  [[]],
  [{}],
  [[1, "a", null, [true]]],
  [{ 'a"b': 1, c: { d: [1.5, -2, 1e21, 1e-7] } }],
  [0.1],
  [1 / 3],
  [123456789.123],
])("printJson() prints %j like JSON.stringify()", (value) => {
  expect(printJson(value)).toBe(JSON.stringify(value));
});

test("printJson() prints vectors as arrays and float32 as float32", () => {
  const value = { vector: Float32Array.of(0.1, 1, -0.5), score: Math.fround(0.3), none: undefined };
  expect(printJson(value)).toBe('{"vector":[0.1,1,-0.5],"score":0.3}');
  expect(printJson([new Float32Array(0)])).toBe("[[]]");
});

test.each<[unknown]>([
  [null],
  [[]],
  [{}],
  [{ a: undefined, b: [], c: {} }],
  [[[[[[1, { a: [2] }], []]]], "a"]],
  [{ none: undefined, results: [{ tokens: [{ id: 1, none: undefined }, { id: 2 }] }], id: "a" }],
  [{ data: Float32Array.from({ length: 10_000 }, (_, at) => at / 3), empty: new Float32Array(0) }],
])("printJsonParts() prints value %# as printJson() does", (value) => {
  expect([...printJsonParts(value)].join("")).toBe(printJson(value));
});

test("printJsonParts() prints no two tokens and no long vector in one part", () => {
  const tokens = Array.from({ length: 10 }, () => ({ scores: Float32Array.of(1, 2) }));
  const value = { results: [{ tokens }], data: new Float32Array(100_000) };
  const lengths = [...printJsonParts(value)].map((part) => part.length);
  expect(Math.max(...lengths)).toBeLessThan(10_000);
  expect(lengths.length).toBeGreaterThan(30);
});

test.each([
  [Number.NaN],
  [Number.POSITIVE_INFINITY],
  [Float32Array.of(1, Number.NaN)],
  [{ a: [Float32Array.of(Number.NEGATIVE_INFINITY)] }],
])("printJson() has no JSON for %p", (value) => {
  expect(() => printJson(value)).toThrow(AssertionError);
});
