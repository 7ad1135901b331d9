// The table of a start against a table written by hand.
import { expect, test } from "bun:test";
import { startSteps, startTable } from "../../../src/cli/runtime/start-table.ts";

const MARKS = [
  { thread: "main", step: "main program begun", atMs: 1010.25, cpuMs: 10.2 },
  { thread: "worker", step: "thread begun", atMs: 1040, cpuMs: 20 },
  { thread: "main", step: "tokenizer loaded", atMs: 1100.5, cpuMs: 60.3 },
  { thread: "worker", step: "session opened", atMs: 1160.1, cpuMs: 75 },
];

test("startSteps() counts from the begin of the process, and what a step took from its own thread", () => {
  const steps = startSteps(MARKS, 1000);
  expect(steps[0]).toEqual({
    ...{ step: "main program begun", thread: "main" },
    ...{ done_ms: 10.3, took_ms: null, cpu_ms: 10.2 },
  });
  expect(steps[3]).toEqual({
    ...{ step: "session opened", thread: "worker" },
    ...{ done_ms: 160.1, took_ms: 120.1, cpu_ms: 55 },
  });
});

test("startTable() tells when a step was done and how long its own thread took", () => {
  expect(startTable(startSteps(MARKS, 1000)).split("\n")).toEqual([
    "  done ms  took ms  cpu ms  thread  step",
    "     10.3             10.2  main    main program begun",
    "     40.0             20.0  worker  thread begun",
    "    100.5    +90.3    50.1  main    tokenizer loaded",
    "    160.1   +120.1    55.0  worker  session opened",
  ]);
});
