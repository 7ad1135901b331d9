// The table of a start against a table written by hand.
import { expect, test } from "bun:test";
import { startTable } from "../../../src/cli/runtime/start-table.ts";

test("startTable() tells when a step was done and how long its own thread took", () => {
  const marks = [
    { thread: "main", step: "main program begun", atMs: 1010.25, cpuMs: 10.2 },
    { thread: "worker", step: "thread begun", atMs: 1040, cpuMs: 20 },
    { thread: "main", step: "tokenizer loaded", atMs: 1100.5, cpuMs: 60.3 },
    { thread: "worker", step: "session opened", atMs: 1160.1, cpuMs: 75 },
  ];
  expect(startTable(marks, 1000).split("\n")).toEqual([
    "  done ms  took ms  cpu ms  thread  step",
    "     10.3             10.2  main    main program begun",
    "     40.0             20.0  worker  thread begun",
    "    100.5    +90.3    50.1  main    tokenizer loaded",
    "    160.1   +120.1    55.0  worker  session opened",
  ]);
});
