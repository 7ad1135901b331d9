// How alike vectors are: dense ones by their cosine, sparse ones by their dot product.

export type SparseWeight = { readonly index: number; readonly value: number };

/** From -1 to 1; 0 for a vector of zeros. */
export function cosine(left: readonly number[], right: readonly number[]): number {
  const norms = Math.sqrt(dot(left, left) * dot(right, right));
  return norms === 0 ? 0 : dot(left, right) / norms;
}

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0);
}

/** Sum of the products of weights both vectors have. */
export function sparseDot(left: readonly SparseWeight[], right: readonly SparseWeight[]): number {
  const weights = new Map(right.map(({ index, value }) => [index, value]));
  return left.reduce((sum, { index, value }) => sum + value * (weights.get(index) ?? 0), 0);
}

/** The heaviest weights first, at most `count`. */
export function heaviest(weights: readonly SparseWeight[], count: number): SparseWeight[] {
  return weights.toSorted((left, right) => right.value - left.value).slice(0, count);
}

/** The mean over rows of the highest value of each: how late-interaction models compare texts. */
export function meanOfMaxima(rows: readonly (readonly number[])[]): number {
  const maxima = rows.map((row) => row.reduce((most, value) => Math.max(most, value), -Infinity));
  return maxima.length === 0 ? 0 : maxima.reduce((sum, value) => sum + value, 0) / maxima.length;
}

/** The least and the greatest of all values. */
export function range(rows: readonly (readonly number[])[]): readonly [number, number] {
  const values = rows.flat();
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  return [low, high];
}
