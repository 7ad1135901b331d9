// Logits to probabilities: numbers worked out by hand, and laws that hold for seeded rows.
import { describe, expect, test } from "bun:test";
import { sigmoid, softmax } from "../../src/tensor/index.ts";
import { randomVector, seededRandom } from "../helper/seeded-random.ts";

describe("activation", () => {
  test("softmax() gives exponentials over their sum", () => {
    // e^1, e^2, e^3 = 2.718282, 7.389056, 20.085537; sum 30.192875
    const [a, b, c] = softmax(Float32Array.of(1, 2, 3));
    expect(a).toBeCloseTo(0.09003057, 7);
    expect(b).toBeCloseTo(0.24472847, 7);
    expect(c).toBeCloseTo(0.66524096, 7);
  });

  test("softmax() of large logits does not overflow", () => {
    expect([...softmax(Float32Array.of(1e38, 1e38, -1e38))]).toEqual([0.5, 0.5, 0]);
  });

  test("softmax() of one logit is 1 and of none is empty", () => {
    expect([...softmax(Float32Array.of(-7))]).toEqual([1]);
    expect([...softmax(new Float32Array(0))]).toEqual([]);
  });

  test("softmax() sums to 1, keeps the order and ignores a shift, for 200 seeded rows", () => {
    const random = seededRandom(11);
    for (let round = 0; round < 200; round++) {
      const logits = randomVector(random, 1 + Math.floor(random() * 20), 8);
      const probabilities = softmax(logits);
      const sum = probabilities.reduce((total, value) => total + value, 0);
      expect(Math.abs(sum - 1)).toBeLessThan(1e-6);
      const shifted = softmax(logits.map((logit) => logit + 64));
      probabilities.forEach((value, index) => {
        expect(Math.abs(value - shifted[index]!)).toBeLessThan(1e-5);
      });
      const byLogit = [...logits.keys()].sort((i, j) => logits[i]! - logits[j]!);
      const sorted = byLogit.map((index) => probabilities[index]!);
      expect(sorted).toEqual([...sorted].sort((left, right) => left - right));
    }
  });

  test.each([
    [0, 0.5],
    [1, 0.7310585786300049],
    [-1, 0.2689414213699951],
    [20, 0.9999999979388463],
    [-20, 2.0611536181902037e-9],
    [1000, 1],
    [-1000, 0],
  ])("sigmoid() of %p is %p", (logit, probability) => {
    expect(sigmoid(Float32Array.of(logit))[0]).toBe(Math.fround(probability));
  });

  test("sigmoid() of two logits' difference is the softmax of the second", () => {
    const random = seededRandom(12);
    for (let round = 0; round < 200; round++) {
      const [no, yes] = randomVector(random, 2) as unknown as [number, number];
      const expected = softmax(Float32Array.of(no, yes))[1]!;
      expect(sigmoid(Float32Array.of(yes - no))[0]!).toBeCloseTo(expected, 6);
    }
  });

  test("softmax() and sigmoid() let NaN through", () => {
    expect(softmax(Float32Array.of(1, Number.NaN)).every(Number.isNaN)).toBe(true);
    expect(sigmoid(Float32Array.of(Number.NaN))[0]).toBeNaN();
  });
});
