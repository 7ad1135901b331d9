// The engine's side of one inference worker: start it, send it batches, and turn its end into errors of its requests.
import { assert, CodedError } from "../error/index.ts";
import type { PreparedNative, TokenSequence } from "../onnx/index.ts";
import { startProfile } from "../profile/index.ts";
import type { View } from "../task/index.ts";
import type { Matrix } from "../tensor/index.ts";
import { takeThread, workerUrl } from "../thread/index.ts";
import {
  type ArrangedMessage,
  type FromWorker,
  failureError,
  packSequences,
  type ResultMessage,
  type SessionChoice,
  type ToWorker,
} from "./worker-message.ts";

/** What a worker made of a batch. */
export type BatchResult = {
  /** One per sequence, in their order. */
  readonly matrices: readonly Matrix[];
  readonly inferenceMs: number;
};

type Pending = {
  readonly resolve: (message: ResultMessage | ArrangedMessage) => void;
  readonly reject: (error: CodedError) => void;
};

export class WorkerClient {
  /** Resolves once the session is open and warm; rejects with the coded reason. */
  readonly ready: Promise<PreparedNative>;
  /** Resolves, with the reason, once the worker answers no more. */
  readonly ended: Promise<CodedError>;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #settleReady: {
    resolve: (native: PreparedNative) => void;
    reject: (error: CodedError) => void;
  };
  #nextId = 0;
  #ended: CodedError | undefined;
  readonly #tellEnded: (reason: CodedError) => void;

  /** `url` is the worker's entry: our own, unless a test plants another. */
  constructor(url: string = workerUrl()) {
    const { promise, resolve, reject } = Promise.withResolvers<PreparedNative>();
    this.ready = promise;
    // Whoever awaits it hears of the failure; nobody awaiting it yet is no crash.
    promise.catch(() => {});
    this.#settleReady = { resolve, reject };
    const end = Promise.withResolvers<CodedError>();
    this.ended = end.promise;
    this.#tellEnded = end.resolve;
    this.#worker = takeThread(url);
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#receive(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#end(
        new CodedError("ENGINE_WORKER_FAILED", `Inference worker failed: ${event.message}`),
      );
    };
    this.#worker.addEventListener("close", () => {
      this.#end(new CodedError("ENGINE_WORKER_FAILED", "Inference worker ended unexpectedly"));
    });
  }

  /** Batches sent and not yet answered, and whatever else keeps it from answering. */
  get busy(): number {
    return this.#pending.size;
  }

  /** Without `native` the worker brings the native library into the process itself; `ready` tells where it is. */
  start(path: string, native: PreparedNative | undefined, session: SessionChoice): void {
    this.#post({ kind: "start", path, native, session });
  }

  /** Runs a batch; rejects with the coded reason. */
  run(sequences: readonly TokenSequence[], view: View): Promise<BatchResult> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<BatchResult>();
    this.#pending.set(id, { resolve: (message) => resolve(resultOf(message)), reject });
    this.#post({ kind: "run", id, view, ...packSequences(sequences) });
    return promise;
  }

  /**
   * Has the worker multiply with a copy of the weights in the order the processor likes, from now on; counts as a batch
   * while it does. Resolves also when there could be no copy; rejects with the coded reason when the worker ends.
   */
  arrange(): Promise<void> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#pending.set(id, { resolve: () => resolve(), reject });
    this.#post({ kind: "arrange", id });
    return promise;
  }

  /** Gives the worker up before it was started: `ready` and all requests reject. */
  abandon(reason: CodedError): void {
    this.#end(reason);
  }

  /** Ends the worker; call it only after `ready` has settled, as a worker that is loading cannot be ended safely. */
  close(reason: CodedError): void {
    this.#end(reason);
    this.#worker.terminate();
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case "prepared":
        break;
      case "ready":
        startProfile.join(message.marks);
        this.#settleReady.resolve(message.native);
        break;
      case "failed":
        this.#end(failureError(message.failure));
        break;
      case "arranged":
      case "result":
        this.#take(message.id).resolve(message);
        break;
      case "run-failed":
        this.#take(message.id).reject(failureError(message.failure));
        break;
    }
  }

  #take(id: number): Pending {
    const pending = this.#pending.get(id);
    assert(pending !== undefined, "a worker answers what it was asked");
    this.#pending.delete(id);
    return pending;
  }

  #end(reason: CodedError): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#tellEnded(reason);
    this.#settleReady.reject(reason);
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
  }
}

function resultOf(message: ResultMessage | ArrangedMessage): BatchResult {
  assert(message.kind === "result", "a batch is answered with its result");
  return { matrices: unpack(message), inferenceMs: message.inferenceMs };
}

function unpack({ data, rows, columns }: ResultMessage): Matrix[] {
  let end = 0;
  return Array.from(rows, (count) => {
    const start = end;
    end += count * columns;
    return { data: data.subarray(start, end), rows: count, columns };
  });
}
