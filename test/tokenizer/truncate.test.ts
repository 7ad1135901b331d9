// How a limit is shared between two texts.
import { describe, expect, test } from "bun:test";
import { type TruncationStrategy, truncatedCounts } from "../../src/tokenizer/truncate.ts";

describe("truncatedCounts()", () => {
  test.each<[TruncationStrategy, number, number | undefined, number, [number, number]]>([
    ["longest_first", 3, undefined, 5, [3, 0]],
    ["longest_first", 9, undefined, 5, [5, 0]],
    ["longest_first", 9, undefined, 0, [0, 0]],
    ["longest_first", 2, 9, 10, [2, 8]],
    ["longest_first", 9, 2, 10, [8, 2]],
    ["longest_first", 9, 9, 10, [5, 5]],
    ["longest_first", 9, 9, 9, [4, 5]],
    ["longest_first", 9, 8, 9, [5, 4]],
    ["longest_first", 8, 9, 9, [4, 5]],
    ["longest_first", 9, 0, 4, [4, 0]],
    ["longest_first", 1, 1, 0, [0, 0]],
    ["only_first", 9, 3, 10, [7, 3]],
    ["only_second", 3, 9, 10, [3, 7]],
  ])("%s of %p and %p to %d", (strategy, first, second, limit, expected) => {
    expect(truncatedCounts([first, second], limit, strategy)).toEqual(expected);
  });

  test.each<[TruncationStrategy, number, number | undefined, number]>([
    ["only_first", 3, 9, 9],
    ["only_second", 9, 3, 9],
    ["only_second", 9, undefined, 5],
  ])("%s of %p and %p to %d is refused", (strategy, first, second, limit) => {
    expect(() => truncatedCounts([first, second], limit, strategy)).toThrow(
      expect.objectContaining({ code: "TOKENIZER_LIMIT_TOO_SMALL" }),
    );
  });
});
