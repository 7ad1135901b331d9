// What passes between engine and worker, there and back.
import { expect, test } from "bun:test";
import { packSequences, unpackSequences } from "../../src/runtime/worker-message.ts";

const sequence = (ids: readonly number[], skipped?: number) => ({
  ids: Int32Array.from(ids),
  typeIds: Int32Array.from(ids, (id) => id % 2),
  ...(skipped === undefined ? {} : { skipped }),
});

test("unpackSequences() gives back what packSequences() packed", () => {
  const sequences = [sequence([1, 2, 3], 2), sequence([]), sequence([4]), sequence([5, 6], 0)];
  const expected = sequences.map((item) => ({ skipped: 0, ...item }));
  expect(unpackSequences(packSequences(sequences))).toEqual(expected);
});

test("packSequences() sends no skips where there are none", () => {
  const packed = packSequences([sequence([1]), sequence([2, 3], 0)]);
  expect(packed.skips).toBeUndefined();
  expect(unpackSequences(packed).map(({ skipped }) => skipped)).toEqual([0, 0]);
});
