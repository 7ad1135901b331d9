// Text that is wider than a terminal.
import { expect, test } from "bun:test";
import { wrapText } from "../../src/cli/wrap-text.ts";

test.each([
  ["", ""],
  ["one two", "one two"],
  ["one two three", "one two\nthree"],
  ["one two\n\nthree", "one two\n\nthree"],
  ["  one two three", "  one two three"],
  ["  6  a b c d e f", "  6  a b c\n     d e f"],
  ["1, 2  a b c d e", "1, 2  a b\n      c d\n      e"],
  ["incomprehensibilities", "incomprehensibilities"],
  ["a incomprehensibilities b", "a\nincomprehensibilities\nb"],
  ["  incomprehensibilities", "  incomprehensibilities"],
])("wrapText() makes of %j at ten columns %j", (text, expected) => {
  expect(wrapText(text, 10)).toBe(expected);
});
