// Arithmetic of the page.
import { describe, expect, test } from "bun:test";
import { countOf, linesOf, listOf } from "../../../src/server/page/lines.ts";
import {
  cosine,
  heaviest,
  meanOfMaxima,
  range,
  sparseDot,
} from "../../../src/server/page/similarity.ts";

test.each<[number[], number[], number]>([
  [[1, 0], [1, 0], 1],
  [[1, 0], [0, 5], 0],
  [[3, 4], [-6, -8], -1],
  [[1, 1], [1, 0], Math.SQRT1_2],
  [[0, 0], [1, 0], 0],
])("cosine() of %j and %j", (left, right, expected) => {
  expect(cosine(left, right)).toBeCloseTo(expected, 12);
});

describe("sparse vectors", () => {
  const left = [
    { index: 2, value: 0.5 },
    { index: 9, value: 2 },
  ];
  const right = [
    { index: 9, value: 3 },
    { index: 11, value: 7 },
  ];

  test("sparseDot() counts weights both have", () => {
    expect(sparseDot(left, right)).toBe(6);
    expect(sparseDot(left, [])).toBe(0);
  });

  test("heaviest() sorts, and cuts without changing its list", () => {
    expect(heaviest(left, 1)).toEqual([{ index: 9, value: 2 }]);
    expect(left.map(({ index }) => index)).toEqual([2, 9]);
  });
});

test("meanOfMaxima() is the mean of the best of each row", () => {
  expect(
    meanOfMaxima([
      [1, 3],
      [-2, -5],
    ]),
  ).toBe(0.5);
  expect(meanOfMaxima([])).toBe(0);
});

test("range() finds the least and the greatest", () => {
  expect(
    range([
      [1, -3],
      [8, 2],
    ]),
  ).toEqual([-3, 8]);
});

test("linesOf() keeps lines with something on them", () => {
  expect(linesOf(" a \r\n\n b,c\n\t\n")).toEqual(["a", "b,c"]);
});

test("listOf() parts at commas, each word once", () => {
  expect(listOf("joy, anger,,joy\n fear ")).toEqual(["joy", "anger", "fear"]);
});

test("countOf() knows the plural", () => {
  expect([countOf(1, "text"), countOf(0, "text")]).toEqual(["1 text", "0 texts"]);
});
