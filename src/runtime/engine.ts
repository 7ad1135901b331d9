// What every transport sees of an opened, loaded model: inputs in, answers out.
import type { EncoderfileManifest, Model } from "../gen/manifest_pb.ts";
import type { Answer, TaskInput, View } from "../task/index.ts";
import type { Encoding, Tokenizer, TruncationStrategy } from "../tokenizer/index.ts";

export type EngineState = "loading" | "ready" | "failed" | "closed";

export type RunOptions = {
  readonly view?: View;
  /**
   * Cut inputs that are too long, or refuse them with `ENGINE_INPUT_TOO_LONG`. When absent they are cut, but token
   * classifiers read them in overlapping windows.
   */
  readonly truncate?: boolean;
  readonly truncateSide?: "left" | "right";
  /** Which text of a pair is cut; what the model says when absent. */
  readonly truncateStrategy?: TruncationStrategy;
  /** Tokens of the second text of a pair that count; what follows is cut before anything else. */
  readonly pairTokensMax?: number;
  /** Tokens that two windows share, at most three quarters of one; what the model says when absent. */
  readonly windowOverlap?: number;
  /**
   * Told, after each input, of how many inputs are tokens by now, how many those are, and how many the longest has.
   * What it throws ends the run before the model works for it.
   */
  readonly checkTokens?: (count: {
    readonly inputs: number;
    readonly tokens: number;
    readonly longest: number;
  }) => void;
  /**
   * Told, as the model answers, of how many sequences it has answered and how many numbers are held of these. What it
   * throws ends the run.
   */
  readonly checkNumbers?: (count: { readonly inputs: number; readonly numbers: number }) => void;
  /** How many inputs stand for one of the caller's, which a refusal names; 1 when absent. */
  readonly inputsPerItem?: number;
  /** When this fires, the request's inputs that no worker has yet are dropped, and the run rejects with its reason. */
  readonly signal?: AbortSignal;
  /**
   * Time, on the clock of `performance.now()`, after which the request is not begun any more; the run then rejects
   * with `ENGINE_DEADLINE_EXCEEDED`. A request of which a worker has an input by then is answered.
   */
  readonly deadlineMs?: number;
  /** Filled while the request is worked on, also when it fails in the end. */
  readonly meter?: RunMeter;
};

/** What a request cost. Zeros at first (`createMeter`); a meter serves one request, which may run several times. */
export type RunMeter = {
  /** Spent on turning its texts into tokens; the sum. */
  tokenizeMs: number;
  /** The longest any of its inputs waited for a worker. */
  queueMs: number;
  /** The longest any of its inputs took in a worker, its batch included. */
  inferenceMs: number;
  /** Tokens the graph read, special tokens included, padding not; the sum over inputs and windows. */
  tokens: number;
  /** UTF-16 units of the texts, pairs and prompts included; the sum. */
  characters: number;
};

/** One run of a worker. */
export type BatchReport = {
  readonly inputs: number;
  /** Without padding. */
  readonly tokens: number;
  /** What the graph computed on: inputs times the padded length. */
  readonly paddedTokens: number;
  readonly inferenceMs: number;
  /** How long each of its inputs had waited. */
  readonly waitsMs: readonly number[];
};

/** Why a request was not worked on: no room, no hope of being in time, too late, nobody there any more, a crash. */
export type RejectReason = "queue_full" | "predicted_late" | "deadline" | "gone" | "worker_failed";

/** Told of what the engine does, as it happens. Its methods must be cheap and must not throw. */
export type EngineObserver = {
  readonly batch: (report: BatchReport) => void;
  /** So many inputs of one request were cut. */
  readonly truncated: (count: number) => void;
  /** One request was given up. */
  readonly rejected: (reason: RejectReason) => void;
  /** A worker died and another takes its place. */
  readonly workerRestarted: () => void;
};

/** The engine at this moment. */
export type EngineStats = {
  /** Inputs that wait for a worker. */
  readonly queued: number;
  /** Inputs given to a worker and not yet answered. */
  readonly running: number;
  /** Workers that answer. */
  readonly workers: number;
  readonly busyWorkers: number;
  /** Workers replaced since the engine was loaded. */
  readonly restarts: number;
  /** How long an input that came now would wait, as far as can be told; 0 before anything was measured. */
  readonly predictedWaitMs: number;
};

export type TokenizeOptions = {
  /** Whether the special tokens are put around the text; they are by default. */
  readonly addSpecialTokens?: boolean;
  /** When this fires, nobody waits for the tokens any more: the promise rejects with its reason. */
  readonly signal?: AbortSignal;
  /** As that of a run; the promise rejects with `ENGINE_DEADLINE_EXCEEDED`. */
  readonly deadlineMs?: number;
};

/** A meter that has measured nothing. */
export function createMeter(): RunMeter {
  return { tokenizeMs: 0, queueMs: 0, inferenceMs: 0, tokens: 0, characters: 0 };
}

/** One encoderfile, ready to answer. Created by `loadEngine`; the only way in for transports. */
export interface Engine {
  readonly manifest: EncoderfileManifest;
  readonly model: Model;
  /** sha256 of the manifest, hex: the identity of the file. */
  readonly modelDigest: string;
  readonly state: EngineState;
  /** Resolves when the first request can be answered; rejects with the coded reason when that will never be. */
  readonly ready: Promise<void>;
  /** Settles once the tokenizer is loaded; needed to decode token texts. */
  readonly tokenizer: Promise<Tokenizer>;
  /** Answers in the order of the inputs. */
  run(inputs: readonly TaskInput[], options?: RunOptions): Promise<readonly Answer[]>;
  /** The tokens of a text as it is: without a prompt, uncut, and without running the model. */
  tokenize(text: string, options?: TokenizeOptions): Promise<Encoding>;
  /** Tells this observer, too, from now on. */
  observe(observer: EngineObserver): void;
  stats(): EngineStats;
  /** Ends the workers; requests in flight fail with `ENGINE_CLOSED`. */
  close(): Promise<void>;
}
