// Which layers a pattern names.
import { expect, test } from "bun:test";
import { matchingPattern } from "../../src/quantize/pattern.ts";

const NAMES = ["/encoder/layer.0/attention/self/query/MatMul", "onnx::MatMul_7"];

test.each([
  ["layer.0/", true],
  ["layer.1/", false],
  ["onnx::MatMul_7", true],
  ["*", true],
  ["/encoder/*", true],
  ["*query*", true],
  ["*/layer.*/query/*", true],
  ["encoder/*", false],
  ["*layer.0", false],
  ["/encoder/*/query/*/MatMul", false],
  ["*MatMul*7", true],
  ["*MatMul_7*MatMul_7", false],
  ["", false],
])("matchingPattern() tells whether %p is about a layer", (pattern, isMeant) => {
  expect(matchingPattern([pattern], NAMES)).toBe(isMeant ? pattern : undefined);
});

test("matchingPattern() takes no time for a pattern of many stars", () => {
  expect(matchingPattern(["*a".repeat(400)], ["a".repeat(399)])).toBeUndefined();
  expect(matchingPattern(["x", "*a".repeat(400)], ["a".repeat(400)])).toBe("*a".repeat(400));
});
