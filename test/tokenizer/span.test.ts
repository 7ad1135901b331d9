// Spans in code points and bytes.
import { expect, test } from "bun:test";
import { convertSpans } from "../../src/tokenizer/index.ts";

const spans = (...places: number[]) => Int32Array.from(places);

test("convertSpans() keeps UTF-16 spans as they are", () => {
  const given = spans(0, 1, 1, 3);
  expect(convertSpans("a😀", given, "utf16")).toBe(given);
});

test.each([
  ["abc", [0, 1, 1, 3], [0, 1, 1, 3], [0, 1, 1, 3]],
  ["é😀x", [0, 1, 1, 3, 3, 4], [0, 1, 1, 2, 2, 3], [0, 2, 2, 6, 6, 7]],
  ["漢字", [0, 2, 1, 2], [0, 2, 1, 2], [0, 6, 3, 6]],
  ["a\ud800b", [1, 2, 2, 3], [1, 2, 2, 3], [1, 4, 4, 5]],
  ["", [0, 0], [0, 0], [0, 0]],
])("convertSpans() counts %j in code points and bytes", (text, units, points, bytes) => {
  expect(Array.from(convertSpans(text, spans(...units), "codepoint"))).toEqual(points);
  expect(Array.from(convertSpans(text, spans(...units), "byte"))).toEqual(bytes);
});
