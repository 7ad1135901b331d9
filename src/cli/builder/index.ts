// The builder's command line: what an executable without payload can do.
import { baseIdentity, VERSION } from "../../about/index.ts";
import { assert } from "../../error/index.ts";
import { type CommandSpec, runProgram } from "../command.ts";
import type { Output } from "../output.ts";
import { extractCommand, inspectCommand, verifyCommand } from "./file-command.ts";

const BUILD = { name: "build", summary: "make an encoderfile of a model directory" };

const belongsToFile = (command: string) =>
  "belongs to an encoderfile: build one first (encoderfile build MODEL_DIR -o model.encoderfile), then run " +
  `./model.encoderfile ${command}`;

/** An encoderfile serves without being told to: what begins like this was meant for one. */
const SERVE_FLAGS = /^--(host|port)(=|$)/;

/** Runs the builder's command line and resolves to the exit code. Throws coded errors. */
export async function runBuilder(args: readonly string[], output: Output): Promise<number> {
  const identity = baseIdentity();
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
    commands: [await loadBuildCommand(args), inspectCommand, verifyCommand, extractCommand],
    notes: "The file it makes has commands of its own, such as serve and infer: see its --help.",
    elsewhere: {
      serve: belongsToFile("serve"),
      infer: belongsToFile("infer"),
      mcp: belongsToFile("mcp"),
    },
  };
  return await runProgram(program, SERVE_FLAGS.test(args[0] ?? "") ? ["serve"] : args, output);
}

/** The options of `build` come from the builder's table of settings, which other commands need not wait for. */
async function loadBuildCommand(args: readonly string[]): Promise<CommandSpec> {
  if (args.includes(BUILD.name)) {
    const { createBuildCommand } = await import("./build.ts");
    return createBuildCommand(BUILD);
  }
  // A line in the list of commands; naming it leads past here.
  const run = async (): Promise<number> => {
    assert(false, "build was not named");
  };
  return { ...BUILD, options: [], run };
}
