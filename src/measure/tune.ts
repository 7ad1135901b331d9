// Which workers, threads and batches answer most on a machine: what is tried, in which order, and which of it is
// chosen.
// It opens what it measures by a function it is given, and prints nothing.
import type { Tokenizer } from "../tokenizer/index.ts";
import type { Answerer } from "./bench.ts";
import { measureThroughput } from "./bench.ts";
import type { TuneChoice, TuneFigures } from "./tune-profile.ts";

export type Tunable = {
  /** The model, run as the choice says; nothing else of it runs meanwhile. */
  readonly open: (choice: TuneChoice) => Promise<AsyncDisposable & { readonly answer: Answerer }>;
  readonly tokenizer: Tokenizer;
  /** Tokens a text may have. */
  readonly tokensMax: number;
  /** What is taken where nothing is tuned: it stays unless another is clearly better. */
  readonly preset: TuneChoice;
  readonly cores: number;
};

export type TuneOptions = Tunable & {
  /** For all that is measured. */
  readonly durationMs: number;
  /** Told before each measurement. */
  readonly progress: (choice: TuneChoice, step: number, steps: number) => void;
};

export type Tuned = {
  readonly choice: TuneChoice;
  readonly measured: readonly TuneFigures[];
};

/** Batches that are tried, in tokens; the preset is tried in any case. */
const BATCH_TOKENS = [128, 256, 512, 1024];

/** Clients that ask: enough that every worker of most machines has a full batch. */
const CLIENTS_PER_CORE = 16;
const CLIENTS_MAX = 512;

/** What is faster by less than this is not told from noise, and no reason to leave the preset. */
const GAIN_MIN = 1.05;

/** Each way is measured so often, in turn: what else the machine does then hits all of them. */
const ROUNDS = 2;

/** First the workers and threads, at the preset's batches, then the batches of the best of them. */
export async function tune(options: TuneOptions): Promise<Tuned> {
  const { preset, cores } = options;
  const splits = workerSplits(cores).map((split) => ({
    ...split,
    batchTokens: preset.batchTokens,
  }));
  const first = distinct([preset, ...splits]);
  const batches = distinct([
    preset,
    ...BATCH_TOKENS.map((batchTokens) => ({ ...preset, batchTokens })),
  ]);
  const steps = (first.length + batches.length - 1) * ROUNDS;
  const measuring = { options, steps, durationMs: options.durationMs / steps };
  const bySplit = await measureAll(first, { ...measuring, done: 0 });
  const split = chooseBest(bySplit, preset);
  const others = batches
    .map(({ batchTokens }) => ({ ...split, batchTokens }))
    .filter(({ batchTokens }) => batchTokens !== split.batchTokens);
  const byBatch = await measureAll(others, { ...measuring, done: first.length * ROUNDS });
  const best = bySplit.filter((figures) => isSame(figures, split));
  return {
    choice: chooseBest([...best, ...byBatch], split),
    measured: [...bySplit, ...byBatch],
  };
}

/** Ways to share the cores out: from one worker a core to one worker with all of them, by halves. */
export function workerSplits(
  cores: number,
): readonly { readonly workers: number; readonly threadsPerWorker: number }[] {
  const splits = [];
  for (let threads = 1; threads <= cores; threads *= 2) {
    splits.push({ workers: Math.floor(cores / threads), threadsPerWorker: threads });
  }
  if (splits.at(-1)?.threadsPerWorker !== cores) {
    splits.push({ workers: 1, threadsPerWorker: cores });
  }
  return splits;
}

/** The one that answers most tokens, or the preset where none answers clearly more. */
export function chooseBest(measured: readonly TuneFigures[], preset: TuneChoice): TuneChoice {
  const own = measured.find((figures) => isSame(figures, preset));
  const best = measured.reduce<TuneFigures | undefined>(
    (most, figures) =>
      most === undefined || figures.tokensPerSecond > most.tokensPerSecond ? figures : most,
    undefined,
  );
  const isClear =
    best !== undefined && best.tokensPerSecond > GAIN_MIN * (own?.tokensPerSecond ?? 0);
  const { workers, threadsPerWorker, batchTokens } = isClear ? best : preset;
  return { workers, threadsPerWorker, batchTokens };
}

type Measuring = {
  readonly options: TuneOptions;
  readonly durationMs: number;
  readonly steps: number;
  /** Steps before these. */
  readonly done: number;
};

/** The best of the rounds counts: other work of the machine only ever slows down. */
async function measureAll(
  choices: readonly TuneChoice[],
  { options, durationMs, steps, done }: Measuring,
): Promise<readonly TuneFigures[]> {
  const best = new Map<TuneChoice, TuneFigures>();
  let step = done;
  for (let round = 0; round < ROUNDS; round++) {
    for (const choice of choices) {
      step += 1;
      options.progress(choice, step, steps);
      const figures = await measureOne(choice, { ...options, durationMs });
      const before = best.get(choice);
      if (before === undefined || figures.tokensPerSecond > before.tokensPerSecond) {
        best.set(choice, figures);
      }
    }
  }
  return [...best.values()];
}

async function measureOne(choice: TuneChoice, options: TuneOptions): Promise<TuneFigures> {
  const { open, tokenizer, tokensMax, durationMs, cores } = options;
  await using engine = await open(choice);
  const concurrencies = [Math.min(CLIENTS_MAX, CLIENTS_PER_CORE * cores)];
  const asking = { answer: engine.answer, tokenizer, tokensMax, durationMs, concurrencies };
  const [figures] = await measureThroughput(asking);
  const { textsPerSecond = 0, tokensPerSecond = 0, p50Ms = 0 } = figures ?? {};
  return { ...choice, textsPerSecond, tokensPerSecond, medianMs: p50Ms };
}

function distinct(choices: readonly TuneChoice[]): readonly TuneChoice[] {
  return choices.filter((choice, at) => choices.findIndex((one) => isSame(one, choice)) === at);
}

function isSame(one: TuneChoice, other: TuneChoice): boolean {
  return (
    one.workers === other.workers &&
    one.threadsPerWorker === other.threadsPerWorker &&
    one.batchTokens === other.batchTokens
  );
}
