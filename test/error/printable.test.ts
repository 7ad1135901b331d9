// Words of strangers for a terminal.
import { expect, test } from "bun:test";
import { printable } from "../../src/error/index.ts";

test.each([
  ["plain text, \u00e9 \u6587 \u{1f600}", "plain text, \u00e9 \u6587 \u{1f600}"],
  ["\u001b]0;title\u0007", "\\u001b]0;title\\u0007"],
  ["a\r\tb\u009b2J\u007f", "a\\u000d\\u0009b\\u009b2J\\u007f"],
  ["\u200f\u2066x\u2028", "\\u200f\\u2066x\\u2028"],
])("printable(%j)", (text, expected) => {
  expect(printable(text)).toBe(expected);
});
