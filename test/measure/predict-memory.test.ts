// Predictions of memory, by weights and plans.
import { describe, expect, test } from "bun:test";
import { fitWithin, predictMemory, startClass, type WeightFacts } from "../../src/measure/index.ts";

const MEGABYTE = 1e6;
const WEIGHTS: WeightFacts = {
  weightBytes: 90 * MEGABYTE,
  packedBytes: 42 * MEGABYTE,
  foldedBytes: 2 * MEGABYTE,
  inlineBytes: 0,
  mappedBytes: 48 * MEGABYTE,
  hidden: 384,
  inner: 1536,
};
const QUESTION = {
  weights: WEIGHTS,
  tokenizerBytes: MEGABYTE,
  workers: 1,
  batchTokens: 256,
  longestTokens: 256,
  outputWidth: 384,
};

describe("predictMemory()", () => {
  test("counts packed weights once per worker and mapped ones for none", () => {
    const [one, three] = [1, 3].map((workers) => predictMemory({ ...QUESTION, workers }));
    const grown = three!.idle.anonymousBytes - one!.idle.anonymousBytes;
    expect(grown).toBe(2 * (one!.worker.packedBytes + one!.worker.threadBytes));
    expect(three?.idle.fileBytes).toBe(one?.idle.fileBytes ?? 0);
    expect(one?.mappedBytes).toBe(WEIGHTS.mappedBytes);
  });

  test("counts only what is not as in the file where workers share weights", () => {
    const [own, shared] = (["fast", "low"] as const).map((memory) =>
      predictMemory({ ...QUESTION, workers: 3, memory }),
    );
    expect(shared?.worker.packedBytes).toBe(2 * MEGABYTE);
    expect(shared!.idle.fileBytes - own!.idle.fileBytes).toBe(40 * MEGABYTE);
    expect(own!.idle.anonymousBytes - shared!.idle.anonymousBytes).toBe(120 * MEGABYTE);
  });

  test("counts copies that are made once there is work as memory of busy workers only", () => {
    const [low, balanced, fast] = (["low", "balanced", "fast"] as const).map((memory) =>
      predictMemory({ ...QUESTION, workers: 3, memory }),
    );
    expect(balanced?.idle).toEqual(low!.idle);
    expect(balanced?.busy).toEqual(fast!.busy);
  });

  test("counts what is written as lists of numbers for every worker", () => {
    const weights = { ...WEIGHTS, inlineBytes: 5 * MEGABYTE };
    expect(predictMemory({ ...QUESTION, weights }).worker.packedBytes).toBe(47 * MEGABYTE);
  });

  test("lets attention grow with the square of the longest input", () => {
    const bytes = (longestTokens: number) =>
      predictMemory({ ...QUESTION, longestTokens }).worker.activationBytes;
    const grown = bytes(8192) / bytes(4096);
    expect(grown).toBeGreaterThan(3.5);
    expect(grown).toBeLessThan(4);
  });

  test("takes the batch where no length is known", () => {
    const { activationBytes } = predictMemory({ ...QUESTION, longestTokens: 0 }).worker;
    expect(activationBytes).toBe(predictMemory(QUESTION).worker.activationBytes);
  });

  test("is never less when busy", () => {
    const { busy, idle } = predictMemory(QUESTION);
    expect(busy.totalBytes).toBeGreaterThan(idle.totalBytes);
    expect(busy.totalBytes).toBe(busy.anonymousBytes + busy.fileBytes);
  });
});

test("fitWithin() tells what fits, what is tight and what does not fit", () => {
  const prediction = predictMemory(QUESTION);
  const { anonymousBytes, totalBytes } = prediction.busy;
  expect(fitWithin(prediction, totalBytes * 2)).toBe("yes");
  expect(fitWithin(prediction, totalBytes)).toBe("tight");
  expect(fitWithin(prediction, anonymousBytes)).toBe("no");
});

test("startClass() grows with the weights", () => {
  const classes = [1, 100, 1000, 10_000, 100_000].map((megabytes) =>
    startClass({ ...WEIGHTS, weightBytes: megabytes * MEGABYTE, packedBytes: 0 }),
  );
  expect(classes).toEqual([
    "well under a second",
    "well under a second",
    "about a second",
    "many seconds",
    "many seconds",
  ]);
});
