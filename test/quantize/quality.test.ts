// Figures of answers before and after rounding.
import { describe, expect, test } from "bun:test";
import {
  CALIBRATION_TEXTS,
  compareQuality,
  cutFigure,
  failedFigure,
  printFigure,
} from "../../src/quantize/index.ts";

const GATE = { cosineMin: 0.99, agreementMin: 0.98 };

function matrix(...rows: readonly (readonly number[])[]) {
  const columns = rows[0]?.length ?? 0;
  return { data: Float32Array.from(rows.flat()), rows: rows.length, columns };
}

describe("compareQuality()", () => {
  test("gives the mean and the least cosine of all rows of vectors", () => {
    const before = [matrix([1, 0], [0, 2]), matrix([3, 4])];
    const after = [matrix([1, 0], [0, -1]), matrix([3, 4])];
    const { rows, meanCosine, minCosine, agreement } = compareQuality("vector", before, after);
    expect({ rows, minCosine, agreement }).toEqual({
      rows: 3,
      minCosine: -1,
      agreement: undefined,
    });
    expect(meanCosine).toBeCloseTo(1 / 3);
  });

  test("takes two vectors of zeros for equal", () => {
    const zeros = [matrix([0, 0])];
    expect(compareQuality("vector", zeros, zeros)).toEqual({
      rows: 1,
      distance: 0,
      meanCosine: 1,
      minCosine: 1,
    });
    expect(compareQuality("vector", zeros, [matrix([0, 1])]).meanCosine).toBe(0);
  });

  test("gives the share of equal classes and the largest change of a probability", () => {
    const before = [matrix([0, 0.1]), matrix([5, 0])];
    const after = [matrix([0.1, 0]), matrix([5, 0])];
    const { agreement, maxDrift } = compareQuality("class", before, after);
    expect(agreement).toBe(0.5);
    expect(maxDrift).toBeCloseTo(0.05, 2);
  });

  test("counts each label of classifiers that may give several", () => {
    const { agreement } = compareQuality("labels", [matrix([1, -1, 2, 3])], [matrix([1, 1, 2, 3])]);
    expect(agreement).toBe(0.75);
  });

  test("gives the correlation of ranks over all texts, and the lowest of several scores", () => {
    const scores = (...numbers: number[]) => numbers.map((number) => matrix([number]));
    const correlate = (before: number[], after: number[]) =>
      compareQuality("score", scores(...before), scores(...after)).rankCorrelation;
    expect(correlate([1, 2, 3, 4], [10, 20, 30, 31])).toBe(1);
    expect(correlate([1, 2, 3, 4], [4, 3, 2, 1])).toBe(-1);
    expect(correlate([1, 2, 3, 4], [2, 1, 3, 4])).toBeCloseTo(0.8);
    expect(correlate([1, 1, 2, 2], [5, 5, 6, 6])).toBe(1);
    expect(correlate([1, 1, 1, 1], [1, 2, 3, 4])).toBe(1);
    expect(correlate([1, 2, 3, 4], [1, 1, 1, 1])).toBe(0);
    const two = compareQuality(
      "score",
      [matrix([1, 1]), matrix([2, 2])],
      [matrix([1, 2]), matrix([2, 1])],
    );
    expect(two.rankCorrelation).toBe(-1);
  });

  test.each(["vector", "class", "labels", "score"] as const)(
    "of %s with a number that is none passes no gate",
    (kind) => {
      const before = [matrix([1, 2]), matrix([2, 1])];
      const quality = compareQuality(kind, before, [matrix([1, Number.NaN]), matrix([2, 1])]);
      expect(failedFigure(quality, { cosineMin: 0, agreementMin: 0 })).toContain("overflow");
    },
  );
});

test("failedFigure() tells what was expected and found, and nothing of figures that pass", () => {
  const figures = { rows: 1, distance: 0 };
  expect(failedFigure({ ...figures, meanCosine: 0.99, minCosine: 0.1 }, GATE)).toBeUndefined();
  expect(failedFigure({ ...figures, meanCosine: 0.989_99 }, GATE)).toBe(
    "mean cosine of at least 0.99: found 0.98999",
  );
  expect(failedFigure({ ...figures, agreement: 0.9 }, GATE)).toContain("agreement of labels");
  expect(failedFigure({ ...figures, rankCorrelation: 0.9 }, GATE)).toContain("rank correlation");
});

test("printFigure() cuts and does not round", () => {
  expect([0.999_99, 0.99, 1, -0.5].map((figure) => printFigure(figure))).toEqual([
    "0.9999",
    "0.99",
    "1",
    "-0.5",
  ]);
  expect(cutFigure(0.123_45)).toBe(0.1234);
});

test.each([
  // Passes: as many digits as show that it does.
  [0.999_993_7, 0.999_99, 0.999_99],
  [0.999_993_7, 0.999_993, 0.999_993],
  [0.999_993_7, 0.99, 0.9999],
  [1, 1, 1],
  // Fails: as many as show by how much, never up to the bound.
  [0.999_986_5, 0.999_99, 0.999_986],
  [0.95, 0.99, 0.95],
  [0.989_999_9, 0.99, 0.989_999_9],
])("cutFigure() of %d with the bound %d is %d", (figure, bound, cut) => {
  expect(cutFigure(figure, bound)).toBe(cut);
});

test("CALIBRATION_TEXTS are different texts of many scripts and lengths", () => {
  expect(new Set(CALIBRATION_TEXTS).size).toBe(64);
  const scripts = [
    ...["Latin", "Cyrillic", "Greek", "Hebrew", "Arabic", "Devanagari", "Bengali", "Tamil"],
    ...["Telugu", "Thai", "Georgian", "Armenian", "Han", "Hiragana", "Hangul"],
  ];
  for (const script of scripts) {
    const letter = new RegExp(`\\p{Script=${script}}`, "u");
    expect(CALIBRATION_TEXTS.some((text) => letter.test(text))).toBe(true);
  }
  const lengths = CALIBRATION_TEXTS.map(({ length }) => length);
  expect([Math.min(...lengths) < 10, Math.max(...lengths) > 300]).toEqual([true, true]);
});
