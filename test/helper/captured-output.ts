// An output that keeps what was written, for tests of commands.
import { createOutput, type Output } from "../../src/cli/output.ts";

export type CapturedOutput = Output & {
  readonly stdout: () => string;
  readonly stderr: () => string;
};

export function capturedOutput(options?: {
  interactive?: boolean;
  colour?: boolean;
  columns?: number;
}): CapturedOutput {
  const written = { stdout: "", stderr: "" };
  const sink = (name: "stdout" | "stderr") => ({
    write: (text: string) => {
      written[name] += text;
      return text.length;
    },
    flush: () => 0,
  });
  const output = createOutput({
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    hasStdout: () => true,
    isInteractive: () => options?.interactive ?? false,
    isTyped: () => false,
    columns: () => options?.columns,
    isColoured: () => options?.colour ?? false,
  });
  return { ...output, stdout: () => written.stdout, stderr: () => written.stderr };
}
