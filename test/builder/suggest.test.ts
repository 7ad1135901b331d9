// Which words are near enough to be suggested.
import { expect, test } from "bun:test";
import { suggest } from "../../src/builder/suggest.ts";

const KNOWN = ["name", "version", "model_type", "output_path", "tokenizer"];

test.each([
  ["nam", "name"],
  ["nmae", "name"],
  ["anme", "name"],
  ["Name", "name"],
  ["modeltype", "model_type"],
  ["model-type", "model_type"],
  ["outputpaht", "output_path"],
  ["tokeniser", "tokenizer"],
])("suggest(%j) finds the nearest word", (word, expected) => {
  expect(suggest(word, KNOWN)).toBe(`: did you mean "${expected}"`);
});

test.each(["colour", "", "x", "n".repeat(100_000)])(
  "suggest() says nothing for a far word %#",
  (word) => {
    expect(suggest(word, KNOWN)).toBe("");
  },
);
