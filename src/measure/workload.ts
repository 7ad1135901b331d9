// The texts figures are measured with: lengths as servers see them, and lengths that are asked for. They are the same
// every time.
import type { Tokenizer } from "../tokenizer/index.ts";
import { WORDS } from "./word-list.ts";

/** Texts of a workload: enough that their lengths are spread, few enough to be made at once. */
export const TEXT_COUNT = 256;
const MEAN_WORDS = 62;
/** Spread of the logarithm of the lengths. */
const SPREAD = 0.75;
const WORDS_MIN = 2;
const WORDS_MAX = 240;
const SEED = 65;

/** Log-normal lengths, many short and few long: a mean of about 65 tokens, special tokens included. */
export function mixedTexts(words: readonly string[] = WORDS, count = TEXT_COUNT): string[] {
  const random = seededRandom(SEED);
  const centre = Math.log(MEAN_WORDS) - SPREAD ** 2 / 2;
  return Array.from({ length: count }, () => {
    const length = Math.round(Math.exp(centre + SPREAD * normal(random)));
    return textOf(Math.min(WORDS_MAX, Math.max(WORDS_MIN, length)), words, random);
  });
}

/**
 * Texts of so many tokens, special tokens included, or the next more that whole words give; at least one word. They
 * differ in their words.
 */
export function textsOfTokens(tokens: number, count: number, tokenizer: Tokenizer): string[] {
  const random = seededRandom(SEED + tokens);
  return Array.from({ length: count }, () => {
    // A word is a token at least, but for tokenizers that know phrases: they get fewer tokens.
    const text = textOf(tokens, WORDS, random).split(" ");
    let low = 1;
    let high = text.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (tokenizer.encode(text.slice(0, middle).join(" ")).ids.length >= tokens) high = middle;
      else low = middle + 1;
    }
    return text.slice(0, low).join(" ");
  });
}

function textOf(length: number, words: readonly string[], random: () => number): string {
  return Array.from({ length }, () => words[Math.floor(random() * words.length)]).join(" ");
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Numbers in [0, 1) by a 32-bit xorshift; the seed must not be 0. */
function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
