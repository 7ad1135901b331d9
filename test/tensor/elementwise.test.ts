// Activation functions against values of a library of 16 digits.
import { describe, expect, test } from "bun:test";
import { ELEMENTWISE, type Elementwise } from "../../src/tensor/index.ts";

const EXPECTED: Readonly<Record<Elementwise, readonly (readonly [number, number])[]>> = {
  identity: [
    [-3.5, -3.5],
    [0, 0],
    [1e300, 1e300],
  ],
  tanh: [
    [-10, -0.9999999958776927],
    [-1, -0.7615941559557649],
    [-1e-8, -1e-8],
    [0.5, 0.46211715726000974],
    [3, 0.9950547536867305],
    [1000, 1],
  ],
  relu: [
    [-3, 0],
    [0, 0],
    [1e-45, 1e-45],
    [7, 7],
  ],
  gelu: [
    [-1000, 0],
    [-10, -7.619853024160593e-23],
    [-6, -5.919525870226207e-9],
    // On both sides of where the error function changes its way of computing.
    [-4.2426, -4.686907064345918e-5],
    [4.2427, 4.242653150712056],
    [-3, -0.004049694094890287],
    [-1, -0.15865525393145707],
    [-0.5, -0.15426876936299344],
    [-1e-8, -4.999999960105772e-9],
    [0, 0],
    [1e-8, 5.000000039894228e-9],
    [0.5, 0.34573123063700656],
    [1, 0.8413447460685429],
    [3, 2.99595030590511],
    [6, 5.999999994080474],
    [1000, 1000],
  ],
  sigmoid: [
    [-1000, 0],
    [-10, 4.5397868702434395e-5],
    [-1, 0.2689414213699951],
    [0, 0.5],
    [1e-8, 0.5000000025],
    [3, 0.9525741268224334],
    [1000, 1],
  ],
  silu: [
    [-1000, 0],
    [-10, -0.0004539786870243439],
    [-1, -0.2689414213699951],
    [0, 0],
    [0.5, 0.3112296656009273],
    [3, 2.8577223804672998],
    [1000, 1000],
  ],
};

describe("elementwise", () => {
  test.each(Object.entries(EXPECTED))("ELEMENTWISE.%s gives the expected values", (name, rows) => {
    for (const [value, expected] of rows) {
      const found = ELEMENTWISE[name as Elementwise](value);
      expect(Math.abs(found - expected)).toBeLessThanOrEqual(Math.abs(expected) * 1e-10);
    }
  });

  test.each(Object.keys(ELEMENTWISE))("ELEMENTWISE.%s of NaN is NaN", (name) => {
    expect(ELEMENTWISE[name as Elementwise](Number.NaN)).toBeNaN();
  });

  test("ELEMENTWISE.gelu of x less that of -x is x", () => {
    for (let value = 0; value < 12; value += 0.0625) {
      const difference = ELEMENTWISE.gelu(value) + -ELEMENTWISE.gelu(-value);
      expect(Math.abs(difference - value)).toBeLessThan(1e-14 + value * 1e-15);
    }
  });
});
