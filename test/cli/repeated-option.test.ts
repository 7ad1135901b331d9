// What becomes of an option that is given twice.
import { describe, expect, test } from "bun:test";
import { type CommandInput, runProgram } from "../../src/cli/command.ts";
import { isCodedError } from "../../src/error/index.ts";
import { capturedOutput } from "../helper/captured-output.ts";

async function run(...args: string[]): Promise<CommandInput | string> {
  const seen: CommandInput[] = [];
  const options = [
    { flags: "-o, --output <file>", description: "where", env: "DEMO_REPEATED_OUTPUT" },
    { flags: "--format <format>", description: "how", choices: ["json", "text"], default: "json" },
    { flags: "--golden <file>", description: "what", repeatable: true },
    { flags: "--label <label...>", description: "labels" },
    { flags: "--quiet", description: "say less" },
  ];
  const command = {
    ...{ name: "do", summary: "does", options, operands: [{ name: "[file]", description: "a" }] },
    run: async (input: CommandInput) => {
      seen.push(input);
      return 0;
    },
  };
  const program = { name: "demo", description: "A demo.", version: "1", commands: [command] };
  try {
    await runProgram(program, ["do", ...args], capturedOutput());
  } catch (thrown) {
    if (!isCodedError(thrown, "USAGE")) throw thrown;
    return thrown.message;
  }
  return seen[0]!;
}

describe("runProgram()", () => {
  test.each([
    [["--output", "a", "--output", "a"], "-o, --output <file>"],
    [["-o", "a", "--output=b"], "-o, --output <file>"],
    [["--format", "json", "--format", "text"], "--format <format>"],
  ])("runProgram() refuses one value given twice: %j", async (args, flags) => {
    expect(await run(...args)).toBe(
      `Cannot read the command line: option '${flags}' given twice: see "demo do --help"`,
    );
  });

  test("runProgram() collects the values of a repeatable option, one each", async () => {
    const input = await run("--golden", "b", "operand", "--golden", "a");
    if (typeof input === "string") throw new Error(input);
    expect(input.list("golden")).toEqual(["b", "a"]);
    expect(input.operands).toEqual(["operand"]);
    expect(input.list("label")).toEqual([]);
  });

  test("runProgram() takes several values, switches given twice, and a flag over its variable", async () => {
    process.env["DEMO_REPEATED_OUTPUT"] = "variable";
    try {
      const input = await run("--label", "a", "--label", "b", "--quiet", "--quiet", "-o", "flag");
      if (typeof input === "string") throw new Error(input);
      expect(input.list("label")).toEqual(["a", "b"]);
      expect(input.text("output")).toBe("flag");
    } finally {
      delete process.env["DEMO_REPEATED_OUTPUT"];
    }
  });
});
