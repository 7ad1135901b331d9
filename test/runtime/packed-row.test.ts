// Rows of a vocabulary on their way: what is not zero comes back where it was.
import { expect, test } from "bun:test";
import { packRow, unpackRow } from "../../src/runtime/packed-row.ts";

test.each([
  [[0, 1.5, 0, Number.NaN, -2], 3],
  [[0, 0, 0], 0],
  [[1, 2, Number.POSITIVE_INFINITY], 3],
])("packRow() of %j keeps what is not zero, and unpackRow() puts it back", (numbers, kept) => {
  const row = { data: Float32Array.from(numbers), rows: 1, columns: numbers.length };
  const packed = packRow(row);
  expect([packed.rows, packed.columns, packed.data.length]).toEqual([kept, 2, 2 * kept]);
  const { data, ...shape } = unpackRow(packed, numbers.length);
  expect([...data]).toEqual(numbers);
  expect(shape).toEqual({ rows: 1, columns: numbers.length });
});
