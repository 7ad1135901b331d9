// The command `serve`: the model over HTTP until a signal ends it.
import { CodedError, printable } from "../../error/index.ts";
import type { Engine } from "../../runtime/index.ts";
import type { FaultHandler, RunningServer } from "../../server/index.ts";
import type { CommandInput, CommandSpec } from "../command.ts";
import { EXIT_CODE, EXIT_OK } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { printError } from "../report.ts";
import { watchDescriptors } from "./descriptor-watch.ts";
import type { Payload } from "./payload.ts";
import { type EndSignal, type SignalWatch, watchSignals } from "./signal.ts";
import { titleOf } from "./title.ts";

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = "8080";
const PORT_MAX = 65_535;

/** Exit codes of a process that a signal ended, as shells count them. */
const SIGNAL_EXIT_CODE: Record<EndSignal, number> = { SIGINT: 130, SIGTERM: 143 };

export function serveCommand(payload: Payload): CommandSpec {
  return {
    name: "serve",
    summary: "answer over HTTP (what happens without a command)",
    options: [
      {
        flags: "--host <host>",
        description: "address to listen on",
        default: DEFAULT_HOST,
        env: "ENCODERFILE_HOST",
      },
      {
        flags: "--port <port>",
        description: "port to listen on; 0 takes a free one",
        default: DEFAULT_PORT,
        env: "ENCODERFILE_PORT",
      },
      {
        flags: "--deterministic",
        description:
          "run one text at a time, so that a quantised graph answers the same whatever is beside it",
        env: "ENCODERFILE_DETERMINISTIC",
      },
    ],
    notes:
      "SIGTERM and SIGINT stop it after the requests in flight; a second one ends it at once.\n" +
      `Exits with ${EXIT_CODE.timeout} when requests took too long to finish and were cut off.`,
    run: (input) => runServe(payload, input),
  };
}

async function runServe(payload: Payload, input: CommandInput): Promise<number> {
  const { output } = input;
  // An empty variable counts as unset.
  const host = input.text("host") || DEFAULT_HOST;
  const port = parsePort(input.text("port") || DEFAULT_PORT);
  const startMs = performance.now();
  const signals = watchSignals();
  const { loadEngine } = await import("../../runtime/index.ts");
  // The worker loads while this thread imports the server and begins to listen.
  const deterministic = input.flag("deterministic");
  const engine = loadEngine(payload.opened, payload.path, { deterministic });
  let server: RunningServer | undefined;
  try {
    const { serve } = await import("../../server/index.ts");
    server = serve({ engine, host, port, onFault: faultLog(output) });
    announce(server, { payload, deterministic }, output);
    const { closeIdle } = server;
    using _ = watchDescriptors({ path: payload.path, closeIdle, note: output.note });
    const ended = signals.next();
    const ready = engine.ready.then(() => {
      const elapsedMs = Math.round(performance.now() - startMs);
      output.note(`encoderfile: ready after ${elapsedMs} ms`);
      return ended;
    });
    return await stop({ engine, server, output, signals }, await Promise.race([ended, ready]));
  } catch (thrown) {
    server?.abort();
    await engine.close();
    throw thrown;
  } finally {
    signals.end();
  }
}

type Running = {
  readonly engine: Engine;
  readonly server: RunningServer;
  readonly output: Output;
  readonly signals: SignalWatch;
};

async function stop(running: Running, signal: EndSignal): Promise<number> {
  const { engine, server, output, signals } = running;
  output.note(`encoderfile: stopping on ${signal}: finishing what was begun`);
  const finish = async (): Promise<number> => {
    const answered = await server.stop();
    if (!answered) output.note("encoderfile: out of time: some requests were cut off");
    await engine.close();
    return answered ? EXIT_OK : EXIT_CODE.timeout;
  };
  const impatient = async (): Promise<number> => {
    const again = await signals.next();
    server.abort();
    return SIGNAL_EXIT_CODE[again];
  };
  return await Promise.race([finish(), impatient()]);
}

function announce(
  server: RunningServer,
  { payload, deterministic }: { readonly payload: Payload; readonly deterministic: boolean },
  output: Output,
): void {
  const { manifest, modelDigest } = payload.opened;
  const facts = [titleOf(manifest), `digest ${modelDigest}`];
  if (deterministic || manifest.model?.oneAtATime) facts.push("one text at a time");
  output.note(`encoderfile: listening on ${server.url}: ${facts.join(", ")}`);
  if (server.loopback) return;
  output.note("encoderfile: warning: other machines may reach this server, and it asks for no key");
}

/** Reasons a client does not get to see. */
function faultLog(output: Output): FaultHandler {
  return (error, request) => {
    const lines = printError(error).replace(/^encoderfile: /, "");
    const where = request === undefined ? "a request" : `${request.method} ${request.path}`;
    output.note(`encoderfile: ${printable(where)}: ${error.code}: ${lines}`);
  };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= PORT_MAX) return port;
  throw new CodedError(
    "USAGE",
    `Cannot listen on port "${text}" as it must be a number from 0 to ${PORT_MAX}: ` +
      "correct --port or ENCODERFILE_PORT",
    { detail: { found: text } },
  );
}
