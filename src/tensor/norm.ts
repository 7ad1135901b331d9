// Lengths of vectors and angles between them.

/**
 * Smallest norm a vector is divided by, that of the reference (torch.nn.functional.normalize).
 * Only vectors that are zero but for noise are below it.
 */
export const NORM_EPSILON = 1e-12;

/** The vector divided by its L2 norm, in a new array; the zero vector stays zero. */
export function l2Normalize(vector: Float32Array): Float32Array {
  const norm = Math.max(Math.sqrt(dot(vector, vector)), NORM_EPSILON);
  const unit = new Float32Array(vector.length);
  for (let i = 0; i < vector.length; i++) unit[i] = vector[i]! / norm;
  return unit;
}

/** Cosine of the angle between two vectors of one length; 0 when one of them is zero. */
export function cosine(left: Float32Array, right: Float32Array): number {
  const leftNorm = Math.max(Math.sqrt(dot(left, left)), NORM_EPSILON);
  const rightNorm = Math.max(Math.sqrt(dot(right, right)), NORM_EPSILON);
  return dot(left, right) / leftNorm / rightNorm;
}

// The square of the largest float32 is 1e77, far from what float64 can hold: no scaling is needed.
function dot(left: Float32Array, right: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < left.length; i++) sum += left[i]! * right[i]!;
  return sum;
}
