// Rows that are mostly zeros, such as weights of a vocabulary, on their way to the answer: only what is not zero is
// kept, as a request may have thousands of them.
import { assert } from "../error/index.ts";
import { type Model, Task } from "../gen/manifest_pb.ts";
import type { Matrix } from "../tensor/index.ts";

/** Indices are kept as float32, which tells them apart up to here. */
const PACKED_COLUMNS_MAX = 2 ** 24;

/** Whether a model's rows travel packed. */
export function isPacked({ task, width }: Model): boolean {
  return task === Task.SPARSE_EMBEDDING && width <= PACKED_COLUMNS_MAX;
}

/** One row per number that is not 0 in the single row of the matrix: its column and itself. */
export function packRow({ data, rows, columns }: Matrix): Matrix {
  assert(rows === 1 && columns <= PACKED_COLUMNS_MAX, "a row whose columns float32 can count");
  let count = 0;
  for (let column = 0; column < columns; column++) if (data[column] !== 0) count += 1;
  const packed = new Float32Array(2 * count);
  let end = 0;
  for (let column = 0; column < columns; column++) {
    const value = data[column]!;
    if (value === 0) continue;
    packed[end] = column;
    packed[end + 1] = value;
    end += 2;
  }
  return { data: packed, rows: count, columns: 2 };
}

/** The row that was packed, with 0 for -0. */
export function unpackRow({ data, rows }: Matrix, columns: number): Matrix {
  const row = new Float32Array(columns);
  for (let at = 0; at < 2 * rows; at += 2) row[data[at]!] = data[at + 1]!;
  return { data: row, rows: 1, columns };
}
