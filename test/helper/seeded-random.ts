// Random numbers that are the same in every run, for property tests that name their seed.

/** Numbers in [0, 1) by a 32-bit xorshift; the seed must not be 0. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** `length` float32 numbers in [-scale, scale). */
export function randomVector(random: () => number, length: number, scale = 4): Float32Array {
  return Float32Array.from({ length }, () => (2 * random() - 1) * scale);
}
