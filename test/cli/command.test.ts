// What a command line means, and how the parser's complaints read.
import { describe, expect, test } from "bun:test";
import { type CommandInput, type ProgramSpec, runProgram } from "../../src/cli/command.ts";
import { isCodedError } from "../../src/error/index.ts";
import { capturedOutput } from "../helper/captured-output.ts";

function program(seen: CommandInput[]): ProgramSpec {
  const run = async (input: CommandInput) => {
    seen.push(input);
    return 0;
  };
  return {
    name: "demo.encoderfile",
    description: "A model that answers.",
    version: "demo 1.0",
    defaultCommand: "serve",
    commands: [
      {
        name: "serve",
        summary: "answer over HTTP",
        options: [
          { flags: "--host <host>", description: "where", default: "127.0.0.1", env: "DEMO_HOST" },
          { flags: "--quiet", description: "say less" },
        ],
        run,
      },
      {
        name: "infer",
        summary: "answer here",
        operands: [{ name: "[text...]", description: "texts" }],
        options: [
          { flags: "--format <format>", description: "how", choices: ["json", "jsonl"] },
          { flags: "--label <label...>", description: "labels" },
        ],
        notes: "Example: demo infer hello",
        run: async (input) => {
          seen.push(input);
          return 7;
        },
      },
    ],
  };
}

async function messageOf(args: string[]): Promise<string> {
  const thrown = await runProgram(program([]), args, capturedOutput()).then(
    () => undefined,
    (error) => error,
  );
  if (!isCodedError(thrown, "USAGE")) throw new Error("no usage error");
  return thrown.message;
}

describe("runProgram()", () => {
  test("runProgram() gives a command its operands and options and returns its exit code", async () => {
    const seen: CommandInput[] = [];
    const args = ["infer", "--format", "jsonl", "--label", "a", "b", "--", "x", "--y"];
    expect(await runProgram(program(seen), args, capturedOutput())).toBe(7);
    expect(seen[0]?.operands).toEqual(["x", "--y"]);
    expect(seen[0]?.text("format")).toBe("jsonl");
    expect(seen[0]?.list("label")).toEqual(["a", "b"]);
  });

  test.each([[[]], [["--quiet"]], [["serve"]]])(
    "runProgram() runs the default command for %j",
    async (args) => {
      const seen: CommandInput[] = [];
      expect(await runProgram(program(seen), args, capturedOutput())).toBe(0);
      expect(seen).toHaveLength(1);
      expect(seen[0]?.text("host")).toBe("127.0.0.1");
      expect(seen[0]?.flag("quiet")).toBe(args.includes("--quiet"));
    },
  );

  test("runProgram() lets a flag win over the environment, and that over the default", async () => {
    const seen: CommandInput[] = [];
    process.env["DEMO_HOST"] = "from-env";
    try {
      await runProgram(program(seen), ["serve"], capturedOutput());
      await runProgram(program(seen), ["serve", "--host", "flag"], capturedOutput());
    } finally {
      delete process.env["DEMO_HOST"];
    }
    expect(seen.map((input) => input.text("host"))).toEqual(["from-env", "flag"]);
  });

  test("runProgram() prints help, version and the help of a command to stdout", async () => {
    const cases: [string[], RegExp][] = [
      [["--help"], /Usage: demo\.encoderfile.*A model that answers.*infer.*Exit codes:/s],
      [["--version"], /^demo 1\.0\n$/],
      [["infer", "--help"], /--format <format>.*Example: demo infer hello/s],
      [["help", "infer"], /--format <format>/],
    ];
    for (const [args, expected] of cases) {
      const output = capturedOutput();
      expect(await runProgram(program([]), args, output)).toBe(0);
      expect(output.stdout()).toMatch(expected);
      expect(output.stderr()).toBe("");
    }
  });

  test("runProgram() without a default command complains with its help", async () => {
    const output = capturedOutput();
    const { defaultCommand: _, ...spec } = program([]);
    expect(await runProgram(spec, [], output)).toBe(2);
    expect(output.stderr()).toContain("Usage: demo.encoderfile");
    expect(output.stdout()).toBe("");
  });

  test.each([
    [["infr"], "unknown command 'infr' (Did you mean infer?)"],
    [["serve", "--hots", "x"], "unknown option '--hots' (Did you mean --host?)"],
    [["serve", "x"], "too many arguments for 'serve'"],
    [["infer", "--format", "xml"], "Allowed choices are json, jsonl"],
    [["serve", "--host"], "option '--host <host>' argument missing"],
  ])("runProgram() explains %j", async (args, expected) => {
    const message = await messageOf(args);
    expect(message).toStartWith("Cannot read the command line: ");
    expect(message).toContain(expected);
    expect(message).not.toContain("\n");
  });
});
