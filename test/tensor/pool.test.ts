// Pooling by hand in every mode, and its independence of batch and padding.
import { describe, expect, test } from "bun:test";
import { type BatchMask, POOL_MODES, type PoolMode, pool } from "../../src/tensor/index.ts";
import { randomVector, seededRandom } from "../helper/seeded-random.ts";

// Three real tokens [1, -4], [2, 0], [6, -2] among padding of 100, which must never count.
const REAL = [1, -4, 2, 0, 6, -2];
const PAD = [100, 100];

const EXPECTED: readonly (readonly [PoolMode, readonly [number, number]])[] = [
  ["mean", [3, -2]],
  ["cls", [1, -4]],
  ["max", [6, 0]],
  ["last_token", [6, -2]],
  ["mean_sqrt_len", [9 / Math.sqrt(3), -6 / Math.sqrt(3)]],
  // (1 * 1 + 2 * 2 + 3 * 6) / 6 and (1 * -4 + 2 * 0 + 3 * -2) / 6
  ["weighted_mean", [23 / 6, -10 / 6]],
];

function poolOne(data: readonly number[], mask: readonly number[], mode: PoolMode) {
  const output = { data: Float32Array.from(data), shape: [1, mask.length, 2] };
  return pool(output, { data: Uint8Array.from(mask), batch: 1, sequence: mask.length }, [mode])[0];
}

describe("pool", () => {
  test.each(EXPECTED)("pool() by %s of tokens padded right", (mode, expected) => {
    const row = poolOne([...REAL, ...PAD, ...PAD], [1, 1, 1, 0, 0], mode);
    expect(row).toEqual({ data: Float32Array.from(expected), rows: 1, columns: 2 });
  });

  test.each(EXPECTED)("pool() by %s of tokens padded left", (mode, expected) => {
    const row = poolOne([...PAD, ...PAD, ...REAL], [0, 0, 1, 1, 1], mode);
    expect(row).toEqual({ data: Float32Array.from(expected), rows: 1, columns: 2 });
  });

  test.each([...POOL_MODES])("pool() by %s is zero without a real token", (mode) => {
    expect(poolOne([...PAD, ...PAD], [0, 0], mode)?.data).toEqual(Float32Array.of(0, 0));
  });

  test.each([...POOL_MODES])("pool() by %s shows NaN of the graph", (mode) => {
    expect(poolOne([Number.NaN, 1], [1], mode)?.data[0]).toBeNaN();
  });

  test.each([Number.NaN, Number.NEGATIVE_INFINITY])("pool() by max does not hide %p", (value) => {
    for (const place of [0, 1, 2]) {
      const tokens = [1, 1, 1].with(place, value).flatMap((number) => [number, 2]);
      expect([...poolOne(tokens, [1, 1, 1], "max")!.data]).toEqual([Number.NaN, 2]);
    }
  });

  test("pool() joins the results of several modes in their order", () => {
    const output = { data: Float32Array.from([...PAD, ...REAL]), shape: [1, 4, 2] };
    const mask = { data: Uint8Array.of(0, 1, 1, 1), batch: 1, sequence: 4 };
    expect(pool(output, mask, ["max", "cls", "mean"])).toEqual([
      { data: Float32Array.of(6, 0, 1, -4, 3, -2), rows: 1, columns: 6 },
    ]);
    const all = POOL_MODES.flatMap((mode) => EXPECTED.find(([name]) => name === mode)![1]);
    expect(pool(output, mask, POOL_MODES)[0]?.data).toEqual(Float32Array.from(all));
  });

  // Without the first token: [2, 0] and [6, -2] at positions 2 and 3.
  const SKIPPED: readonly (readonly [PoolMode, readonly [number, number]])[] = [
    ["mean", [4, -1]],
    ["cls", [2, 0]],
    ["max", [6, 0]],
    ["last_token", [6, -2]],
    ["mean_sqrt_len", [8 / Math.SQRT2, -2 / Math.SQRT2]],
    // (2 * 2 + 3 * 6) / 5 and (2 * 0 + 3 * -2) / 5
    ["weighted_mean", [22 / 5, -6 / 5]],
  ];

  test.each(SKIPPED)("pool() by %s leaves skipped tokens out", (mode, expected) => {
    // Padded right and left, and a neighbour of which nothing is left out.
    const data = Float32Array.from([...REAL, ...PAD, ...PAD, ...REAL, ...PAD, ...REAL]);
    const mask = {
      data: Uint8Array.of(1, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 1),
      batch: 3,
      sequence: 4,
      skipped: Int32Array.of(1, 1, 0),
    };
    const whole = EXPECTED.find(([name]) => name === mode)![1];
    expect(pool({ data, shape: [3, 4, 2] }, mask, [mode]).map((row) => row.data)).toEqual([
      Float32Array.from(expected),
      Float32Array.from(expected),
      Float32Array.from(whole),
    ]);
  });

  test.each([...POOL_MODES])("pool() by %s of skipped tokens only keeps but the first", (mode) => {
    const output = { data: Float32Array.from(REAL), shape: [1, 3, 2] };
    for (const count of [3, 4]) {
      const skipped = Int32Array.of(count);
      const mask = { data: Uint8Array.of(1, 1, 1), batch: 1, sequence: 3, skipped };
      const expected = mode === "cls" ? [1, -4] : [0, 0];
      expect([...pool(output, mask, [mode])[0]!.data]).toEqual(expected);
    }
  });

  test("pool() by mean adds in float64", () => {
    const data = Array.from({ length: 4096 }, () => [0.1, 1]).flat();
    const row = poolOne(data, new Array<number>(4096).fill(1), "mean");
    expect(row?.data[0]).toBe(Math.fround(0.1));
  });

  test.each([...POOL_MODES])("pool() by %s gives the same bits in any batch", (mode) => {
    const random = seededRandom(31);
    const width = 16;
    const lengths = Array.from({ length: 32 }, () => 1 + Math.floor(random() * 40));
    const texts = lengths.map((length) => randomVector(random, length * width));
    const sequence = Math.max(...lengths);
    const data = randomVector(random, lengths.length * sequence * width);
    const mask: BatchMask = {
      data: new Uint8Array(lengths.length * sequence),
      batch: lengths.length,
      sequence,
      skipped: Int32Array.from(lengths, (length, item) => (item % 3 === 0 ? length >> 1 : 0)),
    };
    texts.forEach((text, item) => {
      const length = lengths[item]!;
      const first = item % 2 === 0 ? 0 : sequence - length;
      data.set(text, (item * sequence + first) * width);
      mask.data.fill(1, item * sequence + first, item * sequence + first + length);
    });
    const together = pool({ data, shape: [lengths.length, sequence, width] }, mask, [mode]);
    texts.forEach((text, item) => {
      const length = lengths[item]!;
      const alone = pool(
        { data: text, shape: [1, length, width] },
        {
          data: new Uint8Array(length).fill(1),
          batch: 1,
          sequence: length,
          skipped: mask.skipped!.slice(item, item + 1),
        },
        [mode],
      );
      expect(together[item]?.data).toEqual(alone[0]!.data);
    });
  });
});
