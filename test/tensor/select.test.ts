// The largest of a row, and what in it is not finite.
import { describe, expect, test } from "bun:test";
import { argmax, indexOfNonFinite } from "../../src/tensor/index.ts";

const { NaN: nan, POSITIVE_INFINITY: infinity, NEGATIVE_INFINITY: minusInfinity } = Number;

describe("select", () => {
  test.each([
    [[], -1],
    [[5], 0],
    [[1, 3, 2], 1],
    [[2, 7, 7], 1],
    [[-3, -1, -2], 1],
    [[minusInfinity, minusInfinity], 0],
    [[1, nan, infinity], 1],
  ])("argmax() of %j is %p", (numbers, expected) => {
    expect(argmax(Float32Array.from(numbers))).toBe(expected);
  });

  test.each([
    [[], -1],
    [[0, -1, 3e38, 3e38, 3e38], -1],
    [[0, nan], 1],
    [[infinity, 1], 0],
    [[1, 2, minusInfinity], 2],
    [[infinity, minusInfinity], 0],
  ])("indexOfNonFinite() of %j is %p", (numbers, expected) => {
    expect(indexOfNonFinite(Float32Array.from(numbers))).toBe(expected);
  });
});
