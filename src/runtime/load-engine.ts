// Brings an opened file to life: starts its worker, loads its tokenizer meanwhile, and answers requests through a
// queue that groups inputs of similar length.
import { availableParallelism } from "node:os";
import { CodedError } from "../error/index.ts";
import type { OpenedFile } from "../format/index.ts";
import type { EncoderfileManifest, Model } from "../gen/manifest_pb.ts";
import { paddedLength, prepareNative, type TokenSequence } from "../onnx/index.ts";
import { type Answer, checkView, type TaskInput, type View } from "../task/index.ts";
import type { Matrix } from "../tensor/index.ts";
import { loadTokenizer, type Tokenizer } from "../tokenizer/index.ts";
import { batchLimits } from "./batch-limit.ts";
import { BatchQueue, type Queued } from "./batch-queue.ts";
import { checkDigests } from "./check-digests.ts";
import { type EncodedInput, InputEncoder } from "./encode-input.ts";
import type { Engine, EngineObserver, EngineState, EngineStats, RunOptions } from "./engine.ts";
import { QUEUED_INPUTS_MAX, TOKENIZE_SLICE_MS } from "./limit.ts";
import { modelOf, requiredAsset } from "./opened-model.ts";
import { WorkerClient } from "./worker-client.ts";

/** Batches a worker has at hand: the one it runs and the next, so that it never waits for this thread. */
const BATCHES_AHEAD_MAX = 2;

export type LoadOptions = {
  /** Sessions side by side; one per usable core when absent. */
  readonly workers?: number;
  /** Threads within one session; what the usable cores leave each worker when absent, at least 1. */
  readonly threadsPerWorker?: number;
  /** One worker with all cores: a lone request is answered sooner, many are answered more slowly. */
  readonly latency?: boolean;
  /** Runs every text alone, so that graphs whose answers depend on the batch give one answer per text. */
  readonly deterministic?: boolean;
};

/**
 * Starts loading and returns at once; `ready` tells how it went. `path` is the real path of the opened file.
 * Throws `ENGINE_UNSUPPORTED_MODEL` for files this project cannot run.
 */
export function loadEngine(opened: OpenedFile, path: string, options: LoadOptions = {}): Engine {
  return new LocalEngine(opened, path, options);
}

type Job = Queued & {
  readonly sequence: TokenSequence;
  readonly view: View;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (reduced: Matrix) => void;
  readonly reject: (error: unknown) => void;
};

class LocalEngine implements Engine {
  readonly manifest: EncoderfileManifest;
  readonly model: Model;
  readonly modelDigest: string;
  readonly ready: Promise<void>;
  readonly tokenizer: Promise<Tokenizer>;
  readonly #worker: WorkerClient;
  readonly #encoder: Promise<InputEncoder>;
  readonly #queue: BatchQueue<Job>;
  readonly #observers: EngineObserver[] = [];
  #state: EngineState = "loading";

  constructor(opened: OpenedFile, path: string, { deterministic = false }: LoadOptions) {
    this.manifest = opened.manifest;
    this.model = modelOf(opened);
    this.#queue = new BatchQueue(batchLimits(this.model, deterministic));
    this.modelDigest = opened.modelDigest;
    const tokenizerFile = requiredAsset(opened, "tokenizer");
    // The worker's thread starts while this one brings the native library into the process.
    this.#worker = new WorkerClient();
    // Probes must hear of a worker that dies later, too.
    void this.#worker.ended.then(() => this.#become("failed"));
    this.tokenizer = Promise.resolve().then(() => {
      this.#startWorker(path);
      return loadTokenizer(tokenizerFile.read(0, tokenizerFile.byteLength));
    });
    this.#encoder = this.tokenizer.then((tokenizer) => new InputEncoder(tokenizer, this.model));
    this.#encoder.catch(() => {});
    this.ready = this.#load(opened);
    this.ready.catch(() => {});
  }

  /** Without the native library the worker has nothing to start with, and must not be waited for. */
  #startWorker(path: string): void {
    try {
      this.#worker.start(path, prepareNative(), availableParallelism());
    } catch (thrown) {
      this.#worker.abandon(CodedError.from(thrown));
    }
  }

  /**
   * A file that is not what was built never becomes ready. That is also the first thing to tell when something else
   * failed as well: a damaged graph or tokenizer may not even parse.
   */
  async #load(opened: OpenedFile): Promise<void> {
    // After the tokenizer, as both take this thread.
    const check = () => checkDigests(opened);
    const intact = this.tokenizer.then(check, check);
    const steps = await Promise.allSettled([intact, this.#worker.ready, this.tokenizer]);
    const failed = steps.find((step) => step.status === "rejected");
    this.#become(failed === undefined ? "ready" : "failed");
    if (failed !== undefined) throw failed.reason;
  }

  get state(): EngineState {
    return this.#state;
  }

  async run(inputs: readonly TaskInput[], options: RunOptions = {}): Promise<readonly Answer[]> {
    const view = options.view ?? "default";
    checkView(this.model, view);
    if (inputs.length === 0) return [];
    await this.ready;
    const encoded = await this.#encode(inputs, options);
    options.signal?.throwIfAborted();
    if (this.#state !== "ready") throw closed();
    const sequences = encoded.flatMap((item) => item.sequences);
    const reduced = await this.#enqueue(sequences, view, options.signal);
    let end = 0;
    return encoded.map((item, index) => {
      const start = end;
      end += item.sequences.length;
      return {
        input: inputs[index]!,
        encoding: item.encoding,
        reduced: item.join(reduced.slice(start, end)),
      };
    });
  }

  observe(observer: EngineObserver): void {
    this.#observers.push(observer);
  }

  stats(): EngineStats {
    const workers = this.#state === "ready" ? 1 : 0;
    const busyWorkers = Math.min(workers, this.#worker.busy);
    return {
      queued: this.#queue.count,
      running: 0,
      workers,
      busyWorkers,
      restarts: 0,
      predictedWaitMs: 0,
    };
  }

  async close(): Promise<void> {
    if (this.#state === "closed") return;
    // A worker that is loading native code cannot be ended safely, even when the file was found damaged.
    await Promise.allSettled([this.ready, this.#worker.ready]);
    this.#become("closed");
    for (const job of this.#queue.remove(() => true)) job.reject(closed());
    this.#worker.close(closed());
  }

  #become(state: EngineState): void {
    if (this.#state !== "closed") this.#state = state;
  }

  /** Tokenises in slices, so that a request of thousands of texts does not hold up the others. */
  async #encode(
    inputs: readonly TaskInput[],
    options: RunOptions,
  ): Promise<readonly EncodedInput[]> {
    const encoder = await this.#encoder;
    const encoded: EncodedInput[] = [];
    let sequenceCount = 0;
    let sliceStartMs = performance.now();
    for (const [index, input] of inputs.entries()) {
      const item = encoder.encode(input, index, options);
      encoded.push(item);
      sequenceCount += item.sequences.length;
      // No queue takes them, so that no memory need hold them.
      if (sequenceCount > QUEUED_INPUTS_MAX) throw this.#queue.overloaded(sequenceCount);
      if (performance.now() - sliceStartMs < TOKENIZE_SLICE_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      options.signal?.throwIfAborted();
      sliceStartMs = performance.now();
    }
    return encoded;
  }

  #enqueue(
    sequences: readonly TokenSequence[],
    view: View,
    signal: AbortSignal | undefined,
  ): Promise<Matrix[]> {
    const jobs: Job[] = [];
    const results = sequences.map((sequence) => {
      const { promise, resolve, reject } = Promise.withResolvers<Matrix>();
      const length = paddedLength(sequence.ids.length, this.model);
      jobs.push({ length, group: view, sequence, view, signal, resolve, reject });
      return promise;
    });
    this.#queue.add(jobs);
    const drop = () => {
      for (const job of this.#queue.remove((job) => job.signal === signal)) {
        job.reject(signal?.reason);
      }
    };
    signal?.addEventListener("abort", drop, { once: true });
    this.#dispatch();
    return Promise.all(results).finally(() => signal?.removeEventListener("abort", drop));
  }

  #dispatch(): void {
    while (this.#worker.busy < BATCHES_AHEAD_MAX) {
      const batch = this.#queue.take();
      const [first] = batch;
      if (first === undefined) return;
      void this.#runBatch(batch, first.view);
    }
  }

  async #runBatch(batch: readonly Job[], view: View): Promise<void> {
    try {
      const sequences = batch.map((job) => job.sequence);
      const matrices = await this.#worker.run(sequences, view);
      for (const [index, job] of batch.entries()) job.resolve(matrices[index]!);
    } catch (thrown) {
      for (const job of batch) job.reject(thrown);
    }
    this.#dispatch();
  }
}

function closed(): CodedError {
  return new CodedError(
    "ENGINE_CLOSED",
    "Cannot answer as this server is shutting down: try another",
  );
}
