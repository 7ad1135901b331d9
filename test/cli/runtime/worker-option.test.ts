// What of the settings of a server reaches the engine.
import { expect, test } from "bun:test";
import { workerOptions } from "../../../src/cli/runtime/worker-option.ts";

const NONE = {
  workers: undefined,
  threadsPerWorker: undefined,
  latency: false,
  batchTokens: undefined,
  memory: "balanced",
} as const;

test("workerOptions() names nothing that was not given", () => {
  expect(workerOptions(NONE)).toEqual({ latency: false, memory: "balanced" });
});

test("workerOptions() tells how weights are held", () => {
  expect(workerOptions({ ...NONE, workers: 2, memory: "low" })).toEqual({
    latency: false,
    workers: 2,
    memory: "low",
  });
});
