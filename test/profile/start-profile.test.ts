// Marks in the order of time, those of other threads among them, and never too many.
import { expect, test } from "bun:test";
import { joinMarks, markStart, processStartMs, startMarks } from "../../src/profile/index.ts";

test("startMarks() has what was noted here and elsewhere, in the order of time", () => {
  const before = processStartMs() - 1;
  markStart("test opened");
  joinMarks([{ thread: "worker", step: "test begun", atMs: before }]);
  markStart("test ready", "tokenizer");
  // Engines of other tests in this process have left theirs.
  const ours = startMarks().filter(({ step }) => step.startsWith("test "));
  const steps = ours.map(({ thread, step }) => `${thread} ${step}`);
  expect(steps).toEqual(["worker test begun", "main test opened", "tokenizer test ready"]);
  expect(ours[1]?.atMs).toBeGreaterThan(before);
});

test("markStart() keeps the first marks when there are many", () => {
  for (let index = 0; index < 200; index++) markStart(`step ${index}`);
  joinMarks(Array.from({ length: 10 }, () => ({ thread: "worker", step: "late", atMs: 0 })));
  expect(startMarks()).toHaveLength(64);
  expect(startMarks().some(({ step }) => step === "late")).toBe(false);
});
