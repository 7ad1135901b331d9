// Marks in the order of time, those of other threads among them, and never too many.
import { expect, test } from "bun:test";
import { processStartMs, sinceStartMs } from "../../src/profile/index.ts";
import { StartProfile } from "../../src/profile/start-profile.ts";

test("StartProfile.marks has what was noted here and elsewhere, in the order of time", () => {
  const profile = new StartProfile();
  const before = processStartMs() - 1;
  profile.mark("opened");
  profile.join([{ thread: "worker", step: "begun", atMs: before, cpuMs: 0 }]);
  profile.mark("ready", "tokenizer");
  const steps = profile.marks.map(({ thread, step }) => `${thread} ${step}`);
  expect(steps).toEqual(["worker begun", "main opened", "tokenizer ready"]);
  expect(profile.marks[1]?.atMs).toBeGreaterThan(before);
});

test("StartProfile.mark() keeps the first marks when there are many", () => {
  const profile = new StartProfile();
  for (let index = 0; index < 200; index++) profile.mark(`step ${index}`);
  profile.join(
    Array.from({ length: 10 }, () => ({ thread: "worker", step: "late", atMs: 0, cpuMs: 0 })),
  );
  expect(profile.marks).toHaveLength(64);
  expect(profile.marks.some(({ step }) => step === "late")).toBe(false);
});

test("sinceStartMs() counts from where the marks do", () => {
  const profile = new StartProfile();
  profile.mark("now");
  const markedMs = (profile.marks[0]?.atMs ?? 0) - processStartMs();
  expect(sinceStartMs()).toBeGreaterThanOrEqual(markedMs);
});
