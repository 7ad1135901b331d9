// Variables that look like settings and are none.
import { expect, test } from "bun:test";
import { SERVE_OPTIONS } from "../../../src/cli/runtime/serve-option.ts";
import { unknownVariables } from "../../../src/cli/runtime/unknown-variable.ts";

test("unknownVariables() says nothing of settings, of empty variables and of those of others", () => {
  const settings = Object.values(SERVE_OPTIONS).map(({ env }) => [env, "1"]);
  const env = { ...Object.fromEntries(settings), PATH: "/bin", ENCODERFILE_OLD: "" };
  expect(unknownVariables(env)).toBeUndefined();
});

test.each([
  ["ENCODERFILE_API_KEY", "ENCODERFILE_API_KEYS"],
  ["ENCODERFILE_MAX_INPUT", "ENCODERFILE_MAX_INPUTS"],
  ["ENCODERFILE_THREADS", "ENCODERFILE_THREADS_PER_WORKER"],
  ["ENCODERFILE_PROT", "ENCODERFILE_PORT"],
])("unknownVariables() takes %s for %s", (name, meant) => {
  expect(unknownVariables({ [name]: "1" })).toBe(
    `no setting is called ${name} (did you mean ${meant}?): ignored`,
  );
});

test("unknownVariables() guesses nothing from afar, and names no more than eight", () => {
  expect(unknownVariables({ ENCODERFILE_SOMETHING: "1" })).toBe(
    "no setting is called ENCODERFILE_SOMETHING: ignored",
  );
  const many = Array.from({ length: 10 }, (_, at) => [`ENCODERFILE_SOMETHING_${at}`, "1"]);
  expect(unknownVariables(Object.fromEntries(many))).toEndWith("_7 and 2 more: ignored");
});
