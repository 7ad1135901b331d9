// The bar of transfers.
import { expect, test } from "bun:test";
import { createProgressBar, printProgress } from "../../src/cli/progress-bar.ts";
import { capturedOutput } from "../helper/captured-output.ts";

test.each([
  [{ done: 0, total: 10e6, speed: undefined }, `x [${"-".repeat(24)}]   0 % 0.0/10.0 MB`],
  [
    { done: 5e6, total: 10e6, speed: 2.5e6 },
    `x [${"#".repeat(12)}${"-".repeat(12)}]  50 % 5.0/10.0 MB 2.5 MB/s`,
  ],
  [{ done: 10e6, total: 10e6, speed: 1e6 }, `x [${"#".repeat(24)}] 100 % 10.0/10.0 MB 1.0 MB/s`],
  [{ done: 12e6, total: 10e6, speed: undefined }, `x [${"#".repeat(24)}] 100 % 12.0/10.0 MB`],
  [{ done: 5e6, total: undefined, speed: undefined }, "x 5.0 MB"],
  [{ done: 0, total: 0, speed: undefined }, "x 0.0 MB"],
])("printProgress(%j)", (state, line) => {
  expect(printProgress({ what: "x", ...state })).toBe(line);
});

test("createProgressBar() redraws ten times a second and at the end, no wider than the terminal", () => {
  const output = capturedOutput({ interactive: true, columns: 40 });
  let ms = 0;
  const draw = createProgressBar(output, () => ms);
  for (; ms < 1000; ms += 10) draw("Fetching a", ms * 1000, 1e6);
  const before = output.stderr().split("\r").length - 1;
  expect(before).toBe(10);
  draw("Fetching a", 1e6, 1e6);
  const lines = output.stderr().split("\r\u001b[2K");
  expect(lines).toHaveLength(before + 2);
  expect(lines.every((line) => line.length < 40)).toBe(true);
});

test("createProgressBar() counts no bytes of a former attempt as speed", () => {
  const output = capturedOutput({ interactive: true, columns: 200 });
  let ms = 0;
  const draw = createProgressBar(output, () => ms);
  draw("x", 90e6, 100e6);
  ms = 2000;
  draw("x", 92e6, 100e6);
  expect(output.stderr()).toContain("92.0/100.0 MB 1.0 MB/s");
});

test("createProgressBar() draws nothing where nobody looks", () => {
  const output = capturedOutput();
  createProgressBar(output)("x", 1, 2);
  expect(output.stderr()).toBe("");
});
