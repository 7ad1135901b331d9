// Commands as data, and the one place that knows the library which parses them.
// A command's action imports what it needs when it runs: --help and --version load nothing else.
import { Command, CommanderError, Option } from "commander";
import { CodedError, isCodedError } from "../error/index.ts";
import { EXIT_CODE, EXIT_CODE_HELP, EXIT_OK } from "./exit-code.ts";
import type { Output } from "./output.ts";
import { wrapText } from "./wrap-text.ts";

export type OptionSpec = {
  /** As shown by --help: "-o, --output <file>", "--json". A repeatable option has a name ending in "...". */
  readonly flags: string;
  readonly description: string;
  readonly default?: string;
  readonly choices?: readonly string[];
  /** Environment variable that stands in when the flag is absent. */
  readonly env?: string;
  readonly required?: boolean;
  /** May be given several times, with one value each. */
  readonly repeatable?: boolean;
};

export type CommandSpec = {
  readonly name: string;
  readonly summary: string;
  /** Operands as shown by --help: "<file>", "[text...]". */
  readonly operands?: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly OptionSpec[];
  /** Shown below the options: examples and anything a table cannot say. */
  readonly notes?: string;
  /** Does the work; resolves to the exit code. Throws coded errors. */
  readonly run: (input: CommandInput) => Promise<number>;
};

export type ProgramSpec = {
  /** What the user typed to start it. */
  readonly name: string;
  readonly description: string;
  /** What --version prints, without the line feed. */
  readonly version: string;
  /** Runs when the command line names none. */
  readonly defaultCommand?: string;
  readonly commands: readonly CommandSpec[];
  readonly notes?: string;
  /** Commands people look for here, and what to say of each: "belongs to ...: use ...". */
  readonly elsewhere?: Readonly<Record<string, string>>;
  /** What was probably meant by words that begin with no command. */
  readonly insteadOf?: (words: readonly string[]) => string;
};

/** What a command line said to one command. Option names are camel case: "--model-version" is "modelVersion". */
export class CommandInput {
  readonly operands: readonly string[];
  readonly output: Output;
  readonly #options: Readonly<Record<string, unknown>>;

  constructor(
    operands: readonly string[],
    options: Readonly<Record<string, unknown>>,
    output: Output,
  ) {
    this.operands = operands;
    this.#options = options;
    this.output = output;
  }

  /** Value of an option that takes one. */
  text(name: string): string | undefined {
    const value = this.#options[name];
    return typeof value === "string" ? value : undefined;
  }

  flag(name: string): boolean {
    return this.#options[name] === true;
  }

  /** State of an option that also has a "--no-" form; undefined when neither was given. */
  toggle(name: string): boolean | undefined {
    const value = this.#options[name];
    return typeof value === "boolean" ? value : undefined;
  }

  /** Values of a repeatable option, in order. */
  list(name: string): readonly string[] {
    const value = this.#options[name];
    return Array.isArray(value) ? value.map(String) : [];
  }
}

/** Below the first, tables of options are unreadable; beyond the second, lines are. */
const HELP_WIDTH_MIN = 60;
const HELP_WIDTH_MAX = 100;
/** Narrower than this, descriptions are not broken into lines. */
const DESCRIPTION_WIDTH_MIN = 20;
const PROGRAM_FLAGS = new Set(["-h", "--help", "-V", "--version"]);

/** Parses the arguments, runs the command they name and resolves to the exit code. Throws coded errors. */
export async function runProgram(
  spec: ProgramSpec,
  args: readonly string[],
  output: Output,
): Promise<number> {
  let help = "";
  let exitCode: number = EXIT_OK;
  // The command at fault; none while it is not known which one is meant.
  let named: readonly string[] = [];
  const program = defineProgram(spec, {
    help: (text) => {
      help += text;
    },
    helpWidth: () => Math.max(HELP_WIDTH_MIN, Math.min(HELP_WIDTH_MAX, output.columns ?? Infinity)),
    failed: (command) => {
      named = [command.name];
    },
    action: async (command, operands, options) => {
      named = [command.name];
      exitCode = await command.run(new CommandInput(operands, options, output));
    },
  });
  const seeHelp = () => `see "${[spec.name, ...named, "--help"].join(" ")}"`;
  try {
    await program.parseAsync(withDefault(spec, args), { from: "user" });
  } catch (thrown) {
    if (isCodedError(thrown, "USAGE")) {
      const { detail, message } = thrown;
      throw new CodedError("USAGE", `${message}: ${seeHelp()}`, { detail, cause: thrown });
    }
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (!HELP_OUTCOMES.has(thrown.code)) {
      const reason = usageReason(spec, args, thrown);
      throw new CodedError("USAGE", `Cannot read the command line: ${reason}: ${seeHelp()}`);
    }
    // Asked for, it is the result; shown because nothing was asked, it is a complaint.
    if (thrown.code === "commander.help" && args.length === 0) {
      output.note(help.trimEnd());
      return EXIT_CODE.invalid_input;
    }
    await output.print(help);
  }
  return exitCode;
}

const HELP_OUTCOMES = new Set(["commander.help", "commander.helpDisplayed", "commander.version"]);

type ProgramHooks = {
  readonly help: (text: string) => void;
  readonly helpWidth: () => number;
  /** Told before a fault of its command line is thrown. */
  readonly failed: (command: CommandSpec) => void;
  readonly action: (
    command: CommandSpec,
    operands: readonly string[],
    options: Readonly<Record<string, unknown>>,
  ) => Promise<void>;
};

function defineProgram(spec: ProgramSpec, hooks: ProgramHooks): Command {
  const program = new Command(spec.name)
    .description(spec.description)
    .version(spec.version, "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .exitOverride()
    .configureHelp({ minWidthToWrap: DESCRIPTION_WIDTH_MIN })
    .configureOutput({
      writeOut: hooks.help,
      // Help goes here when no command was named; other errors are printed by the caller.
      writeErr: hooks.help,
      outputError: () => undefined,
      getOutHelpWidth: hooks.helpWidth,
      getErrHelpWidth: hooks.helpWidth,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText("after", () => {
      const notes = spec.notes === undefined ? [] : [spec.notes];
      return `\n${wrapText([...notes, EXIT_CODE_HELP].join("\n\n"), hooks.helpWidth())}`;
    });
  for (const command of spec.commands) addCommand(program, command, hooks);
  return program;
}

function addCommand(program: Command, spec: CommandSpec, hooks: ProgramHooks): void {
  const { notes } = spec;
  const command = program.command(spec.name).summary(spec.summary).description(spec.summary);
  command.exitOverride((error) => {
    hooks.failed(spec);
    throw error;
  });
  for (const operand of spec.operands ?? []) command.argument(operand.name, operand.description);
  for (const option of spec.options) command.addOption(defineOption(option));
  refuseRepetition(command);
  if (notes !== undefined) {
    command.addHelpText("after", () => `\n${wrapText(notes, hooks.helpWidth())}`);
  }
  command.action(() => hooks.action(spec, command.args, optionsOf(command)));
}

/** What a variable may say of a flag; to the library, one that is set at all turns it on. */
const FLAG_VALUES: Readonly<Record<string, boolean>> = {
  "": false,
  "0": false,
  "1": true,
  false: false,
  true: true,
};

function optionsOf(command: Command): Readonly<Record<string, unknown>> {
  const options: Record<string, unknown> = command.opts();
  for (const option of command.options) {
    const { envVar } = option;
    const name = option.attributeName();
    if (envVar === undefined || command.getOptionValueSource(name) !== "env") continue;
    // An empty variable counts as unset.
    if (options[name] === "") options[name] = option.defaultValue;
    if (options[name] === true) options[name] = readFlag(envVar, process.env[envVar] ?? "");
  }
  return options;
}

function readFlag(variable: string, text: string): boolean {
  const value = Object.hasOwn(FLAG_VALUES, text) ? FLAG_VALUES[text] : undefined;
  if (value !== undefined) return value;
  throw new CodedError(
    "USAGE",
    `Cannot read ${variable} as it must be 1 or true, 0 or false: found "${text.slice(0, 40)}"`,
  );
}

function defineOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.description);
  if (spec.default !== undefined) option.default(spec.default);
  if (spec.choices !== undefined) option.choices(spec.choices);
  if (spec.env !== undefined) option.env(spec.env);
  if (spec.required === true) option.makeOptionMandatory();
  if (spec.repeatable === true) option.argParser(collect);
  return option;
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** The library takes the last of several values; which of them was meant is not for it to guess. */
function refuseRepetition(command: Command): void {
  for (const option of command.options) {
    const takesOne = option.required || option.optional;
    if (!takesOne || option.variadic || option.parseArg === collect) continue;
    let count = 0;
    command.on(`option:${option.name()}`, () => {
      count++;
      if (count > 1) command.error(`error: option '${option.flags}' given twice`);
    });
  }
}

/** Names the default command unless the first argument is a command or asks the program itself. */
function withDefault(spec: ProgramSpec, args: readonly string[]): string[] {
  const first = args[0];
  if (spec.defaultCommand === undefined) return [...args];
  if (first !== undefined && (!first.startsWith("-") || PROGRAM_FLAGS.has(first))) return [...args];
  return [spec.defaultCommand, ...args];
}

function usageReason(spec: ProgramSpec, args: readonly string[], error: CommanderError): string {
  const [word = ""] = args;
  const isUnknown = error.code === "commander.unknownCommand";
  const elsewhere = spec.elsewhere ?? {};
  if (isUnknown && Object.hasOwn(elsewhere, word)) return `"${word}" ${elsewhere[word]}`;
  // The library writes "error: ..." and puts its suggestion on a line of its own.
  const reason = error.message
    .replace(/^error: /, "")
    .replace(/\s*\n\s*/g, " ")
    .replace(/\.$/, "");
  // A text may resemble a command by chance: "hello" is near to "help".
  return isUnknown && spec.insteadOf !== undefined ? `${reason}: ${spec.insteadOf(args)}` : reason;
}
