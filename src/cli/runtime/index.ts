// The command line of an executable with a payload: what its model can be asked, by whom and how.
import { basename } from "node:path";
import { VERSION } from "../../about/index.ts";
import { runProgram } from "../command.ts";
import type { Output } from "../output.ts";
import { inferCommand } from "./infer.ts";
import { inspectCommand, verifyCommand } from "./own-file.ts";
import type { Payload } from "./payload.ts";
import { serveCommand } from "./serve.ts";
import { titleOf } from "./title.ts";

/** Runs a command of the opened file and resolves to the exit code. Throws coded errors. */
export function runRuntime(
  payload: Payload,
  args: readonly string[],
  output: Output,
): Promise<number> {
  const { manifest, modelDigest } = payload.opened;
  const title = titleOf(manifest);
  const program = {
    name: basename(payload.path),
    description: `${title}, an encoderfile: a model and everything it needs to run.`,
    version: `${title}\nmodel digest ${modelDigest}\nencoderfile ${VERSION}`,
    defaultCommand: "serve",
    commands: [
      serveCommand(payload),
      inferCommand(payload),
      inspectCommand(payload),
      verifyCommand(payload),
    ],
    notes: "Without a command it serves: --host and --port may then be given directly.",
  };
  return runProgram(program, args, output);
}
