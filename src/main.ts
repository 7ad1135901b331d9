// Entry of the one executable: arguments in, exit code out. With a payload it is that model's runtime, without one it
// is the builder; `cli` finds out. No top-level await: the bytecode compiler refuses it.
import { reportUncaught, runCli } from "./cli/index.ts";

/** Starts take a fraction of it; what runs longer is worth compiling. */
const START_MS = 500;

const args = process.argv.slice(2);

// A base starts with a compiler that is slow to act (scripts/base.ts).
setTimeout(() => Bun.unsafe.setJITPolicy(1), START_MS).unref();

// Without these two the runtime would print its own, minified source.
process.on("uncaughtException", (error) => process.exit(reportUncaught(error, args, process.env)));
process.on("unhandledRejection", (error) => process.exit(reportUncaught(error, args, process.env)));

runCli(args, process.env).then((exitCode) => process.exit(exitCode));
