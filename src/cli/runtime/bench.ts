// The command `bench`: how fast this file answers on this machine, as a table, as JSON and as a picture.
import { CodedError } from "../../error/index.ts";
import type { OwnServer, Resident } from "../../measure/index.ts";
import type { CommandInput, CommandSpec } from "../command.ts";
import { EXIT_OK } from "../exit-code.ts";
import { type BenchReport, benchChart, printBench } from "./bench-report.ts";
import {
  bodyMaker,
  busyNote,
  childEnvironment,
  openMeasuredEngine,
  ownCommand,
  PACE_OPTIONS,
  tokenizerOf,
} from "./measured-engine.ts";
import type { Payload } from "./payload.ts";
import { readServeSettings, serveOptionSpecs } from "./serve-option.ts";
import { applyProfile, type ProfiledSettings } from "./serve-profile.ts";
import { decimal, list, whole } from "./serve-value.ts";
import { SIGNAL_EXIT_CODE, watchSignals } from "./signal.ts";
import { workerOptions } from "./worker-option.ts";

/** Of all that is measured; what comes before and after takes some seconds more. */
const SECONDS_DEFAULT = "20";
const SECONDS_MAX = 86_400;
const CONCURRENCY_DEFAULT = "1,8,32";
const CONCURRENCY_MAX = 1024;
const CONCURRENCIES_MAX = 16;
/** As shells count it. */
const HANG_UP_EXIT_CODE = 129;
/** Starts, of which the median counts. */
const STARTS = 3;

export function benchCommand(payload: Payload): CommandSpec {
  return {
    name: "bench",
    summary: "measure how fast this file answers here: latency, throughput, memory, start",
    options: [
      { flags: "--json", description: "print the result as JSON" },
      {
        flags: "--svg <file>",
        description: "draw the result, too; the file appears when complete",
      },
      { flags: "--force", description: "overwrite that file" },
      {
        flags: "--seconds <count>",
        description: `how long to measure (default: ${SECONDS_DEFAULT})`,
      },
      {
        flags: "--concurrency <counts>",
        description: `clients that ask at once, with commas in between (default: ${CONCURRENCY_DEFAULT})`,
      },
      {
        flags: "--http",
        description: "ask a server of its own over loopback, not the engine in this process",
      },
      { flags: "--date", description: "say when it was measured" },
      ...serveOptionSpecs(PACE_OPTIONS),
    ],
    notes:
      "Half of the time goes to latency, one text at a time, by length; half to throughput, texts of mixed lengths. " +
      "Nothing leaves this machine. Start, and the memory then, are always those of a server in a process of its own.",
    run: (input) => runUntilSignal(payload, input),
  };
}

/** A server it started must not outlive it, whatever ends it. */
async function runUntilSignal(payload: Payload, input: CommandInput): Promise<number> {
  const signals = watchSignals();
  let killServer = () => {};
  const end = Promise.withResolvers<number>();
  signals.onHangUp(() => end.resolve(HANG_UP_EXIT_CODE));
  void signals.next().then((signal) => end.resolve(SIGNAL_EXIT_CODE[signal]));
  try {
    const spawned = (kill: () => void) => {
      killServer = kill;
    };
    return await Promise.race([end.promise, runBench(payload, input, spawned)]);
  } finally {
    killServer();
    signals.end();
  }
}

async function runBench(
  payload: Payload,
  input: CommandInput,
  spawned: (kill: () => void) => void,
): Promise<number> {
  const seconds = decimal(0.1, SECONDS_MAX)(input.text("seconds") ?? SECONDS_DEFAULT, "--seconds");
  const concurrencies = readConcurrencies(input.text("concurrency") ?? CONCURRENCY_DEFAULT);
  const settings = await applyProfile(payload, readServeSettings(input, process.env));
  for (const { text } of settings.profileNotes) input.output.note(`encoderfile: ${text}`);
  const about = await aboutOf(payload, settings);
  const busy = busyNote(about.cores);
  if (busy !== undefined) input.output.note(`encoderfile: ${busy}`);
  const figures = await measure(payload, { input, settings, seconds, concurrencies, spawned });
  const date = input.flag("date") ? { date: new Date().toISOString() } : {};
  const report: BenchReport = { ...about, ...date, ...figures };
  input.output.progress("");
  if (input.flag("json")) {
    const { printReportJson } = await import("../../inspect/index.ts");
    await input.output.print(printReportJson(report));
  } else {
    await input.output.print(await printBench(report));
  }
  // Last, so that what took a while to measure is told in any case.
  const svg = input.text("svg");
  if (svg !== undefined) {
    const { writeFileAtomically } = await import("../../io/index.ts");
    const bytes = new TextEncoder().encode(await benchChart(report));
    const options = { force: input.flag("force"), mode: 0o644 };
    writeFileAtomically(svg, options, (sink) => sink.write(bytes, 0));
  }
  return EXIT_OK;
}

/** What the figures are of. The number of the shape changes when a name of it does. */
async function aboutOf({ opened }: Payload, settings: ProfiledSettings) {
  const { batchLimits, planWorkers } = await import("../../runtime/index.ts");
  const { machineFacts } = await import("../../measure/index.ts");
  const { manifest, modelDigest } = opened;
  const { workers, threads } = planWorkers(workerOptions(settings));
  const { deterministic, batchTokens } = settings;
  const limits = { deterministic, threads, tokens: batchTokens };
  const { model } = manifest;
  const batch = model === undefined ? undefined : batchLimits(model, limits);
  return {
    encoderfileBench: 1,
    name: manifest.name,
    modelVersion: manifest.version,
    modelDigest,
    ...machineFacts(opened),
    workers,
    threadsPerWorker: threads,
    batchTokens: batch?.tokens ?? 0,
  };
}

type Measuring = {
  readonly input: CommandInput;
  readonly settings: ProfiledSettings;
  readonly seconds: number;
  readonly concurrencies: readonly number[];
  readonly spawned: (kill: () => void) => void;
};

async function measure(payload: Payload, measuring: Measuring) {
  const { input, settings, seconds, concurrencies, spawned } = measuring;
  const library = await import("../../measure/index.ts");
  const { figure, memoryOf, measureLatency, measureThroughput, quantile } = library;
  const { output } = input;
  const tokenizer = await tokenizerOf(payload);
  const toBody = await bodyMaker(payload);
  const open = (pace: ProfiledSettings) =>
    library.openOwnServer({
      command: ownCommand(),
      env: childEnvironment(process.env),
      flags: ["--profile", "off", ...paceFlags(pace)],
      body: toBody("the first text that is asked"),
      spawned,
    });
  const startsMs: number[] = [];
  let atStart: Resident | undefined;
  for (let start = 0; start < STARTS; start++) {
    output.progress(`start ${start + 1} of ${STARTS}`);
    await using server = await open(settings);
    startsMs.push(server.firstAnswerMs);
    atStart = memoryOf(server.pid);
  }
  const isHttp = input.flag("http");
  // As it is once it has had work, as the engine is.
  const { settledMemory } = await import("../../runtime/index.ts");
  const settled = { ...settings, memory: settledMemory(settings.memory) };
  await using server: OwnServer | undefined = isHttp ? await open(settled) : undefined;
  await using engine =
    server === undefined ? await openMeasuredEngine(payload, engineOptions(settings)) : undefined;
  const answer =
    server === undefined
      ? (text: string) => engine?.answer(text) ?? Promise.resolve()
      : (text: string) => server.ask(toBody(text));
  const tokensMax = payload.opened.manifest.model?.tokenizer?.maxLength ?? 0;
  const options = { answer, tokenizer, tokensMax, durationMs: (seconds * 1000) / 2 };
  output.progress("latency by length");
  const latency = await measureLatency(options);
  output.progress("throughput by clients");
  const throughput = await measureThroughput({ ...options, concurrencies });
  const after = memoryOf(server?.pid ?? process.pid);
  return {
    via: isHttp ? ("http" as const) : ("engine" as const),
    seconds,
    start: { firstAnswerMs: figure(quantile(startsMs, 0.5)), samples: STARTS },
    // Null where the system does not tell.
    memory: { atStart: atStart ?? null, after: after ?? null },
    latency,
    throughput,
  };
}

function engineOptions(settings: ProfiledSettings) {
  const { deterministic } = settings;
  return { ...workerOptions(settings), deterministic };
}

/** The settings as flags of a server: what a profile says is among them already. */
function paceFlags(settings: ProfiledSettings): readonly string[] {
  const { workers, threadsPerWorker, latency, batchTokens, memory, deterministic } = settings;
  const numbers = [
    ["--workers", workers],
    ["--threads-per-worker", threadsPerWorker],
    ["--batch-tokens", batchTokens],
  ] as const;
  return [
    ...numbers.flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)])),
    ...["--memory", memory],
    ...(latency ? ["--latency"] : []),
    ...(deterministic ? ["--deterministic"] : []),
  ];
}

function readConcurrencies(text: string): readonly number[] {
  const read = whole(1, CONCURRENCY_MAX);
  const counts = list(text).map((item) => read(item, "--concurrency"));
  if (counts.length > 0 && counts.length <= CONCURRENCIES_MAX) return counts;
  throw new CodedError(
    "USAGE",
    `Cannot read --concurrency as it must name 1 to ${CONCURRENCIES_MAX} counts of clients: found ${counts.length}`,
  );
}
