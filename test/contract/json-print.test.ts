// Responses as JSON text.
import { expect, test } from "bun:test";
import { printJson } from "../../src/contract/json-print.ts";
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

test.each([
  [Number.NaN],
  [Number.POSITIVE_INFINITY],
  [Float32Array.of(1, Number.NaN)],
  [{ a: [Float32Array.of(Number.NEGATIVE_INFINITY)] }],
])("printJson() has no JSON for %p", (value) => {
  expect(() => printJson(value)).toThrow(AssertionError);
});
