// The command line of an executable with a payload: what its model can be asked, by whom and how.
import { basename } from "node:path";
import { VERSION } from "../../about/index.ts";
import { printable } from "../../error/index.ts";
import { runProgram } from "../command.ts";
import type { Output } from "../output.ts";
import { benchCommand } from "./bench.ts";
import { inferCommand } from "./infer.ts";
import { extractCommand, inspectCommand, licencesCommand, verifyCommand } from "./own-file.ts";
import type { Payload } from "./payload.ts";
import { planCommand } from "./plan.ts";
import { selftestCommand } from "./selftest.ts";
import { serveCommand } from "./serve.ts";
import { titleOf } from "./title.ts";
import { tuneCommand } from "./tune.ts";

/** Characters of a text that are repeated to who typed it. */
const QUOTED_CHARACTERS = 40;

/** Runs a command of the opened file and resolves to the exit code. Throws coded errors. */
export function runRuntime(
  payload: Payload,
  args: readonly string[],
  output: Output,
): Promise<number> {
  const { manifest, modelDigest } = payload.opened;
  const title = titleOf(manifest);
  const name = printable(basename(payload.path));
  const program = {
    name,
    description: `${title}, an encoderfile: a model and everything it needs to run.`,
    version: `${title}\nmodel digest ${modelDigest}\nencoderfile ${VERSION}`,
    defaultCommand: "serve",
    commands: [
      serveCommand(payload),
      inferCommand(payload),
      inspectCommand(payload),
      verifyCommand(payload),
      selftestCommand(payload),
      planCommand(payload),
      benchCommand(payload),
      tuneCommand(payload),
      extractCommand(payload),
      licencesCommand(payload),
    ],
    notes: "Without a command it serves: --host and --port may then be given directly.",
    elsewhere: {
      build: 'belongs to the builder "encoderfile": use encoderfile build MODEL_DIR',
    },
    insteadOf: (words: readonly string[]) =>
      `to have a text answered, use ${name} infer ${quote(words)}`,
  };
  return runProgram(program, args, output);
}

/** Words as one operand for a shell, in double quotes. */
function quote(words: readonly string[]): string {
  const text = words.join(" ");
  const shown = text.length > QUOTED_CHARACTERS ? `${text.slice(0, QUOTED_CHARACTERS)}...` : text;
  return `"${shown.replace(/["$`\\]/g, "\\$&")}"`;
}
