// Which tokens of a text or pair stay when there is a limit.
import { CodedError } from "../error/index.ts";

export type TruncationSide = "left" | "right";
export type TruncationStrategy = "longest_first" | "only_first" | "only_second";

/** Which tokens are wanted: at most so many, from the left end or the right. */
export type TokenBudget = { readonly limit: number; readonly side: TruncationSide };

/** Token counts of the text and, with pairs, of the second text. */
export type TokenCounts = readonly [number, number | undefined];

function tooSmall(limit: number, counts: TokenCounts): CodedError {
  return new CodedError(
    "TOKENIZER_LIMIT_TOO_SMALL",
    `Cannot cut the input to ${limit} tokens: its texts have ${counts[0]} and ${counts[1] ?? 0}, ` +
      "and only one of them may be cut: shorten the other, raise the limit, or cut the longest first",
    { detail: { limit } },
  );
}

/** Shares a limit between two texts: the longer one gives first, then both get half. */
function shareLimit(first: number, second: number, limit: number): readonly [number, number] {
  const shorter = Math.min(first, second);
  let longer = shorter > limit ? shorter : Math.max(shorter, limit - shorter);
  let kept = shorter;
  if (kept + longer > limit) {
    kept = Math.floor(limit / 2);
    longer = kept + (limit % 2);
  }
  return first > second ? [longer, kept] : [kept, longer];
}

/** How many tokens of each text stay so that together they are at most `limit`. */
export function truncatedCounts(
  counts: TokenCounts,
  limit: number,
  strategy: TruncationStrategy,
): readonly [number, number] {
  const [first, second = 0] = counts;
  const excess = first + second - limit;
  if (excess <= 0) return [first, second];
  if (limit === 0) return [0, 0];
  if (strategy === "longest_first") {
    return counts[1] === undefined ? [limit, 0] : shareLimit(first, second, limit);
  }
  const target = strategy === "only_first" ? first : second;
  if (target <= excess) throw tooSmall(limit, counts);
  return strategy === "only_first" ? [first - excess, second] : [first, second - excess];
}
