// Rounds matrices to signed bytes: symmetric, each column or row with a scale of its own.

/** The bytes of a rounded matrix, row-major, and the scale of each column or row. */
export type RoundedMatrix = { readonly bytes: Int8Array; readonly scales: Float32Array };

/** -128 is left out, so that a number and its negative round alike. */
const LEVEL_MAX = 127;
/** The smallest float32 that has all of its digits. */
const NORMAL_MIN = 2 ** -126;

/** Of a matrix [rows, columns]: `bytes[r][c] * scales[c]` is the number again, but for half a step. */
export function roundColumns(values: Float32Array, rows: number, columns: number): RoundedMatrix {
  const scales = new Float32Array(columns);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    for (let column = 0; column < columns; column++) {
      const size = Math.abs(values[start + column]!);
      if (size > scales[column]!) scales[column] = size;
    }
  }
  for (let column = 0; column < columns; column++) scales[column] = scaleOf(scales[column]!);
  const bytes = new Int8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    for (let column = 0; column < columns; column++) {
      bytes[start + column] = Math.round(values[start + column]! / scales[column]!);
    }
  }
  return { bytes, scales };
}

/** Of a matrix [rows, columns]: `bytes[r][c] * scales[r]` is the number again, but for half a step. */
export function roundRows(values: Float32Array, rows: number, columns: number): RoundedMatrix {
  const scales = new Float32Array(rows);
  const bytes = new Int8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let largest = 0;
    for (let index = start; index < start + columns; index++) {
      const size = Math.abs(values[index]!);
      if (size > largest) largest = size;
    }
    const scale = scaleOf(largest);
    scales[row] = scale;
    for (let index = start; index < start + columns; index++) {
      bytes[index] = Math.round(values[index]! / scale);
    }
  }
  return { bytes, scales };
}

/**
 * Zeros alone have any scale. Numbers whose 127th part float32 holds with fewer digits than others count as zeros: such
 * a scale is rounded by up to a half, so that their bytes would overflow.
 */
function scaleOf(largest: number): number {
  const scale = Math.fround(largest / LEVEL_MAX);
  return scale < NORMAL_MIN ? 1 : scale;
}

/** A matrix [rows, columns] with rows and columns exchanged. */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  // In blocks, so that both sides stay in the cache.
  const block = 32;
  for (let top = 0; top < rows; top += block) {
    const bottom = Math.min(rows, top + block);
    for (let left = 0; left < columns; left += block) {
      const right = Math.min(columns, left + block);
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          turned[column * rows + row] = values[row * columns + column]!;
        }
      }
    }
  }
  return turned;
}

/** Whether every number is finite: a scale of infinity would turn a whole column into NaN. */
export function areFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]! - values[index]!;
  return sum === 0;
}
