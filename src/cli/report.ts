// How a failure looks on the terminal: one line, collected problems below it, never a stack trace.
import { type CodedError, printable } from "../error/index.ts";
import type { Output } from "./output.ts";

/** Writes an error to stderr, as one line of JSON when the command line asks for JSON. */
export function reportError(error: CodedError, output: Output, json: boolean): void {
  output.progress("");
  output.note(json ? printJsonError(error) : printError(error));
}

/** The message, and below it, indented, the problems it collects. */
export function printError(error: CodedError): string {
  return `encoderfile: ${printReason(error)}`;
}

/** The same without the name of the program. */
export function printReason(error: CodedError): string {
  const problems = problemsOf(error).map((problem) => `  ${oneLine(problem)}`);
  return [oneLine(error.message), ...problems].join("\n");
}

function printJsonError(error: CodedError): string {
  const { code, kind, message, detail } = error;
  // JSON escapes the control characters of ASCII only; a terminal obeys others as well.
  return printable(JSON.stringify({ error: { code, kind, message, detail } }));
}

/** Errors that collect several faults carry them, one sentence each, as the detail `problems`. */
function problemsOf(error: CodedError): readonly string[] {
  const problems = error.detail["problems"];
  return Array.isArray(problems) ? problems.map(String) : [];
}

/** Names in a message come from files and command lines: nothing in them may rule the terminal. */
function oneLine(text: string): string {
  return printable(text.replace(/\s*[\r\n]+\s*/g, " "));
}
