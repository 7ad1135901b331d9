// The command `tune`: finds how this file answers most on this machine, and keeps it as a profile that `serve` takes.
import { CodedError } from "../../error/index.ts";
import type { TuneChoice, TuneProfile } from "../../measure/index.ts";
import type { CommandInput, CommandSpec } from "../command.ts";
import { EXIT_OK } from "../exit-code.ts";
import { busyNote, openMeasuredEngine, tokenizerOf } from "./measured-engine.ts";
import type { Payload } from "./payload.ts";
import { profilePath } from "./serve-profile.ts";
import { decimal } from "./serve-value.ts";

const SECONDS_DEFAULT = "60";
const SECONDS_MAX = 86_400;

export function tuneCommand(payload: Payload): CommandSpec {
  return {
    name: "tune",
    summary: "find the workers, threads and batches that answer most here, for serve to use",
    options: [
      {
        flags: "--seconds <count>",
        description: `how long to measure (default: ${SECONDS_DEFAULT})`,
      },
      {
        flags: "-o, --output <file>",
        description: "profile to write (default: beside this file, where serve finds it)",
      },
      { flags: "--force", description: "overwrite a file that is no profile" },
      { flags: "--json", description: "print the profile as it was written" },
    ],
    notes:
      "Measure while nothing else works on the machine. The profile is of this model on this machine: serve refuses " +
      "or leaves out one of another. A profile that is there already is replaced.",
    run: (input) => runTune(payload, input),
  };
}

async function runTune(payload: Payload, input: CommandInput): Promise<number> {
  const seconds = decimal(0.1, SECONDS_MAX)(input.text("seconds") ?? SECONDS_DEFAULT, "--seconds");
  const path = input.text("output") ?? profilePath(payload);
  const { printProfile } = await import("../../measure/index.ts");
  const force = input.flag("force") || (await isProfile(path));
  if (!force) await checkFree(path);
  const profile = await measureProfile(payload, seconds, input);
  const text = printProfile(profile);
  // First, so that what took a while to measure is told in any case.
  await input.output.print(input.flag("json") ? text : await printTable(profile));
  const { writeFileAtomically } = await import("../../io/index.ts");
  const bytes = new TextEncoder().encode(text);
  writeFileAtomically(path, { force, mode: 0o644 }, (sink) => sink.write(bytes, 0));
  input.output.note(`wrote ${JSON.stringify(path)}`);
  return EXIT_OK;
}

async function measureProfile(
  payload: Payload,
  seconds: number,
  { output }: CommandInput,
): Promise<TuneProfile> {
  const { machineFacts, tune } = await import("../../measure/index.ts");
  const { batchLimits, planWorkers } = await import("../../runtime/index.ts");
  const { opened } = payload;
  const { model } = opened.manifest;
  const { workers, threads, cores } = planWorkers({});
  const busy = busyNote(cores.count);
  if (busy !== undefined) output.note(`encoderfile: ${busy}`);
  const tokens =
    model === undefined ? 0 : batchLimits(model, { deterministic: false, threads }).tokens;
  const { choice, measured } = await tune({
    open: (tried: TuneChoice) => openMeasuredEngine(payload, tried),
    tokenizer: await tokenizerOf(payload),
    tokensMax: model?.tokenizer?.maxLength ?? 0,
    preset: { workers, threadsPerWorker: threads, batchTokens: tokens },
    cores: cores.count,
    durationMs: seconds * 1000,
    progress: (tried, step, steps) => output.progress(`${step} of ${steps}: ${wordsOf(tried)}`),
  });
  output.progress("");
  const { modelDigest } = opened;
  return { ...machineFacts(opened), modelDigest, choice, measured };
}

function wordsOf({ workers, threadsPerWorker, batchTokens }: TuneChoice): string {
  return `${workers} workers of ${threadsPerWorker} threads, ${batchTokens} tokens a batch`;
}

/** A profile may be replaced by a newer one; anything else is somebody's file. */
async function isProfile(path: string): Promise<boolean> {
  const { PROFILE_BYTES_MAX, parseProfile } = await import("../../measure/index.ts");
  const { readTextFile } = await import("../../io/index.ts");
  try {
    parseProfile(readTextFile(path, PROFILE_BYTES_MAX), path);
    return true;
  } catch (thrown) {
    // What cannot be read is none; that there is nothing is told by the same code.
    if (thrown instanceof CodedError) return false;
    throw thrown;
  }
}

/** Before a minute was spent on what then cannot be written. */
async function checkFree(path: string): Promise<void> {
  const { fileFacts } = await import("../../io/index.ts");
  if (fileFacts(path) === undefined) return;
  throw new CodedError(
    "IO_ALREADY_EXISTS",
    `Cannot write "${path}" as there is something else than a profile: choose another place with -o, or use --force`,
  );
}

async function printTable({ choice, measured }: TuneProfile): Promise<string> {
  const { table } = await import("../../inspect/index.ts");
  const rows = measured.map((figures) => [
    ...[figures.workers, figures.threadsPerWorker, figures.batchTokens].map(String),
    ...[figures.textsPerSecond, figures.tokensPerSecond, figures.medianMs].map(String),
  ]);
  const head = ["workers", "threads", "batch tokens", "texts/s", "tokens/s", "p50 ms"];
  return `${table([head, ...rows])}\n\nbest: ${wordsOf(choice)}\n`;
}
