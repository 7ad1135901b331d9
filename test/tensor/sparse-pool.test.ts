// Sparse pooling by hand: padding, logits that weigh nothing, and broken ones that must not hide.
import { describe, expect, test } from "bun:test";
import { type SparsePoolMode, sparsePool } from "../../src/tensor/index.ts";
import { randomVector, seededRandom } from "../helper/seeded-random.ts";

const MODES: readonly SparsePoolMode[] = ["max", "sum"];
const PAD = [100, 100, 100, 100];
// Two real tokens of a vocabulary of four.
const REAL = [1, -2, 0, 3, 2, -1, -0, 0.5];

const EXPECTED: readonly (readonly [SparsePoolMode, readonly number[]])[] = [
  ["max", [Math.log(3), 0, 0, Math.log(4)]],
  ["sum", [Math.log(2) + Math.log(3), 0, 0, Math.log(4) + Math.log(1.5)]],
];

function poolOne(data: readonly number[], mask: readonly number[], mode: SparsePoolMode) {
  const width = data.length / mask.length;
  const output = { data: Float32Array.from(data), shape: [1, mask.length, width] };
  const real = { data: Uint8Array.from(mask), batch: 1, sequence: mask.length };
  return sparsePool(output, real, mode)[0]!;
}

/** log(1 + relu(x)) of float32 numbers, written out token by token. */
function slowly(texts: readonly Float32Array[], mode: SparsePoolMode): Float32Array {
  const weights = texts.map((row) => Array.from(row, (x) => Math.log1p(Math.max(0, x))));
  return Float32Array.from(texts[0]!, (_, index) => {
    const column = weights.map((row) => row[index]!);
    return mode === "max" ? Math.max(...column) : column.reduce((sum, value) => sum + value, 0);
  });
}

describe("sparsePool", () => {
  test.each(EXPECTED)("sparsePool() by %s of tokens padded right", (mode, expected) => {
    const row = poolOne([...REAL, ...PAD], [1, 1, 0], mode);
    expect(row).toEqual({ data: Float32Array.from(expected), rows: 1, columns: 4 });
  });

  test.each(EXPECTED)("sparsePool() by %s of tokens padded left", (mode, expected) => {
    const row = poolOne([...PAD, ...PAD, ...REAL], [0, 0, 1, 1], mode);
    expect(row).toEqual({ data: Float32Array.from(expected), rows: 1, columns: 4 });
  });

  test.each([...MODES])("sparsePool() by %s is zero without a real token", (mode) => {
    expect([...poolOne(PAD, [0], mode).data]).toEqual([0, 0, 0, 0]);
  });

  test.each([...MODES])("sparsePool() by %s keeps the smallest and largest logits", (mode) => {
    const logits = [1e-45, 1e-20, 3e38, -3.4028234663852886e38];
    expect(poolOne(logits, [1], mode).data).toEqual(
      Float32Array.of(1e-45, 1e-20, Math.log(3e38), 0),
    );
  });

  test("sparsePool() by sum of many huge logits does not overflow", () => {
    const tokens = 1000;
    const row = poolOne(Array(tokens).fill(3e38), Array(tokens).fill(1), "sum");
    const expected = tokens * Math.log(Math.fround(3e38));
    expect(row.data[0]! / expected).toBeCloseTo(1, 6);
  });

  const broken = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const signedNaN = new Float32Array(Uint32Array.of(0xffc00000).buffer);
  test.each([...MODES])("sparsePool() by %s shows what is not finite, wherever it is", (mode) => {
    for (const value of broken) {
      for (const others of [-5, 0, 5]) {
        for (const place of [0, 1, 2]) {
          const logits = [others, others, others].with(place, value);
          const columns = logits.flatMap((logit) => [1, logit, -1]);
          const { data } = poolOne(columns, [1, 1, 1], mode);
          expect([...data].map(Number.isFinite)).toEqual([true, false, true]);
        }
      }
    }
  });

  test.each([...MODES])("sparsePool() by %s shows a NaN with a sign", (mode) => {
    const data = Float32Array.of(-1, 2, -3, 4);
    data.set(signedNaN, 2);
    const mask = { data: Uint8Array.of(1, 1), batch: 1, sequence: 2 };
    const [row] = sparsePool({ data, shape: [1, 2, 2] }, mask, mode);
    expect([...row!.data].map(Number.isFinite)).toEqual([false, true]);
  });

  test.each([...MODES])("sparsePool() by %s reads no padding, however broken", (mode) => {
    const row = poolOne([1, Number.NaN, Number.NEGATIVE_INFINITY], [1, 0, 0], mode);
    expect([...row.data]).toEqual([Math.fround(Math.log(2))]);
  });

  test.each([...MODES])("sparsePool() by %s equals the formula in any batch", (mode) => {
    const random = seededRandom(61);
    const width = 37;
    const lengths = Array.from({ length: 16 }, () => 1 + Math.floor(random() * 12));
    const sequence = Math.max(...lengths);
    const data = randomVector(random, lengths.length * sequence * width, 8);
    const mask = {
      data: new Uint8Array(lengths.length * sequence),
      batch: lengths.length,
      sequence,
    };
    lengths.forEach((length, item) => {
      const first = item * sequence + (item % 2 === 0 ? 0 : sequence - length);
      mask.data.fill(1, first, first + length);
    });
    const together = sparsePool({ data, shape: [lengths.length, sequence, width] }, mask, mode);
    lengths.forEach((length, item) => {
      const first = item * sequence + (item % 2 === 0 ? 0 : sequence - length);
      const own = data.slice(first * width, (first + length) * width);
      const alone = sparsePool(
        { data: own, shape: [1, length, width] },
        { data: new Uint8Array(length).fill(1), batch: 1, sequence: length },
        mode,
      )[0]!;
      expect(together[item]!.data).toEqual(alone.data);
      const rows = Array.from({ length }, (_, i) => own.subarray(i * width, (i + 1) * width));
      const expected = slowly(rows, mode);
      alone.data.forEach((value, index) => {
        expect(Math.abs(value - expected[index]!)).toBeLessThanOrEqual(2 ** -23 * value);
      });
    });
  });
});
