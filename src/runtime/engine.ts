// What every transport sees of an opened, loaded model: inputs in, answers out.
import type { EncoderfileManifest, Model } from "../gen/manifest_pb.ts";
import type { Answer, TaskInput, View } from "../task/index.ts";
import type { Tokenizer, TruncationStrategy } from "../tokenizer/index.ts";

export type EngineState = "loading" | "ready" | "failed" | "closed";

/** What one run cost, filled by the engine while it works: texts of a request are summed, waits are the longest. */
export type RunMeter = {
  tokenizeMs: number;
  queueMs: number;
  inferenceMs: number;
  tokens: number;
  characters: number;
};

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
  /** Tokens that two windows share, at most three quarters of one; what the model says when absent. */
  readonly windowOverlap?: number;
  /** Inputs not yet given to a worker when this fires are dropped. */
  readonly signal?: AbortSignal;
  readonly meter?: RunMeter;
  /** performance.now() time after which the work must not begin. */
  readonly deadlineMs?: number;
};

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
  /** Tells this observer, too, from now on. */
  observe(observer: EngineObserver): void;
  stats(): EngineStats;
  /** Ends the workers; requests in flight fail with `ENGINE_CLOSED`. */
  close(): Promise<void>;
}
