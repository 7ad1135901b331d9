// Entry of the one executable: arguments in, exit code out. With a payload it is that model's runtime, without one it
// is the builder; `cli` finds out. No top-level await: the bytecode compiler refuses it.
import { reportUncaught, runCli } from "./cli/index.ts";

const args = process.argv.slice(2);

// Without these two the runtime would print its own, minified source.
process.on("uncaughtException", (error) => process.exit(reportUncaught(error, args, process.env)));
process.on("unhandledRejection", (error) => process.exit(reportUncaught(error, args, process.env)));

runCli(args, process.env).then((exitCode) => process.exit(exitCode));
