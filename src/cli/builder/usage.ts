// What a misread command line is told: which help to read, and that some commands are those of another program.
import { CodedError } from "../../error/index.ts";

/** Commands and first flags of an encoderfile, which this program without a model does not have. */
const RUNTIME_COMMANDS: readonly string[] = ["serve", "infer", "mcp"];
const SERVE_FLAGS = /^--(host|port)(=|$)/;

/** Throws `USAGE` with the way to go when the arguments are meant for an encoderfile. */
export function refuseRuntimeCommand(args: readonly string[]): void {
  const [first = "", second = ""] = args;
  const asked = first === "help" ? second : SERVE_FLAGS.test(first) ? "serve" : first;
  if (!RUNTIME_COMMANDS.includes(asked)) return;
  throw new CodedError(
    "USAGE",
    `Cannot run "${asked}" as it belongs to an encoderfile, and this is the builder, which carries no model: build ` +
      'one first ("encoderfile build MODEL_DIR -o model.encoderfile"), then run ' +
      `"./model.encoderfile ${asked}"`,
  );
}

/** A usage error of a command leads to the help of that command; any other error stays as it is. */
export function pointToHelp(thrown: unknown, command: string | undefined): unknown {
  if (!(thrown instanceof CodedError) || thrown.code !== "USAGE" || command === undefined) {
    return thrown;
  }
  const message = thrown.message.replace(/: see "[^"]*"$/, "");
  return new CodedError("USAGE", `${message}: see "encoderfile ${command} --help"`, {
    detail: thrown.detail,
    cause: thrown,
  });
}
