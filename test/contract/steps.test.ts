// Work in steps: one stop for each item, and the same result whoever goes through it.
import { expect, test } from "bun:test";
import { finishSteps, mapSteps } from "../../src/contract/steps.ts";

test("mapSteps() stops after each item and returns what was made of all", () => {
  const made: number[] = [];
  const steps = mapSteps([1, 2, 3], (item) => made.push(item));
  steps.next();
  expect(made).toEqual([1]);
  expect([...made, finishSteps(steps)]).toEqual([1, [1, 2, 3]]);
});

test("finishSteps() of no items is an empty list", () => {
  expect(finishSteps(mapSteps([], () => 1))).toEqual([]);
});
