// The command `serve`: the model over HTTP until a signal ends it.
import type { Limits } from "../../contract/index.ts";
import { CodedError, printable } from "../../error/index.ts";
import type { OpenedFile } from "../../format/index.ts";
import { processStartMs, sinceStartMs, startProfile } from "../../profile/index.ts";
import type { Engine } from "../../runtime/index.ts";
import type {
  FaultHandler,
  Log,
  Observation,
  RunningServer,
  ServeOptions,
} from "../../server/index.ts";
import {
  clearSocketPath,
  countDescriptors,
  listenerAddress,
  openListener,
  replaceListener,
  withSocketMode,
} from "../../socket/index.ts";
import type { CommandInput, CommandSpec } from "../command.ts";
import { EXIT_CODE, EXIT_OK } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { printReason } from "../report.ts";
import { watchDescriptors } from "./descriptor-watch.ts";
import { checkMetricsPlace } from "./metrics-place.ts";
import type { Payload } from "./payload.ts";
import { readServeSettings, type ServeSettings, serveOptionSpecs } from "./serve-option.ts";
import { applyProfile, type ProfiledSettings } from "./serve-profile.ts";
import { openKeys, readTls, watchTls } from "./serve-security.ts";
import { type ServiceManager, serviceManager } from "./service-manager.ts";
import { type EndSignal, SIGNAL_EXIT_CODE, type SignalWatch, watchSignals } from "./signal.ts";
import { startSteps, startTable } from "./start-table.ts";
import { titleOf } from "./title.ts";
import { unknownVariables } from "./unknown-variable.ts";
import { vertexRoutes } from "./vertex-route.ts";
import { workerOptions } from "./worker-option.ts";

export function serveCommand(payload: Payload): CommandSpec {
  return {
    name: "serve",
    summary: "answer over HTTP (what happens without a command)",
    options: serveOptionSpecs(),
    notes:
      "SIGTERM and SIGINT stop it after the requests in flight; a second one ends it at once.\n" +
      "SIGHUP has it read the file of keys and the certificates again.\n" +
      `Exits with ${EXIT_CODE.timeout} when requests took too long to finish and were cut off.\n` +
      "API keys may also be given in ENCODERFILE_API_KEYS, with commas in between.",
    run: (input) => runServe(payload, input),
  };
}

async function runServe(payload: Payload, input: CommandInput): Promise<number> {
  const { output } = input;
  const { env } = process;
  const settings = await applyProfile(payload, readServeSettings(input, env));
  startProfile.mark("command line read");
  const tls = readTls(settings);
  const signals = watchSignals();
  using manager = serviceManager(env, process.pid);
  let engine: Engine | undefined;
  let server: RunningServer | undefined;
  try {
    engine = await openEngine(payload, settings);
    const library = await import("../../server/index.ts");
    const { serve, activatedSocket, serveMetrics } = library;
    const { LIMITS } = await import("../../contract/index.ts");
    const { logFormat, logLevel, metricsHost, metricsPort } = settings;
    const log = library.createLog({ format: logFormat, level: logLevel, sink: output.tell });
    warnOfSettings(settings, env, log);
    const keys = await openKeys(settings, log);
    const socket = activatedSocket(env, process.pid);
    const place = await listeningPlace(settings, socket);
    checkMetricsPlace(place, settings);
    const observation = await library.createObservation({
      engine,
      log,
      env,
      otlpEndpoint: settings.otlpEndpoint,
      openDescriptors: countDescriptors,
      ...(settings.logRemote && { remoteOf: (request) => server?.remoteOf(request) }),
    });
    const { metricsText: text, onBegin, onRequest } = observation;
    using metrics =
      metricsPort === undefined
        ? undefined
        : serveMetrics({ host: metricsHost, port: metricsPort, text });
    const metricsText = metrics === undefined ? text : undefined;
    const observed = { onBegin, onRequest, metricsText, onFault: faultLog(log) };
    const aliases = vertexRoutes(env);
    const about = { engine, tls, keys: keys.ring, aliases, ...observed };
    const start = () => serve({ ...serverOptions(settings, LIMITS), ...place, ...about });
    server = place.socketPath === undefined ? start() : withSocketMode(start);
    startProfile.mark("listening");
    announce({ server, payload, settings, isGuarded: keys.ring !== undefined }, log);
    if (metrics !== undefined) log.info(`metrics on ${printable(metrics.url)}`);
    const { closeIdle, reloadTls } = server;
    const watched = { ...settings, path: payload.path, closeIdle, warn: log.warn };
    using _ = watchDescriptors(watched);
    using certificates = tls && watchTls({ settings, reload: reloadTls, log });
    signals.onHangUp(() => {
      log.info("SIGHUP: reading keys and certificates again, where there are files of them");
      void keys.reload();
      certificates?.reload();
    });
    const ended = signals.next();
    const ready = engine.ready.then(() => {
      startProfile.mark("ready");
      log.info(`ready after ${Math.round(sinceStartMs())} ms`);
      if (settings.profileStart) tellProfile(settings, log, output);
      manager.ready();
      return ended;
    });
    const signal = await Promise.race([ended, ready]);
    return await stop({ engine, server, log, observation, signals, manager }, signal);
  } catch (thrown) {
    server?.abort();
    await engine?.close();
    throw thrown;
  } finally {
    signals.end();
  }
}

/** People get a table; who reads JSON gets nothing else. */
function tellProfile({ logFormat }: ServeSettings, log: Log, output: Output): void {
  const steps = startSteps(startProfile.marks, processStartMs());
  if (logFormat === "json") log.report("start_profile", { steps });
  else output.note(startTable(steps));
}

/** What can be, but was hardly meant. */
function warnOfSettings(
  { queueLength, inputsMax, documentsMax, profileNotes }: ProfiledSettings,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
): void {
  for (const { level, text } of profileNotes) log[level](printable(text));
  const unknown = unknownVariables(env);
  if (unknown !== undefined) log.warn(unknown);
  const [bound, most] =
    inputsMax >= documentsMax ? ["--max-inputs", inputsMax] : ["--max-documents", documentsMax];
  if (queueLength >= most) return;
  log.warn(
    `requests of more than ${queueLength} inputs are refused, as --queue-length takes no more: ` +
      `raise it to ${most}, or lower ${bound}`,
  );
}

/** The worker loads while this thread imports the server and begins to listen. */
async function openEngine(payload: Payload, settings: ServeSettings): Promise<Engine> {
  const { loadEngine } = await import("../../runtime/index.ts");
  const { deterministic, verify, queueLength } = settings;
  return loadEngine(shortened(payload.opened, settings.tokensMax), payload.path, {
    ...workerOptions(settings),
    deterministic,
    queuedInputsMax: queueLength,
    verify: verify === "full",
  });
}

/** The file as if its model took inputs of at most so many tokens. */
function shortened(opened: OpenedFile, tokensMax: number | undefined): OpenedFile {
  const { manifest } = opened;
  const tokenizer = manifest.model?.tokenizer;
  if (manifest.model === undefined || tokenizer === undefined || tokensMax === undefined) {
    return opened;
  }
  const maxLength = Math.min(tokenizer.maxLength, tokensMax);
  const model = { ...manifest.model, tokenizer: { ...tokenizer, maxLength } };
  return { ...opened, manifest: { ...manifest, model } };
}

type Place = Pick<ServeOptions, "host" | "port" | "socketPath" | "socket" | "exchange">;

/** A socket that was handed over counts more than a path, and a path more than a port. */
async function listeningPlace(settings: ServeSettings, socket?: number): Promise<Place> {
  const { host, port, uds } = settings;
  const exchange =
    process.platform === "linux" ? { open: openListener, replace: replaceListener } : undefined;
  if (socket !== undefined) {
    if (exchange === undefined) {
      throw new CodedError(
        "SERVER_LISTEN_FAILED",
        "Cannot serve on the socket of LISTEN_FDS as this is only possible on Linux: unset it",
      );
    }
    const address = listenerAddress(socket);
    const named = address.family === "unix" ? { host: "localhost", port: 0 } : address;
    return { host: named.host, port: named.port, socket, exchange };
  }
  if (uds === undefined) return { host, port, exchange };
  await clearSocketPath(uds);
  return { host, port, socketPath: uds };
}

function serverOptions(settings: ServeSettings, limits: Limits) {
  const { inputsMax, charactersMax, documentsMax } = settings;
  return {
    // Each reads its own of them.
    ...settings,
    httpLimits: settings,
    requestLimits: {
      ...limits,
      inputsPerRequest: inputsMax,
      charactersPerInput: charactersMax,
      textsPerRerank: documentsMax,
    },
  };
}

type Running = {
  readonly engine: Engine;
  readonly server: RunningServer;
  readonly log: Log;
  readonly observation: Observation;
  readonly signals: SignalWatch;
  readonly manager: ServiceManager;
};

async function stop(running: Running, signal: EndSignal): Promise<number> {
  const { engine, server, log, observation, signals, manager } = running;
  manager.stopping();
  log.info(`stopping on ${signal}: finishing what was begun`);
  const finish = async (): Promise<number> => {
    const answered = await server.stop();
    if (!answered) log.warn("out of time: some requests were cut off");
    await engine.close();
    log.info("stopped");
    await observation.close();
    return answered ? EXIT_OK : EXIT_CODE.timeout;
  };
  const impatient = async (): Promise<number> => {
    const again = await signals.next();
    server.abort();
    return SIGNAL_EXIT_CODE[again];
  };
  return await Promise.race([finish(), impatient()]);
}

type Announced = {
  readonly server: RunningServer;
  readonly payload: Payload;
  readonly settings: ServeSettings;
  /** Whether it asks for keys. */
  readonly isGuarded: boolean;
};

function announce({ server, payload, settings, isGuarded }: Announced, log: Log): void {
  const { manifest, modelDigest } = payload.opened;
  const facts = [titleOf(manifest), `digest ${modelDigest}`];
  if (settings.deterministic || manifest.model?.oneAtATime) facts.push("one text at a time");
  log.info(`listening on ${printable(server.url)}: ${facts.join(", ")}`);
  if (server.loopback || isGuarded || settings.tlsClientCa !== undefined) return;
  log.warn("other machines may reach this server, and it asks for no key");
}

/** Reasons a client does not get to see. */
function faultLog(log: Log): FaultHandler {
  return (error, request) => {
    const where = request === undefined ? "a request" : `${request.method} ${request.path}`;
    log.error(`${printable(where)}: ${error.code}: ${printReason(error)}`);
  };
}
