// What a command line means, and how the parser's complaints read.
import { describe, expect, test } from "bun:test";
import { type CommandInput, type ProgramSpec, runProgram } from "../../src/cli/command.ts";
import { CodedError, isCodedError } from "../../src/error/index.ts";
import { capturedOutput } from "../helper/captured-output.ts";
import { rejectedBy } from "../helper/coded.ts";

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
    notes:
      "Something that is worth knowing about this program, told in more than sixty characters.",
    elsewhere: { build: "belongs to the builder: use builder build" },
    insteadOf: (words) => `use demo infer "${words.join(" ")}"`,
    commands: [
      {
        name: "serve",
        summary: "answer over HTTP",
        options: [
          { flags: "--host <host>", description: "where", default: "127.0.0.1", env: "DEMO_HOST" },
          { flags: "--quiet", description: "say less", env: "DEMO_QUIET" },
        ],
        run,
      },
      {
        name: "infer",
        summary: "answer here: what is given, or else what comes from elsewhere",
        operands: [{ name: "[text...]", description: "texts" }],
        options: [
          { flags: "--format <format>", description: "how", choices: ["json", "jsonl"] },
          { flags: "--label <label...>", description: "labels" },
        ],
        notes: "Example: demo infer hello",
        run: async (input) => {
          if (input.operands.includes("wrong")) {
            throw new CodedError("USAGE", "Cannot infer as planted", { detail: { found: 1 } });
          }
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

  test.each([
    ["1", [], true],
    ["true", [], true],
    ["0", [], false],
    ["false", [], false],
    ["", [], false],
    ["0", ["--quiet"], true],
  ] as const)(
    "runProgram() reads %j in a flag's variable, with %j on the command line, as %p",
    async (value, args, expected) => {
      const seen: CommandInput[] = [];
      process.env["DEMO_QUIET"] = value;
      try {
        await runProgram(program(seen), args, capturedOutput());
      } finally {
        delete process.env["DEMO_QUIET"];
      }
      expect(seen[0]?.flag("quiet")).toBe(expected);
    },
  );

  test("runProgram() refuses what a flag's variable cannot mean", async () => {
    process.env["DEMO_QUIET"] = "banana";
    try {
      const refused = runProgram(program([]), [], capturedOutput());
      expect((await rejectedBy(refused)).message).toContain("must be 1 or true, 0 or false");
    } finally {
      delete process.env["DEMO_QUIET"];
    }
  });

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
    [["infr"], "unknown command 'infr' (Did you mean infer?)", "demo.encoderfile"],
    [["build", "x"], '"build" belongs to the builder: use builder build', "demo.encoderfile"],
    [
      ["hello you"],
      "unknown command 'hello you': use demo infer \"hello you\"",
      "demo.encoderfile",
    ],
    [["hello", "you"], 'use demo infer "hello you"', "demo.encoderfile"],
    [["constructor"], "unknown command 'constructor'", "demo.encoderfile"],
    [
      ["serve", "--hots", "x"],
      "unknown option '--hots' (Did you mean --host?)",
      "demo.encoderfile serve",
    ],
    [["--hots", "x"], "unknown option '--hots'", "demo.encoderfile serve"],
    [["serve", "x"], "too many arguments for 'serve'", "demo.encoderfile serve"],
    [["infer", "--format", "xml"], "Allowed choices are json, jsonl", "demo.encoderfile infer"],
    [["serve", "--host"], "option '--host <host>' argument missing", "demo.encoderfile serve"],
  ])("runProgram() explains %j and where to look", async (args, expected, command) => {
    const message = await messageOf(args);
    expect(message).toStartWith("Cannot read the command line: ");
    expect(message).toContain(expected);
    expect(message).toEndWith(`: see "${command} --help"`);
    expect(message).not.toContain("\n");
  });

  test("runProgram() without advice says only that a command is unknown", async () => {
    const { elsewhere: _, insteadOf: __, ...spec } = program([]);
    const thrown = await runProgram(spec, ["build"], capturedOutput()).catch((error) => error);
    expect(thrown.message).toBe(
      "Cannot read the command line: unknown command 'build': see \"demo.encoderfile --help\"",
    );
  });

  test("runProgram() points from a command's own complaint to its help", async () => {
    const thrown = await runProgram(program([]), ["infer", "wrong"], capturedOutput()).catch(
      (error) => error,
    );
    expect(isCodedError(thrown, "USAGE")).toBe(true);
    expect(thrown.message).toBe('Cannot infer as planted: see "demo.encoderfile infer --help"');
    expect(thrown.detail).toEqual({ found: 1 });
  });

  test.each([
    [undefined, 100],
    [20, 60],
    [75, 75],
    [500, 100],
  ])("runProgram() fits its help to a terminal of %p columns", async (columns, width) => {
    const output = capturedOutput(columns === undefined ? {} : { columns });
    const spec = { ...program([]), description: "word ".repeat(60).trimEnd() };
    await runProgram(spec, ["--help"], output);
    const lengths = output
      .stdout()
      .split("\n")
      .map((line) => line.length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(width);
    expect(Math.max(...lengths)).toBeGreaterThan(width - 10);
    expect(output.stdout().replaceAll(/\s+/g, " ")).toContain(spec.notes ?? "");
  });
});
