// What passes between the engine and its worker. Both sides import this file and nothing else of each other.
import { CodedError, type ErrorCode, type ErrorDetail } from "../error/index.ts";
import type { PreparedNative, SessionOptions, TokenSequence } from "../onnx/index.ts";
import type { StartMark } from "../profile/index.ts";
import type { View } from "../task/index.ts";
import type { PREPARE } from "../thread/index.ts";

/** First message to a worker: all it needs to open its session. */
export type StartMessage = {
  readonly kind: "start";
  readonly path: string;
  /** Undefined for the first worker, which brings the library into the process. */
  readonly native: PreparedNative | undefined;
  readonly session: SessionChoice;
};

/** How the session of a worker is to be; the fields are those of `SessionOptions`. */
export type SessionChoice = Pick<SessionOptions, "intraOpThreads" | "sharesWeights">;

/** Sequences packed end to end, so that a message is a few arrays however many inputs it carries. */
export type PackedSequences = {
  readonly ids: Int32Array;
  readonly typeIds: Int32Array;
  /** Tokens of each sequence. */
  readonly lengths: Int32Array;
  /** How many of the first tokens of each sequence pooling leaves out; absent when it is none of any. */
  readonly skips?: Int32Array;
};

export type RunMessage = PackedSequences & {
  readonly kind: "run";
  readonly id: number;
  readonly view: View;
};

/** Before anything else, and maybe never followed by it: loads the inference library. */
export type PrepareMessage = typeof PREPARE;

/** Has the worker copy the weights its session shares into the order the processor likes. */
export type ArrangeMessage = { readonly kind: "arrange"; readonly id: number };

export type ToWorker = PrepareMessage | StartMessage | ArrangeMessage | RunMessage;

export function packSequences(sequences: readonly TokenSequence[]): PackedSequences {
  const skips = Int32Array.from(sequences, ({ skipped = 0 }) => skipped);
  return {
    ids: join(sequences.map(({ ids }) => ids)),
    typeIds: join(sequences.map(({ typeIds }) => typeIds)),
    lengths: Int32Array.from(sequences, ({ ids }) => ids.length),
    ...(skips.some((count) => count > 0) ? { skips } : {}),
  };
}

export function unpackSequences(packed: PackedSequences): readonly TokenSequence[] {
  const { ids, typeIds, lengths, skips } = packed;
  let end = 0;
  return Array.from(lengths, (length, index) => {
    const start = end;
    end += length;
    return {
      ids: ids.subarray(start, end),
      typeIds: typeIds.subarray(start, end),
      skipped: skips?.[index] ?? 0,
    };
  });
}

function join(arrays: readonly Int32Array[]): Int32Array {
  const joined = new Int32Array(arrays.reduce((length, array) => length + array.length, 0));
  let offset = 0;
  for (const array of arrays) {
    joined.set(array, offset);
    offset += array.length;
  }
  return joined;
}

/** Why something failed, as plain data: errors lose their class on the way. */
export type Failure = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly detail: ErrorDetail;
};

export function failureOf(thrown: unknown): Failure {
  const { code, message, detail } = CodedError.from(thrown);
  return { code, message, detail };
}

export function failureError({ code, message, detail }: Failure): CodedError {
  return new CodedError(code, message, { detail });
}

export type ReadyMessage = {
  readonly kind: "ready";
  readonly native: PreparedNative;
  readonly marks: readonly StartMark[];
};
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

/** The inference library is loaded, or cannot be: that is told when it is needed. */
export type PreparedMessage = { readonly kind: "prepared" };

/** The copy is made, or could not be, and the worker goes on without. */
export type ArrangedMessage = { readonly kind: "arranged"; readonly id: number };

export type FromWorker =
  | ArrangedMessage
  | PreparedMessage
  | ReadyMessage
  | FailedMessage
  | ResultMessage
  | RunFailedMessage;
