// What a model does on this machine: latency by length, throughput by clients. It asks whatever answers, engine or
// server, and prints nothing.
import type { Tokenizer } from "../tokenizer/index.ts";
import { askAll, figure, quantile } from "./ask.ts";
import { mixedTexts, textsOfTokens } from "./workload.ts";

/** Has a text answered. */
export type Answerer = (text: string) => Promise<void>;

export type LatencyFigures = {
  /** Of each text, special tokens included; the median. */
  readonly tokens: number;
  readonly samples: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
};

export type ThroughputFigures = {
  /** Clients that each ask one text after another. */
  readonly concurrency: number;
  readonly texts: number;
  readonly textsPerSecond: number;
  readonly tokensPerSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
};

export type BenchOptions = {
  readonly answer: Answerer;
  readonly tokenizer: Tokenizer;
  /** Tokens a text may have; longer ones are cut. */
  readonly tokensMax: number;
  /** For all measurements of the function together. */
  readonly durationMs: number;
};

/** Lengths in tokens that are measured, and the longest the model takes. */
const LENGTHS = [16, 64, 256];
/** Where nothing limits the length. */
const LENGTH_MAX = 512;
const TEXTS_PER_LENGTH = 16;
/** Fewer would make no median. */
const SAMPLES_MIN = 5;

/** One client, one text at a time. */
export async function measureLatency(options: BenchOptions): Promise<readonly LatencyFigures[]> {
  const { answer, tokenizer, tokensMax, durationMs } = options;
  const lengths = benchLengths(tokensMax);
  const figures: LatencyFigures[] = [];
  for (const length of lengths) {
    const texts = textsOfTokens(length, TEXTS_PER_LENGTH, tokenizer);
    const counts = texts.map((text) => countTokens(text, options));
    const ask = (at: number) => answer(texts[at] ?? "");
    // The first run of a length is slower.
    await ask(0);
    const { latenciesMs } = await askAll(ask, {
      texts: texts.length,
      concurrency: 1,
      durationMs: durationMs / lengths.length,
      answersMin: SAMPLES_MIN,
    });
    const samples = latenciesMs.length;
    figures.push({ tokens: quantile(counts, 0.5), samples, ...percentiles(latenciesMs) });
  }
  return figures;
}

/** Those of `LENGTHS` below the longest, and the longest. */
export function benchLengths(tokensMax: number): readonly number[] {
  const longest = tokensMax > 0 ? tokensMax : LENGTH_MAX;
  return [...LENGTHS.filter((length) => length < longest), longest];
}

/** Texts of mixed lengths, for each count of clients. */
export async function measureThroughput(
  options: BenchOptions & { readonly concurrencies: readonly number[] },
): Promise<readonly ThroughputFigures[]> {
  const { answer, concurrencies, durationMs } = options;
  const texts = mixedTexts();
  const counts = texts.map((text) => countTokens(text, options));
  const ask = (at: number) => answer(texts[at] ?? "");
  const figures: ThroughputFigures[] = [];
  for (const concurrency of concurrencies) {
    const asking = { texts: texts.length, concurrency };
    // Workers that are not there yet come when there is work for them.
    await askAll(ask, { ...asking, durationMs: 0 });
    const asked = await askAll(ask, { ...asking, durationMs: durationMs / concurrencies.length });
    const { answered, elapsedMs, latenciesMs } = asked;
    const tokens = answered.reduce((sum, at) => sum + (counts[at] ?? 0), 0);
    figures.push({
      concurrency,
      texts: answered.length,
      textsPerSecond: figure((answered.length / elapsedMs) * 1000),
      tokensPerSecond: figure((tokens / elapsedMs) * 1000),
      ...percentiles(latenciesMs),
    });
  }
  return figures;
}

function countTokens(text: string, { tokenizer, tokensMax }: BenchOptions): number {
  const { length } = tokenizer.encode(text).ids;
  return tokensMax > 0 ? Math.min(tokensMax, length) : length;
}

function percentiles(latenciesMs: readonly number[]) {
  const at = (share: number) => figure(quantile(latenciesMs, share));
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}
