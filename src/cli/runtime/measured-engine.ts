// What `bench` and `tune` measure: this file's engine, asked as the server would ask it, and how to start it anew.
import { baseIdentity } from "../../about/index.ts";
import { assetSource, requireAsset } from "../../format/index.ts";
import type { Answerer } from "../../measure/index.ts";
import type { Engine, LoadOptions } from "../../runtime/index.ts";
import type { TaskInput } from "../../task/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import type { Payload } from "./payload.ts";
import type { ServeOptionName } from "./serve-option.ts";

/** Settings of `serve` that decide how fast it answers. */
export const PACE_OPTIONS: readonly ServeOptionName[] = [
  "workers",
  "threadsPerWorker",
  "latency",
  "batchTokens",
  "memory",
  "profile",
  "deterministic",
];

/** What rerankers are asked about each text. */
const QUERY = "what is known about this";

/** A worker that is not there by then will not come. */
const GROW_TIMEOUT_MS = 60_000;
const GROW_POLL_MS = 5;
/** More than it takes at once. */
const QUESTIONS_PER_WORKER = 4;

export type MeasuredEngine = AsyncDisposable & {
  readonly answer: Answerer;
};

/**
 * Resolves once it answers as a server does that has had work: weights that would be copied then are copied at once.
 * Digests are not compared: that takes time, and changes no figure.
 */
export async function openMeasuredEngine(
  { opened, path }: Payload,
  options: LoadOptions,
): Promise<MeasuredEngine> {
  const { loadEngine, memoryModeOf, planWorkers, settledMemory } = await import(
    "../../runtime/index.ts"
  );
  const { taskOfModel } = await import("../../task/index.ts");
  const memory = settledMemory(memoryModeOf(options));
  const engine: Engine = loadEngine(opened, path, { verify: false, ...options, memory });
  const isRanking = taskOfModel(engine.model).id === "reranking";
  const inputOf = (text: string): TaskInput => (isRanking ? { text: QUERY, pair: text } : { text });
  const answer = async (text: string): Promise<void> => {
    await engine.run([inputOf(text)]);
  };
  try {
    await engine.ready;
    await growWorkers(engine, planWorkers(options).workers, answer);
  } catch (thrown) {
    await engine.close();
    throw thrown;
  }
  return {
    answer,
    [Symbol.asyncDispose]: () => engine.close(),
  };
}

/** Asks until there is a worker for each that was planned: they come when there is work for them. */
async function growWorkers(engine: Engine, workers: number, answer: Answerer): Promise<void> {
  const endMs = performance.now() + GROW_TIMEOUT_MS;
  while (engine.stats().workers < workers && performance.now() < endMs) {
    await Promise.all(Array.from({ length: QUESTIONS_PER_WORKER * workers }, () => answer(QUERY)));
    await Bun.sleep(GROW_POLL_MS);
  }
}

/** Makes the body that has a server answer the same. */
export async function bodyMaker({ opened }: Payload): Promise<(text: string) => string> {
  const { taskOfModel } = await import("../../task/index.ts");
  const { model } = opened.manifest;
  const isRanking = model !== undefined && taskOfModel(model).id === "reranking";
  return (text) => JSON.stringify(isRanking ? { query: QUERY, texts: [text] } : { inputs: [text] });
}

export async function tokenizerOf({ opened }: Payload): Promise<Tokenizer> {
  const { loadTokenizer } = await import("../../tokenizer/index.ts");
  const source = assetSource(opened, requireAsset(opened, "tokenizer"));
  return loadTokenizer(source.read(0, source.byteLength));
}

/** How this program is started again: a base knows itself, and from source the compiler is told what to run. */
export function ownCommand(): readonly string[] {
  return baseIdentity() === undefined ? [process.execPath, Bun.main] : [process.execPath];
}

/** What makes figures worth little; undefined where nothing does, or the system does not tell. */
export function busyNote(cores: number): string | undefined {
  const [load = 0] = process.getBuiltinModule("node:os").loadavg();
  if (load <= cores * IDLE_LOAD) return undefined;
  return (
    `this machine was busy in the last minute (load ${load.toFixed(1)}, ${cores} usable cores): ` +
    "if it still is, figures are worse than they could be, and choices random"
  );
}

/** Of each core, in the last minute. */
const IDLE_LOAD = 0.5;

/** Variables a child needs. Settings are not among them: it listens where it is told, and asks for no keys. */
const PASSED_VARIABLES = [
  ...["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SystemRoot", "LD_LIBRARY_PATH", "LANG"],
  "ENCODERFILE_FILE",
];

export function childEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const entries = PASSED_VARIABLES.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries);
}
