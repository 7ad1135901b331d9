// Texts cut at code points.
import { describe, expect, test } from "bun:test";
import { cutAtPlaces } from "../../../src/server/page/marked-text.ts";

type Place = readonly [start: number, end: number];

/** Segments as they would be shown, with brackets around what was found. */
function shown(text: string, places: readonly Place[]): string {
  return cutAtPlaces(text, places, ([start, end]) => ({ start, end }))
    .map((segment) => (segment.found === undefined ? segment.text : `[${segment.text}]`))
    .join("");
}

describe("cutAtPlaces()", () => {
  test.each<[string, string, readonly Place[], string]>([
    ["nothing", "text", [], "text"],
    ["the whole", "text", [[0, 4]], "[text]"],
    [
      "neighbours",
      "ab",
      [
        [0, 1],
        [1, 2],
      ],
      "[a][b]",
    ],
    [
      "any order",
      "a b c",
      [
        [4, 5],
        [0, 1],
      ],
      "[a] b [c]",
    ],
    ["after characters of two units", "🎉𝒳 Ada", [[3, 6]], "🎉𝒳 [Ada]"],
    ["characters of two units", "a🎉b", [[1, 2]], "a[🎉]b"],
    ["joined characters, by code points", "👩‍🚀 Ada", [[4, 7]], "👩‍🚀 [Ada]"],
    ["half a pair as one character", "\ud800 Ada", [[2, 5]], "\ud800 [Ada]"],
    [
      "overlaps, the first",
      "abcdef",
      [
        [2, 5],
        [0, 3],
      ],
      "[abc]def",
    ],
    [
      "one start, the longest",
      "abcdef",
      [
        [0, 2],
        [0, 4],
      ],
      "[abcd]ef",
    ],
    [
      "no place outside",
      "abc",
      [
        [-1, 2],
        [2, 9],
        [2, 2],
        [3, 1],
      ],
      "abc",
    ],
    ["an empty text", "", [[0, 1]], ""],
  ])("marks %s", (_, text, places, expected) => {
    expect(shown(text, places)).toBe(expected);
  });

  test("loses nothing of any text", () => {
    const text = "a🎉b\n\n👩‍🚀\u202eabc\u0000".repeat(50);
    const places = Array.from({ length: 90 }, (_, at): Place => [at * 7, at * 7 + (at % 9)]);
    const segments = cutAtPlaces(text, places, ([start, end]) => ({ start, end }));
    expect(segments.map((segment) => segment.text).join("")).toBe(text);
  });
});
