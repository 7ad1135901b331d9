// How much memory a server of a model will take, before it runs: from its weights, its widths and what is planned.
// The constants were measured with models of known size on Linux x64; other systems differ by some megabytes.
import type { MemoryMode } from "../runtime/index.ts";
import type { WeightFacts } from "./weight-facts.ts";

export type MemoryQuestion = {
  readonly weights: WeightFacts;
  readonly tokenizerBytes: number;
  readonly workers: number;
  /** Tokens of a batch, padding included. */
  readonly batchTokens: number;
  /** Tokens of the longest input, which runs whatever the batch may hold. */
  readonly longestTokens: number;
  /** Numbers the graph puts out for each token; 0 where it puts out a row per text. */
  readonly outputWidth: number;
  /** "fast" when absent. */
  readonly memory?: MemoryMode | undefined;
};

/**
 * Memory in bytes. What lies in files is there once, however many workers use it; what systems call the resident size
 * of a process counts weights that are shared once for each worker.
 */
export type Resident = {
  readonly anonymousBytes: number;
  readonly fileBytes: number;
  readonly totalBytes: number;
};

export type MemoryPrediction = {
  /** Once all workers answer. */
  readonly idle: Resident;
  /** While all workers run the largest batches. */
  readonly busy: Resident;
  /**
   * Anonymous memory of each worker: `threadBytes` always, `packedBytes` always or once it has work, `activationBytes`
   * while it works.
   */
  readonly worker: {
    readonly packedBytes: number;
    readonly threadBytes: number;
    readonly activationBytes: number;
  };
  /** Weights that are read where they lie in the file: the kernel keeps of them what there is room for. */
  readonly mappedBytes: number;
};

const MEGABYTE = 1e6;

/** The main thread with its server and its heap, without a tokenizer. */
const MAIN_BYTES = 24 * MEGABYTE;
/** What the heap of the main thread grows by when it has work. */
const MAIN_BUSY_BYTES = 28 * MEGABYTE;
/** A thread with a heap of its own and an empty session. */
const THREAD_BYTES = 9 * MEGABYTE;
/** What its heap grows by when it has work. */
const THREAD_BUSY_BYTES = 3 * MEGABYTE;
/** Of the executable (68) and of the inference library (21), what is used of their code. */
const CODE_BYTES = 90 * MEGABYTE;
/** A vocabulary as tables, for each byte of its file. */
const TOKENIZER_RATIO = 6;

/**
 * Of what a batch took, the C library keeps so much beside what the next one takes, in holes that do not fit, up to
 * what it is told to keep.
 */
const KEPT_RATIO = 0.7;
const KEPT_BYTES_MAX = 32 * 2 ** 20;

const FLOAT_BYTES = 4;
/** Rows of the hidden width that live at once: the residual, queries, keys, values, their context, and sums of them. */
const HIDDEN_ROWS = 8;
/** Rows of the inner width that live at once: before and after the activation. */
const INNER_ROWS = 2;
/** Tables of attention that live at once: scores, and what becomes of them. */
const ATTENTION_TABLES = 2;
/** Numbers of a token that a head of attention reads: 32 in the small models people use, 64 in all others. */
const SMALL_HIDDEN_MAX = 384;
const SMALL_HEAD_WIDTH = 32;
const HEAD_WIDTH = 64;

export function predictMemory(question: MemoryQuestion): MemoryPrediction {
  const { weights, tokenizerBytes, workers, memory = "fast" } = question;
  const activationBytes = activationsOf(question);
  const shareable = weights.packedBytes - weights.foldedBytes;
  const [sharedIdle, sharedBusy] = [
    memory === "fast" ? 0 : shareable,
    memory === "low" ? shareable : 0,
  ];
  const copied = weights.packedBytes + weights.inlineBytes;
  const baseBytes = MAIN_BYTES + TOKENIZER_RATIO * tokenizerBytes + workers * THREAD_BYTES;
  const idleBytes = baseBytes + workers * (copied - sharedIdle);
  const busyBytes =
    baseBytes +
    MAIN_BUSY_BYTES +
    workers * (copied - sharedBusy + THREAD_BUSY_BYTES + activationBytes);
  return {
    idle: resident(idleBytes, sharedIdle),
    busy: resident(busyBytes, sharedBusy),
    worker: { packedBytes: copied - sharedBusy, threadBytes: THREAD_BYTES, activationBytes },
    mappedBytes: weights.mappedBytes,
  };
}

/** Shared weights are read by every run, so that they stay in memory as code does. */
function resident(anonymousBytes: number, sharedBytes: number): Resident {
  const fileBytes = CODE_BYTES + sharedBytes;
  return { anonymousBytes, fileBytes, totalBytes: anonymousBytes + fileBytes };
}

/** For the largest batch: attention grows with the square of the length, all else with the tokens. */
function activationsOf({ weights, ...question }: MemoryQuestion): number {
  const { batchTokens, longestTokens, outputWidth } = question;
  const { hidden, inner } = weights;
  const tokens = Math.max(batchTokens, longestTokens);
  const length = longestTokens === 0 ? tokens : longestTokens;
  const rows = Math.max(1, Math.floor(tokens / length));
  const heads = Math.ceil(hidden / (hidden <= SMALL_HIDDEN_MAX ? SMALL_HEAD_WIDTH : HEAD_WIDTH));
  const numbers =
    tokens * (HIDDEN_ROWS * hidden + INNER_ROWS * inner + outputWidth) +
    ATTENTION_TABLES * rows * heads * length ** 2;
  const bytes = numbers * FLOAT_BYTES;
  return bytes + Math.min(KEPT_BYTES_MAX, Math.round(KEPT_RATIO * bytes));
}

export type Fit = "yes" | "tight" | "no";

/** Near the limit the kernel throws out code that is needed again at once. */
const ROOM = 0.9;

/** Whether the server will live within so many bytes: anonymous memory cannot be given back, code can, at a price. */
export function fitWithin({ busy }: MemoryPrediction, limitBytes: number): Fit {
  if (busy.anonymousBytes > limitBytes * ROOM) return "no";
  return busy.totalBytes > limitBytes * ROOM ? "tight" : "yes";
}

/** How long a start takes where the file is in the page cache, in words: figures would say more than is known. */
export function startClass({ weightBytes, packedBytes }: WeightFacts): string {
  // Each byte is hashed, each packed one also copied; the rest is the program itself.
  const estimateMs = 150 + (weightBytes / MEGABYTE) * 0.6 + (packedBytes / MEGABYTE) * 0.8;
  const found = START_CLASSES.find(([beyondMs]) => estimateMs < beyondMs);
  return found?.[1] ?? "many seconds";
}

const START_CLASSES: readonly (readonly [beyondMs: number, words: string])[] = [
  [400, "well under a second"],
  [1200, "about a second"],
  [6000, "a few seconds"],
];
