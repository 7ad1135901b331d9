// Programmer mistakes stop at once.
import { expect, test } from "bun:test";
import { AssertionError, assert, unreachable } from "../../src/error/index.ts";

test("assert() passes what is true and throws the fact that is not", () => {
  assert(true, "true is true");
  expect(() => assert(false, "the list is sorted")).toThrow("Assertion failed: the list is sorted");
  expect(() => assert(undefined, "x")).toThrow(AssertionError);
});

test("unreachable() throws with the value", () => {
  expect(() => unreachable("new kind" as never)).toThrow("unreachable value new kind");
});
