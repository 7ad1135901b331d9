// How failures read on the terminal.
import { expect, test } from "bun:test";
import { reportError } from "../../src/cli/report.ts";
import { CodedError } from "../../src/error/index.ts";
import { capturedOutput } from "../helper/captured-output.ts";

const error = new CodedError("USAGE", "Cannot build \u001b[31m\u009b2Jx\u202e\ny: 2 problems", {
  detail: { problems: ["config.json: not\nthere", "model.onnx: empty"] },
  cause: new Error("secret"),
});

test("reportError() prints one line and one per problem, without control characters", () => {
  const output = capturedOutput();
  reportError(error, output, false);
  expect(output.stderr()).toBe(
    "encoderfile: Cannot build \\u001b[31m\\u009b2Jx\\u202e y: 2 problems\n  config.json: not there\n  model.onnx: empty\n",
  );
});

test("reportError() prints one line of JSON on request, without the cause", () => {
  const output = capturedOutput();
  reportError(error, output, true);
  expect(output.stderr()).toMatch(/^[\u0020-\u007e]*\n$/);
  expect(JSON.parse(output.stderr())).toEqual({
    error: {
      code: "USAGE",
      kind: "invalid_input",
      message: error.message,
      detail: { problems: ["config.json: not\nthere", "model.onnx: empty"] },
    },
  });
});
