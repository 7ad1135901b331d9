// Door of the module `cli`, and its first decision: is there a payload in this executable?
// Everything heavier than that is imported once it is needed.
import { baseIdentity } from "../about/index.ts";
import { CodedError } from "../error/index.ts";
import { startProfile } from "../profile/index.ts";
import { beginThread, settleThread } from "../thread/index.ts";
import { EXIT_CODE, EXIT_OK } from "./exit-code.ts";
import { OutputClosed, processOutput } from "./output.ts";
import { reportError } from "./report.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Runs the command line `args` and resolves to the exit code. Never rejects: failures are reported and counted. */
export async function runCli(args: readonly string[], env: Environment): Promise<number> {
  startProfile.mark("main program begun");
  const output = processOutput(env);
  try {
    if (willInfer(args)) await beginInference();
    const { openPayload } = await import("./runtime/payload.ts");
    const payload = openPayload(env);
    if (payload === undefined) {
      const { runBuilder } = await import("./builder/index.ts");
      return await runBuilder(args, output);
    }
    startProfile.mark("payload opened");
    const { runRuntime } = await import("./runtime/index.ts");
    return await runRuntime(payload, args, output);
  } catch (thrown) {
    // Whoever read stdout has seen enough: `infer | head -1` is not a failure.
    if (thrown instanceof OutputClosed) return EXIT_OK;
    const error = CodedError.from(thrown);
    reportError(error, output, wantsJson(args));
    return EXIT_CODE[error.kind];
  } finally {
    await settleThread();
  }
}

async function beginInference(): Promise<void> {
  const { disableTelemetry } = await import("../telemetry/index.ts");
  // Before the thread loads the library, and here: the environment is the process's, and this thread reads it.
  disableTelemetry();
  beginThread();
}

/** For errors no promise carries: reports what was thrown and returns the exit code. */
export function reportUncaught(thrown: unknown, args: readonly string[], env: Environment): number {
  if (thrown instanceof OutputClosed) return EXIT_OK;
  const error = CodedError.from(thrown);
  reportError(error, processOutput(env), wantsJson(args));
  return EXIT_CODE[error.kind];
}

/** Read from the raw arguments, because the error may be that they cannot be parsed. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).includes("--json");
}

/** Flags that are answered without the model. */
const ABOUT_FLAGS = new Set(["-h", "--help", "-V", "--version"]);

/**
 * Whether the command line looks like one that needs inference, and this executable as if it could: what is guessed
 * wrong costs a thread that is never used. The length tells a file with a payload before anything of it is read.
 */
function willInfer(args: readonly string[]): boolean {
  const [command = "serve"] = args;
  const isOurs = command === "serve" || command === "infer" || command.startsWith("-");
  const identity = baseIdentity();
  if (!isOurs || identity === undefined || args.some((arg) => ABOUT_FLAGS.has(arg))) return false;
  return Bun.file(process.execPath).size > identity.length;
}
