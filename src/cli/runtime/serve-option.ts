// Everything `serve` can be told: one table of flags, environment variables, defaults and bounds. docs/serving.md shows
// the same table. What the settings do is said where they are used.
import { CodedError } from "../../error/index.ts";
import type { CommandInput, OptionSpec } from "../command.ts";
import { choice, decimal, list, origins, unfit, whole } from "./serve-value.ts";

/** One setting. A flag without an operand is on or off; `read` makes a value of an operand and throws `USAGE`. */
export type ServeOption<T> = {
  /** Undefined for what must not be on a command line, where other users of the machine can read it. */
  readonly flags: string | undefined;
  readonly env: string;
  readonly default?: string;
  readonly choices?: readonly string[];
  readonly meaning: string;
  /** `name` is what the user would correct: "--port or ENCODERFILE_PORT". */
  readonly read: (text: string, name: string) => T;
};

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;
const GIBIBYTE = 1024 * MEBIBYTE;
const DAY_S = 86_400;
const PORT_MAX = 65_535;
/** Of workers, and of threads in each: what the runtime bounds them by. Not imported, as that would load all of it. */
const THREADS_MAX = 64;
/** A bound that bounds nothing is none. */
const COUNT_MAX = 10_000_000;

const count = whole(1, COUNT_MAX);
const bytes = whole(1, 4 * GIBIBYTE);
const threads = whole(1, THREADS_MAX);
const text = (value: string) => value;
const flag = (): boolean => true;
/** Seconds on the command line are milliseconds in the program. */
const seconds = (value: string, name: string) => Math.round(decimal(0, DAY_S)(value, name) * 1000);
/** Timers of connections know whole seconds, and nothing beyond this many. */
const timerSeconds = whole(1, 255);

export const SERVE_OPTIONS = {
  host: {
    flags: "--host <host>",
    env: "ENCODERFILE_HOST",
    default: "127.0.0.1",
    meaning: "address to listen on",
    read: text,
  },
  port: {
    flags: "--port <port>",
    env: "ENCODERFILE_PORT",
    default: "8080",
    meaning: "port to listen on; 0 takes a free one; without it, PORT counts",
    read: whole(0, PORT_MAX),
  },
  uds: {
    flags: "--uds <path>",
    env: "ENCODERFILE_UDS",
    meaning: "listen on a unix socket at this path, and on no port",
    read: text,
  },
  workers: {
    flags: "--workers <count>",
    env: "ENCODERFILE_WORKERS",
    meaning: "sessions side by side; one per usable core when absent",
    read: threads,
  },
  threadsPerWorker: {
    flags: "--threads-per-worker <count>",
    env: "ENCODERFILE_THREADS_PER_WORKER",
    meaning: "threads within a session; what the workers leave of the cores when absent",
    read: threads,
  },
  latency: {
    flags: "--latency",
    env: "ENCODERFILE_LATENCY",
    meaning: "one worker with all cores: a lone request is answered sooner, many more slowly",
    read: flag,
  },
  batchTokens: {
    flags: "--batch-tokens <count>",
    env: "ENCODERFILE_BATCH_TOKENS",
    meaning:
      "tokens of a batch, padding included; 256 for each thread of a worker, 512 at most, when absent",
    read: whole(16, 16_384),
  },
  memory: {
    flags: "--memory <mode>",
    env: "ENCODERFILE_MEMORY",
    default: "fast",
    choices: ["low", "balanced", "fast"],
    meaning:
      "low: workers share the weights of the file, slower; fast: each has a copy; balanced: once it has work",
    read: choice("low", "balanced", "fast"),
  },
  profile: {
    flags: "--profile <file>",
    env: "ENCODERFILE_PROFILE",
    meaning: "what tune found best here; the file beside the executable when absent, none with off",
    read: text,
  },
  deterministic: {
    flags: "--deterministic",
    env: "ENCODERFILE_DETERMINISTIC",
    meaning:
      "run one text at a time, so that a quantised graph answers the same whatever is beside it",
    read: flag,
  },
  profileStart: {
    flags: "--profile-start",
    env: "ENCODERFILE_PROFILE_START",
    meaning: "print what the start took, step by step, once the model is ready",
    read: flag,
  },
  verify: {
    flags: "--verify <mode>",
    env: "ENCODERFILE_VERIFY",
    default: "full",
    choices: ["full", "manifest", "off"],
    meaning:
      "what is compared with its digest before the server is ready: full, all; manifest or off, not the assets",
    read: choice("full", "manifest", "off"),
  },
  queueLength: {
    flags: "--queue-length <inputs>",
    env: "ENCODERFILE_QUEUE_LENGTH",
    default: "8192",
    meaning: "inputs that may wait for a worker; beyond, 429",
    read: count,
  },
  drainTimeoutMs: {
    flags: "--drain-timeout <seconds>",
    env: "ENCODERFILE_DRAIN_TIMEOUT",
    default: "10",
    meaning: "how long requests in flight may go on after a signal to stop",
    read: seconds,
  },
  drainDelayMs: {
    flags: "--drain-delay <seconds>",
    env: "ENCODERFILE_DRAIN_DELAY",
    default: "0",
    meaning: "how long requests are still taken after that signal, while /readyz says 503 already",
    read: seconds,
  },
  requestTimeoutMs: {
    flags: "--request-timeout <seconds>",
    env: "ENCODERFILE_REQUEST_TIMEOUT",
    default: "300",
    meaning:
      "how long a request may wait for its work to begin, and the most x-request-timeout-ms can ask for",
    read: seconds,
  },
  bodyTimeoutMs: {
    flags: "--body-timeout <seconds>",
    env: "ENCODERFILE_BODY_TIMEOUT",
    default: "30",
    meaning: "how long a body may take to arrive; beyond, 408",
    read: seconds,
  },
  idleTimeoutS: {
    flags: "--idle-timeout <seconds>",
    env: "ENCODERFILE_IDLE_TIMEOUT",
    default: "60",
    meaning: "how long a connection stays open after an answer",
    read: timerSeconds,
  },
  bodyBytesMax: {
    flags: "--max-body <bytes>",
    env: "ENCODERFILE_MAX_BODY",
    default: String(16 * MEBIBYTE),
    meaning: "bytes of a request's body; beyond, 413",
    read: bytes,
  },
  bodyBytesTotalMax: {
    flags: "--max-body-total <bytes>",
    env: "ENCODERFILE_MAX_BODY_TOTAL",
    default: String(64 * MEBIBYTE),
    meaning: "bytes of bodies of all requests that are being read or answered; beyond, 429",
    read: bytes,
  },
  requestsMax: {
    flags: "--max-requests <count>",
    env: "ENCODERFILE_MAX_REQUESTS",
    default: "1024",
    meaning: "requests that are being read or answered at once; beyond, 429",
    read: count,
  },
  answerBytesTotalMax: {
    flags: "--max-answers-total <bytes>",
    env: "ENCODERFILE_MAX_ANSWERS_TOTAL",
    default: String(256 * MEBIBYTE),
    meaning: "bytes that answers hold, from their tokens on until they are taken; beyond, 429",
    read: bytes,
  },
  answerTimeoutMs: {
    flags: "--answer-timeout <seconds>",
    env: "ENCODERFILE_ANSWER_TIMEOUT",
    default: "300",
    meaning: "how long a client may take for a long answer; beyond, it is cut off",
    read: seconds,
  },
  connectionsMax: {
    flags: "--max-connections <count>",
    env: "ENCODERFILE_MAX_CONNECTIONS",
    default: "4096",
    meaning: "connections and files open at once; beyond, idle connections are closed",
    read: count,
  },
  headerBytesMax: {
    flags: "--max-header <bytes>",
    env: "ENCODERFILE_MAX_HEADER",
    default: String(16 * KIBIBYTE),
    meaning: "bytes of a request's head; beyond, 431",
    read: whole(KIBIBYTE, MEBIBYTE),
  },
  jsonDepthMax: {
    flags: "--max-json-depth <levels>",
    env: "ENCODERFILE_MAX_JSON_DEPTH",
    default: "32",
    meaning: "levels JSON may nest; beyond, 400",
    read: whole(1, 1000),
  },
  jsonMembersMax: {
    flags: "--max-json-members <count>",
    env: "ENCODERFILE_MAX_JSON_MEMBERS",
    default: "65536",
    meaning: "members of all objects of a body; beyond, 400",
    read: count,
  },
  inputsMax: {
    flags: "--max-inputs <count>",
    env: "ENCODERFILE_MAX_INPUTS",
    default: "2048",
    meaning: "texts or pairs in a request; beyond, 422",
    read: count,
  },
  charactersMax: {
    flags: "--max-characters <count>",
    env: "ENCODERFILE_MAX_CHARACTERS",
    default: "250000",
    meaning: "characters of an input, in UTF-16 units; beyond, 422",
    read: count,
  },
  tokensMax: {
    flags: "--max-tokens <count>",
    env: "ENCODERFILE_MAX_TOKENS",
    meaning: "tokens of an input where that is fewer than the model takes; cut or refused beyond",
    read: whole(8, COUNT_MAX),
  },
  documentsMax: {
    flags: "--max-documents <count>",
    env: "ENCODERFILE_MAX_DOCUMENTS",
    default: "1000",
    meaning: "documents ranked in a request; beyond, 422",
    read: count,
  },
  apiKeyFile: {
    flags: "--api-key-file <file>",
    env: "ENCODERFILE_API_KEY_FILE",
    meaning:
      "answer only to who sends one of the keys in this file, one in a line, # before comments",
    read: text,
  },
  apiKeys: {
    flags: undefined,
    env: "ENCODERFILE_API_KEYS",
    meaning: "keys, with commas in between, beside those of the file",
    read: list,
  },
  tlsCert: {
    flags: "--tls-cert <file>",
    env: "ENCODERFILE_TLS_CERT",
    meaning: "serve HTTPS with this chain of certificates (PEM); read again when it changes",
    read: text,
  },
  tlsKey: {
    flags: "--tls-key <file>",
    env: "ENCODERFILE_TLS_KEY",
    meaning: "private key of the certificate (PEM)",
    read: text,
  },
  tlsClientCa: {
    flags: "--tls-client-ca <file>",
    env: "ENCODERFILE_TLS_CLIENT_CA",
    meaning: "take connections only from clients with a certificate of this authority (PEM)",
    read: text,
  },
  corsOrigins: {
    flags: "--cors-origin <origins>",
    env: "ENCODERFILE_CORS_ORIGIN",
    meaning: "origins whose pages may read answers, with commas in between; * for any",
    read: origins,
  },
  logFormat: {
    flags: "--log-format <format>",
    env: "ENCODERFILE_LOG_FORMAT",
    default: "text",
    choices: ["text", "json"],
    meaning: "how lines of the log are written: text, or json, one object in a line",
    read: choice("text", "json"),
  },
  logLevel: {
    flags: "--log-level <level>",
    env: "ENCODERFILE_LOG_LEVEL",
    default: "info",
    choices: ["error", "warn", "info", "debug"],
    meaning: "what is logged: info has a line per request, debug one per probe and scrape as well",
    read: choice("error", "warn", "info", "debug"),
  },
  logRemote: {
    flags: "--log-remote",
    env: "ENCODERFILE_LOG_REMOTE",
    meaning: "log the address each request came from",
    read: flag,
  },
  metricsPort: {
    flags: "--metrics-port <port>",
    env: "ENCODERFILE_METRICS_PORT",
    meaning: "answer /metrics on this port, without a key, and nowhere else; 0 takes a free one",
    read: whole(0, PORT_MAX),
  },
  metricsHost: {
    flags: "--metrics-host <host>",
    env: "ENCODERFILE_METRICS_HOST",
    default: "127.0.0.1",
    meaning: "address for that port",
    read: text,
  },
  otlpEndpoint: {
    flags: "--otlp-endpoint <url>",
    env: "ENCODERFILE_OTLP_ENDPOINT",
    meaning: "send traces to this collector (OTLP over HTTP); what OTEL_ variables say when absent",
    read: text,
  },
} as const satisfies Record<string, ServeOption<unknown>>;

type Table = typeof SERVE_OPTIONS;
export type ServeOptionName = keyof Table;

/** What `serve` was told. What has no default is undefined when it was not told, and a flag false. */
export type ServeSettings = {
  readonly [Name in ServeOptionName]: Table[Name] extends
    | { readonly default: string }
    | { readonly read: () => boolean }
    ? ReturnType<Table[Name]["read"]>
    : ReturnType<Table[Name]["read"]> | undefined;
};

/** The options for the command line. Defaults are in words: the library must not take one for something given. */
export function serveOptionSpecs(
  names: readonly ServeOptionName[] = Object.keys(SERVE_OPTIONS) as ServeOptionName[],
): readonly OptionSpec[] {
  const options: readonly ServeOption<unknown>[] = names.map((name) => SERVE_OPTIONS[name]);
  return options.flatMap(({ flags, env, meaning, default: preset, choices }) => {
    if (flags === undefined) return [];
    const description = preset === undefined ? meaning : `${meaning} (default: ${preset})`;
    return [{ flags, description, env, ...(choices === undefined ? {} : { choices }) }];
  });
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The flag, else the variable, else the default. Throws `USAGE` for a value that cannot be. */
export function readServeSettings(input: CommandInput, env: Environment): ServeSettings {
  const entries = Object.entries(SERVE_OPTIONS).map(([key, option]) => [
    key,
    readOption(option, input, env),
  ]);
  const settings = Object.fromEntries(entries) as ServeSettings;
  if (settings.latency && (settings.workers ?? settings.threadsPerWorker) !== undefined) {
    throw new CodedError(
      "USAGE",
      "Cannot tell how many workers are meant as --latency decides on workers and threads itself: " +
        "leave out --latency, or --workers and --threads-per-worker",
    );
  }
  return settings;
}

function readOption(option: ServeOption<unknown>, input: CommandInput, env: Environment): unknown {
  const { flags, env: variable } = option;
  const name = flags?.split(" ")[0];
  const attribute = name === undefined ? "" : attributeOf(name);
  if (name !== undefined && flags === name) return input.flag(attribute);
  // An empty variable counts as unset. What is empty on a command line is a slip, which must not leave a key out.
  const given = name === undefined ? env[variable] || undefined : input.text(attribute);
  const corrected = name === undefined ? variable : `${name} or ${variable}`;
  if (given === "") throw unfit(given, name ?? variable, "a value, and not an empty one");
  if (given !== undefined) return option.read(given, corrected);
  // What hosts of containers set. Anything said to this program itself counts more.
  const hosts = variable === SERVE_OPTIONS.port.env ? ["PORT", "AIP_HTTP_PORT"] : [];
  const hosting = hosts.find((host) => env[host] !== undefined && env[host] !== "");
  if (hosting !== undefined) return option.read(env[hosting] ?? "", `${corrected} or ${hosting}`);
  return option.default === undefined ? undefined : option.read(option.default, corrected);
}

/** What the command line calls "--max-body": "maxBody". */
function attributeOf(name: string): string {
  return name.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
