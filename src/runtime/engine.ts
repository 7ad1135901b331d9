// What every transport sees of an opened, loaded model: inputs in, answers out.
import type { EncoderfileManifest, Model } from "../gen/manifest_pb.ts";
import type { Answer, TaskInput, View } from "../task/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";

export type EngineState = "loading" | "ready" | "failed" | "closed";

export type RunOptions = {
  readonly view?: View;
  /** Cut inputs that are too long (the default), or refuse them with `INPUT_TOO_LONG`. */
  readonly truncate?: boolean;
  readonly truncateSide?: "left" | "right";
  /** Inputs not yet given to a worker when this fires are dropped. */
  readonly signal?: AbortSignal;
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
  /** Ends the workers; requests in flight fail with `ENGINE_CLOSED`. */
  close(): Promise<void>;
}
