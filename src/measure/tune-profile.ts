// The file that keeps what was found best on a machine: written by `tune`, read by `serve`. It is read as hostile
// input.
import { CodedError } from "../error/index.ts";
import { BATCH_TOKENS_CHOICE_MAX, THREADS_MAX, WORKERS_MAX } from "../runtime/index.ts";

/** How the model is run. */
export type TuneChoice = {
  readonly workers: number;
  readonly threadsPerWorker: number;
  /** Tokens of a batch, padding included. */
  readonly batchTokens: number;
};

/** What one way of running it gave. */
export type TuneFigures = TuneChoice & {
  readonly textsPerSecond: number;
  readonly tokensPerSecond: number;
  /** Half of the requests were answered within so long, while all clients asked. */
  readonly medianMs: number;
};

/** What a profile is for: with another model or on another machine something else may be best. */
export type ProfileSubject = {
  readonly modelDigest: string;
  /** Such as "linux-x64". */
  readonly target: string;
  readonly processor: string;
  readonly cores: number;
};

export type TuneProfile = ProfileSubject & {
  /** Of the program that measured. */
  readonly version: string;
  readonly choice: TuneChoice;
  readonly measured: readonly TuneFigures[];
};

/** Of the shape of the file; readers refuse any other. */
const FORMAT = 1;

/** A profile has some four kilobytes; what is longer is none. */
export const PROFILE_BYTES_MAX = 64 * 1024;

/** Of a text in a profile. */
const CHARACTERS_MAX = 200;
/** Of a machine; what a control group grants is less. */
const CORES_MAX = 65_536;
const FIGURE_MAX = 1e12;
const MEASURED_MAX = 64;
/** A batch below this would hold no common text. */
export const BATCH_TOKENS_CHOICE_MIN = 16;

/** Names are spelt as in all JSON of this program. */
export function printProfile(profile: TuneProfile): string {
  const { version, modelDigest, target, processor, cores, choice, measured } = profile;
  const document = {
    encoderfile_profile: FORMAT,
    version,
    model_digest: modelDigest,
    machine: { target, processor, cores },
    choice: spellChoice(choice),
    measured: measured.map((figures) => ({
      ...spellChoice(figures),
      texts_per_second: figures.textsPerSecond,
      tokens_per_second: figures.tokensPerSecond,
      median_ms: figures.medianMs,
    })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function spellChoice({ workers, threadsPerWorker, batchTokens }: TuneChoice) {
  return { workers, threads_per_worker: threadsPerWorker, batch_tokens: batchTokens };
}

/** Throws `MEASURE_PROFILE_INVALID` with everything that is wrong. `name` is what messages call the file. */
export function parseProfile(text: string, name: string): TuneProfile {
  const document = parseObject(text, name);
  const faults: string[] = [];
  const root = fieldsOf(document, "", faults);
  root.number("encoderfile_profile", FORMAT, FORMAT);
  const machine = fieldsOf(root.value("machine"), "machine.", faults);
  const measured = root.value("measured");
  if (!Array.isArray(measured) || measured.length > MEASURED_MAX) {
    faults.push(`measured: expected a list of at most ${MEASURED_MAX}`);
  }
  const rows: readonly unknown[] = Array.isArray(measured) ? measured.slice(0, MEASURED_MAX) : [];
  const profile = {
    version: root.text("version"),
    modelDigest: root.text("model_digest"),
    target: machine.text("target"),
    processor: machine.text("processor"),
    cores: machine.number("cores", 1, CORES_MAX),
    choice: readChoice(fieldsOf(root.value("choice"), "choice.", faults)),
    measured: rows.map((row, at) => {
      const fields = fieldsOf(row, `measured[${at}].`, faults);
      return {
        ...readChoice(fields),
        textsPerSecond: fields.figure("texts_per_second"),
        tokensPerSecond: fields.figure("tokens_per_second"),
        medianMs: fields.figure("median_ms"),
      };
    }),
  };
  if (faults.length === 0) return profile;
  throw invalid(name, faults.length === 1 ? "1 problem" : `${faults.length} problems`, faults);
}

function readChoice(fields: Fields): TuneChoice {
  return {
    workers: fields.number("workers", 1, WORKERS_MAX),
    threadsPerWorker: fields.number("threads_per_worker", 1, THREADS_MAX),
    batchTokens: fields.number("batch_tokens", BATCH_TOKENS_CHOICE_MIN, BATCH_TOKENS_CHOICE_MAX),
  };
}

type Fields = ReturnType<typeof fieldsOf>;

/** Readers of the members of what may be an object; each notes what is wrong and goes on with something harmless. */
function fieldsOf(value: unknown, path: string, faults: string[]) {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject) faults.push(`${path === "" ? "" : `${path.slice(0, -1)}: `}expected an object`);
  const read = (name: string): unknown =>
    isObject && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
  const expectIt = (name: string, expected: string) => {
    // One fault for what is no object is enough.
    if (isObject) faults.push(`${path}${name}: expected ${expected}`);
  };
  return {
    value: read,
    text: (name: string): string => {
      const text = read(name);
      if (typeof text === "string" && text !== "" && text.length <= CHARACTERS_MAX) return text;
      expectIt(name, `a text of 1 to ${CHARACTERS_MAX} characters`);
      return "";
    },
    number: (name: string, min: number, max: number): number => {
      const number = read(name);
      if (Number.isInteger(number) && Number(number) >= min && Number(number) <= max) {
        return Number(number);
      }
      expectIt(name, min === max ? String(min) : `a whole number from ${min} to ${max}`);
      return min;
    },
    figure: (name: string): number => {
      const figure = read(name);
      if (typeof figure === "number" && figure >= 0 && figure <= FIGURE_MAX) return figure;
      expectIt(name, "a number that is not negative");
      return 0;
    },
  };
}

function parseObject(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw invalid(name, "no JSON", [], thrown);
  }
}

function invalid(
  name: string,
  found: string,
  problems: readonly string[],
  cause?: unknown,
): CodedError {
  return new CodedError(
    "MEASURE_PROFILE_INVALID",
    `Cannot take the profile "${name}" as it must be one that tune wrote: found ${found}: ` +
      "run tune again, or leave the profile out",
    { detail: { problems }, cause },
  );
}

/** What the profile was measured with that is not here; undefined when it fits. */
export function profileMismatch(profile: ProfileSubject, here: ProfileSubject): string | undefined {
  if (profile.modelDigest !== here.modelDigest) return "it is of another model";
  if (profile.target !== here.target) return `it was measured on ${quoted(profile.target)}`;
  if (profile.processor !== here.processor) {
    return `it was measured on ${quoted(profile.processor)}, and this is ${quoted(here.processor)}`;
  }
  if (profile.cores !== here.cores) {
    return `it was measured with ${profile.cores} cores, and here are ${here.cores}`;
  }
  return undefined;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
