// The texts throughput is measured with: lengths as servers see them, many short and few long, the same every time.
import { seededRandom } from "../../test/helper/seeded-random.ts";

export const TEXT_COUNT = 256;
const MEAN_WORDS = 62;
/** Spread of the logarithm of the lengths. */
const SPREAD = 0.75;
const WORDS_MIN = 2;
const WORDS_MAX = 240;

/** Log-normal lengths with a mean of about 65 tokens, special tokens included. */
export function mixedTexts(words: readonly string[], count = TEXT_COUNT): string[] {
  const random = seededRandom(65);
  const centre = Math.log(MEAN_WORDS) - SPREAD ** 2 / 2;
  return Array.from({ length: count }, () => {
    const length = Math.round(Math.exp(centre + SPREAD * normal(random)));
    const bounded = Math.min(WORDS_MAX, Math.max(WORDS_MIN, length));
    return Array.from({ length: bounded }, () => words[Math.floor(random() * words.length)]).join(
      " ",
    );
  });
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
