// The terminal as commands see it: readers that leave, full disks, colour, progress.
import { expect, test } from "bun:test";
import { createOutput, OutputClosed, processOutput, type Sink } from "../../src/cli/output.ts";
import { isCodedError } from "../../src/error/index.ts";
import { capturedOutput } from "../helper/captured-output.ts";

function failingOutput(code: string) {
  const failure = Object.assign(new Error(code), { code });
  const sink: Sink = { write: () => Promise.reject(failure), flush: () => 0 };
  const is = () => true;
  return createOutput({
    stdout: sink,
    stderr: sink,
    hasStdout: is,
    isInteractive: is,
    isTyped: is,
    columns: () => 80,
    isColoured: is,
  });
}

test("Output.print() rejects with OutputClosed once the reader has gone", async () => {
  expect(
    await failingOutput("EPIPE")
      .print("x")
      .catch((error) => error),
  ).toBeInstanceOf(OutputClosed);
});

test("Output.print() names any other failure", async () => {
  const thrown = await failingOutput("ENOSPC")
    .print("x")
    .catch((error) => error);
  expect(isCodedError(thrown, "IO_WRITE_FAILED")).toBe(true);
  expect(thrown.message).toBe("Cannot write to standard output: ENOSPC");
});

test("Output.note() survives a stderr that fails", () => {
  expect(() => failingOutput("EPIPE").note("x")).not.toThrow();
});

test("Output.progress() draws on a terminal and is wiped by the next note", () => {
  const output = capturedOutput({ interactive: true });
  output.progress("1 of 2");
  output.note("done");
  expect(output.stderr()).toBe("\r\u001b[2K1 of 2\r\u001b[2Kdone\n");
});

test("Output.progress() is silent in a pipe", () => {
  const output = capturedOutput();
  output.progress("1 of 2");
  expect(output.stderr()).toBe("");
});

test("Output.styled() colours only when asked to", () => {
  expect(capturedOutput({ colour: true }).styled("red", "x")).toBe("\u001b[31mx\u001b[39m");
  expect(capturedOutput().styled("red", "x")).toBe("x");
});

test.each([
  ["72", 72],
  ["", undefined],
  ["0", undefined],
  ["-5", undefined],
  ["wide", undefined],
  ["1e3", undefined],
])("Output.columns believes COLUMNS=%s as %p", (text, expected) => {
  // Without a terminal, as tests run, nobody else knows.
  const fallback = process.stdout.columns || undefined;
  expect(processOutput({ COLUMNS: text }).columns).toBe(expected ?? fallback);
});
