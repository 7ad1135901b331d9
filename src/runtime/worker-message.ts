// What passes between the engine and its worker. Both sides import this file and nothing else of each other.
import { CodedError, type ErrorCode, type ErrorDetail } from "../error/index.ts";
import type { PreparedNative } from "../onnx/index.ts";
import type { View } from "../task/index.ts";

/** First message to a worker: all it needs to open its session. */
export type StartMessage = {
  readonly kind: "start";
  readonly path: string;
  readonly native: PreparedNative;
  readonly intraOpThreads: number;
};

/** Sequences packed end to end, so that one message is three arrays however many inputs it carries. */
export type RunMessage = {
  readonly kind: "run";
  readonly id: number;
  readonly ids: Int32Array;
  readonly typeIds: Int32Array;
  /** Tokens of each sequence. */
  readonly lengths: Int32Array;
  readonly view: View;
};

export type ToWorker = StartMessage | RunMessage;

/** Why something failed, as plain data: errors lose their class on the way. */
export type Failure = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly detail: ErrorDetail;
};

export function failureError({ code, message, detail }: Failure): CodedError {
  return new CodedError(code, message, { detail });
}

export type ReadyMessage = { readonly kind: "ready" };
export type FailedMessage = { readonly kind: "failed"; readonly failure: Failure };
/** One matrix per sequence, packed end to end: matrix i has rows[i] x columns numbers. */
export type ResultMessage = {
  readonly kind: "result";
  readonly id: number;
  readonly data: Float32Array;
  readonly rows: Int32Array;
  readonly columns: number;
  readonly inferenceMs: number;
};
export type RunFailedMessage = {
  readonly kind: "run-failed";
  readonly id: number;
  readonly failure: Failure;
};

export type FromWorker = ReadyMessage | FailedMessage | ResultMessage | RunFailedMessage;
