// Rounding at the ends of what numbers can be.
import { expect, test } from "bun:test";
import { roundColumns, roundRows } from "../../src/quantize/round-weight.ts";

test.each<[number, number, readonly number[]]>([
  [2.55e-43, 1e-43, [0, 0]],
  [-2e-38, 1e-38, [0, 0]],
  [0, -0, [0, 0]],
  [127 * 2 ** -126, -(2 ** -126), [127, -1]],
  [-1.6e-36, 0.8e-36, [-127, 63]],
  [3.4e38, -3.4e38, [127, -127]],
])("roundColumns() and roundRows() give bytes that are near %p and %p", (first, second, bytes) => {
  const values = Float32Array.of(first, second);
  for (const { bytes: found, scales } of [roundColumns(values, 2, 1), roundRows(values, 1, 2)]) {
    expect([...found]).toEqual([...bytes]);
    for (const [index, value] of values.entries()) {
      const error = Math.abs((found[index] ?? 0) * (scales[0] ?? 0) - value);
      expect(error).toBeLessThanOrEqual(Math.max(127 * 2 ** -126, (scales[0] ?? 0) * 0.51));
    }
  }
});

test("roundColumns() never overflows a byte, however small the numbers are", () => {
  const wrong: number[] = [];
  for (let exponent = -149; exponent < 128; exponent++) {
    for (const factor of [1, 1.3, 1.5, 1.7, 1.999]) {
      const largest = Math.fround(factor * 2 ** exponent);
      if (!Number.isFinite(largest)) continue;
      const { bytes } = roundColumns(Float32Array.of(largest, -largest), 2, 1);
      const [up = 0, down = 0] = bytes;
      if (up !== -down || (up !== 0 && up !== 127)) wrong.push(largest);
    }
  }
  expect(wrong).toEqual([]);
});
