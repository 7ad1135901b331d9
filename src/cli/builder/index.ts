// The builder's command line: what an executable without payload can do.
import { type BaseIdentity, baseIdentity, VERSION } from "../../about/index.ts";
import { assert, CodedError } from "../../error/index.ts";
import { FileSource } from "../../io/index.ts";
import { type CommandSpec, runProgram } from "../command.ts";
import type { Output } from "../output.ts";
import { extractCommand, inspectCommand, licencesCommand, verifyCommand } from "./file-command.ts";

const BASE = { name: "base", summary: "list, add and remove bases of other targets" };
const BUILD = { name: "build", summary: "make an encoderfile of a model directory" };

const belongsToFile = (command: string) =>
  "belongs to an encoderfile: build one first (encoderfile build MODEL_DIR -o model.encoderfile), then run " +
  `./model.encoderfile ${command}`;

/** An encoderfile serves without being told to: what begins like this was meant for one. */
const SERVE_FLAGS = /^--(host|port)(=|$)/;

/** Runs the builder's command line and resolves to the exit code. Throws coded errors. */
export async function runBuilder(args: readonly string[], output: Output): Promise<number> {
  const identity = baseIdentity();
  if (identity !== undefined) await checkOwnFile(identity);
  const about =
    identity === undefined
      ? `encoderfile ${VERSION}, from source`
      : `encoderfile ${VERSION}, ${identity.target}, ONNX Runtime ${identity.onnxruntime}`;
  const program = {
    name: "encoderfile",
    description:
      "Makes one executable file of a text encoder: it serves embeddings, classification, token classification " +
      "or reranking on its own.",
    version: about,
    commands: [
      await loadBuildCommand(args),
      inspectCommand,
      verifyCommand,
      extractCommand,
      await loadBaseCommand(args),
      licencesCommand,
    ],
    notes: "The file it makes has commands of its own, such as serve and infer: see its --help.",
    elsewhere: {
      serve: belongsToFile("serve"),
      infer: belongsToFile("infer"),
      mcp: belongsToFile("mcp"),
    },
  };
  return await runProgram(program, SERVE_FLAGS.test(args[0] ?? "") ? ["serve"] : args, output);
}

/**
 * A file that was cut short would otherwise be taken for the builder. Code signing on macOS may change the length of
 * an honest base, so only Linux is held to it.
 */
async function checkOwnFile({ length }: BaseIdentity): Promise<void> {
  if (process.platform !== "linux") return;
  using source = new FileSource(process.execPath);
  const { name, byteLength } = source;
  if (byteLength === length) return;
  // A released builder has a list behind its base.
  const { hasOnlyKnownBases } = await import("../../base/index.ts");
  if (hasOnlyKnownBases(source, length)) return;
  throw new CodedError(
    "CLI_PAYLOAD_DAMAGED",
    `Cannot run "${name}" as it must be a base of ${length} bytes or end in a footer: found ${byteLength} bytes ` +
      "and no footer: it was cut short or added to, get it anew",
    { detail: { expected: length, found: byteLength } },
  );
}

/** The options of `build` come from the builder's table of settings, which other commands need not wait for. */
async function loadBuildCommand(args: readonly string[]): Promise<CommandSpec> {
  if (args.includes(BUILD.name)) {
    const { createBuildCommand } = await import("./build.ts");
    return createBuildCommand(BUILD);
  }
  return inListOnly(BUILD);
}

async function loadBaseCommand(args: readonly string[]): Promise<CommandSpec> {
  if (!args.includes(BASE.name)) return inListOnly(BASE);
  const { createBaseCommand } = await import("./base-command.ts");
  return createBaseCommand(BASE);
}

/** A line in the list of commands; naming the command leads past here. */
function inListOnly(about: Pick<CommandSpec, "name" | "summary">): CommandSpec {
  const run = async (): Promise<number> => {
    assert(false, `${about.name} was not named`);
  };
  return { ...about, options: [], run };
}
