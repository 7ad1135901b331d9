// Brings an opened file to life: starts its workers, loads its tokenizer meanwhile, and answers requests: tokenised
// here, run by the workers as the scheduler says.
import { assert, CodedError } from "../error/index.ts";
import type { OpenedFile } from "../format/index.ts";
import type { EncoderfileManifest, Model } from "../gen/manifest_pb.ts";
import type { PreparedNative } from "../onnx/index.ts";
import { startProfile } from "../profile/index.ts";
import { type Answer, checkView, type TaskInput } from "../task/index.ts";
import { disableTelemetry } from "../telemetry/index.ts";
import type { Matrix } from "../tensor/index.ts";
import { type Encoding, loadTokenizer, type Tokenizer } from "../tokenizer/index.ts";
import { batchLimits } from "./batch-limit.ts";
import { checkDigests } from "./check-digests.ts";
import { type EncodedInput, InputEncoder, joinMatrices } from "./encode-input.ts";
import type {
  Engine,
  EngineObserver,
  EngineState,
  EngineStats,
  RunMeter,
  RunOptions,
  TokenizeOptions,
} from "./engine.ts";
import { ARRANGE_AFTER_BATCHES, TOKENIZE_SLICE_MS } from "./limit.ts";
import { type MemoryMode, memoryModeOf } from "./memory-mode.ts";
import { modelOf, requiredAsset } from "./opened-model.ts";
import { isPacked, unpackRow } from "./packed-row.ts";
import { Scheduler } from "./scheduler.ts";
import { isLongInput, TokenizerThread } from "./tokenizer-thread.ts";
import { WorkerClient } from "./worker-client.ts";
import type { SessionChoice } from "./worker-message.ts";
import { planWorkers, type WorkerChoice } from "./worker-plan.ts";
import { WorkerPool } from "./worker-pool.ts";

export type LoadOptions = WorkerChoice & {
  /** Runs every text alone, so that graphs whose answers depend on the batch give one answer per text. */
  readonly deterministic?: boolean;
  /** Tokens of a batch, padding included; what suits most machines when absent. */
  readonly batchTokens?: number;
  /** "fast" when absent. */
  readonly memory?: MemoryMode;
  /** Inputs that may wait for a worker. */
  readonly queuedInputsMax?: number;
  /** Whether every asset is compared with its digest before the engine is ready; the manifest always is. */
  readonly verify?: boolean;
  /** The entry of the workers: our own, unless a test plants another. */
  readonly workerEntry?: string;
};

/**
 * Starts loading and returns at once; `ready` tells how it went. `path` is the real path of the opened file.
 * Throws `ENGINE_UNSUPPORTED_MODEL` for files this project cannot run.
 */
export function loadEngine(opened: OpenedFile, path: string, options: LoadOptions = {}): Engine {
  return new LocalEngine(opened, path, options);
}

class LocalEngine implements Engine {
  readonly manifest: EncoderfileManifest;
  readonly model: Model;
  readonly modelDigest: string;
  readonly ready: Promise<void>;
  readonly tokenizer: Promise<Tokenizer>;
  readonly #pool: WorkerPool;
  readonly #scheduler: Scheduler;
  readonly #thread: TokenizerThread;
  readonly #encoder: Promise<InputEncoder>;
  readonly #observers: EngineObserver[] = [];
  #native: PreparedNative | undefined;
  #state: EngineState = "loading";
  #failure: CodedError | undefined;

  constructor(opened: OpenedFile, path: string, options: LoadOptions) {
    const { deterministic = false, workerEntry } = options;
    const memory = memoryModeOf(options);
    const sharesWeights = memory !== "fast";
    this.manifest = opened.manifest;
    this.model = modelOf(opened);
    this.modelDigest = opened.modelDigest;
    const tokenizerFile = requiredAsset(opened, "tokenizer");
    const { workers, threads } = planWorkers(options);
    this.#pool = new WorkerPool(
      {
        count: workers,
        open: () => new WorkerClient(workerEntry),
        start: (worker) =>
          this.#startWorker(worker, path, { intraOpThreads: threads, sharesWeights }),
        arrangeAfter: memory === "balanced" ? ARRANGE_AFTER_BATCHES : undefined,
      },
      {
        ready: () => this.#scheduler.dispatch(),
        restarted: () => {
          for (const observer of this.#observers) observer.workerRestarted();
        },
        failed: (reason) => this.#fail(reason),
      },
    );
    this.#scheduler = new Scheduler(this.#pool, {
      model: this.model,
      limits: {
        ...batchLimits(this.model, { deterministic, threads, tokens: options.batchTokens }),
        queued: options.queuedInputsMax,
      },
      observers: this.#observers,
    });
    this.#thread = new TokenizerThread(path);
    this.tokenizer = Promise.resolve().then(() => {
      this.#pool.start();
      const tokenizer = loadTokenizer(tokenizerFile.read(0, tokenizerFile.byteLength));
      startProfile.mark("tokenizer loaded");
      return tokenizer;
    });
    this.#encoder = this.tokenizer.then((tokenizer) => new InputEncoder(tokenizer, this.model));
    this.#encoder.catch(() => {});
    this.ready = this.#load(opened, options.verify ?? true);
    this.ready.catch(() => {});
  }

  /** The first worker brings the native library into the process; those after it find it there. */
  #startWorker(worker: WorkerClient, path: string, session: SessionChoice): void {
    try {
      // Here, as the environment is the whole process's and this thread the one that reads it.
      if (this.#native === undefined) disableTelemetry();
      worker.start(path, this.#native, session);
      worker.ready.then(
        (native) => {
          this.#native = native;
        },
        () => {},
      );
    } catch (thrown) {
      worker.abandon(CodedError.from(thrown));
    }
  }

  /**
   * A file that is not what was built never becomes ready. That is also the first thing to tell when something else
   * failed as well: a damaged graph or tokenizer may not even parse.
   */
  async #load(opened: OpenedFile, verify: boolean): Promise<void> {
    // After the tokenizer, as both take this thread.
    const check = async () => {
      if (verify) await checkDigests(opened);
      startProfile.mark("digests compared");
    };
    const intact = this.tokenizer.then(check, check);
    const steps = await Promise.allSettled([intact, this.#pool.ready, this.tokenizer]);
    const failed = steps.find((step) => step.status === "rejected");
    this.#become(failed === undefined ? "ready" : "failed");
    if (failed !== undefined) throw failed.reason;
  }

  get state(): EngineState {
    // Until a dead worker is replaced there may be none that answers.
    return this.#state === "ready" && this.#pool.count === 0 ? "loading" : this.#state;
  }

  async run(inputs: readonly TaskInput[], options: RunOptions = {}): Promise<readonly Answer[]> {
    const { signal, deadlineMs, meter, checkNumbers, view = "default" } = options;
    checkView(this.model, view);
    if (inputs.length === 0) return [];
    await this.ready;
    // The cheap refusals first.
    this.#scheduler.checkWanted(options);
    this.#scheduler.checkRoom(inputs.length);
    const encoded = await this.#encode(inputs, options);
    if (this.#state !== "ready") throw this.#closed();
    const sequences = encoded.flatMap((item) => item.sequences);
    const reduced = await this.#scheduler.run(sequences, {
      ...{ view, signal, deadlineMs, meter, checkNumbers },
    });
    const truncated = encoded.filter(({ encoding }) => encoding.truncated).length;
    if (truncated > 0) for (const observer of this.#observers) observer.truncated(truncated);
    return await this.#join(inputs, encoded, reduced);
  }

  async tokenize(text: string, options: TokenizeOptions = {}): Promise<Encoding> {
    const { addSpecialTokens = true } = options;
    const tokenizer = await this.tokenizer;
    this.#scheduler.checkWanted(options);
    if (!isLongInput({ text })) return tokenizer.encode(text, { addSpecialTokens });
    // The thread would come back to life.
    if (this.#state === "closed") throw this.#closed();
    const made = await this.#thread.tokenize(text, addSpecialTokens, options);
    this.#scheduler.checkWanted(options);
    assert(made !== undefined, "only what nobody waits for is not made");
    return made.encoded.encoding;
  }

  observe(observer: EngineObserver): void {
    this.#observers.push(observer);
  }

  stats(): EngineStats {
    return this.#scheduler.stats;
  }

  async close(): Promise<void> {
    if (this.#state === "closed") return;
    await this.ready.catch(() => {});
    this.#become("closed");
    this.#scheduler.failAll(closed());
    this.#thread.close(closed());
    await this.#pool.close(closed());
  }

  #become(state: EngineState): void {
    if (this.#state !== "closed") this.#state = state;
  }

  /** Probes must hear of it, and nobody may wait for an answer that will not come. */
  #fail(reason: CodedError): void {
    this.#become("failed");
    this.#failure = reason;
    this.#scheduler.failAll(reason);
  }

  #closed(): CodedError {
    return this.#state === "failed" && this.#failure !== undefined ? this.#failure : closed();
  }

  /**
   * Tokenises in slices, so that a request of thousands of texts does not hold up the others; long texts on a thread of
   * their own, as nothing can be done between the tokens of a text.
   */
  async #encode(
    inputs: readonly TaskInput[],
    options: RunOptions,
  ): Promise<readonly EncodedInput[]> {
    const { meter } = options;
    const encoder = await this.#encoder;
    const encoded: EncodedInput[] = [];
    let sequenceCount = 0;
    let tokens = 0;
    let longest = 0;
    let sliceStartMs = performance.now();
    for (const [index, input] of inputs.entries()) {
      if (meter !== undefined) meter.characters += charactersOf(input);
      const isLong = isLongInput(input);
      const item = isLong
        ? await this.#encodeLong(input, index, options)
        : measured(meter, () => encoder.encode(input, index, options));
      encoded.push(item);
      sequenceCount += item.sequences.length;
      const { length } = item.encoding.ids;
      tokens += length;
      longest = Math.max(longest, length);
      options.checkTokens?.({ inputs: encoded.length, tokens, longest });
      // No queue takes them, so that no memory need hold them.
      this.#scheduler.checkRoom(sequenceCount);
      if (isLong || performance.now() - sliceStartMs < TOKENIZE_SLICE_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      this.#scheduler.checkWanted(options);
      sliceStartMs = performance.now();
    }
    return encoded;
  }

  /** In slices, as the windows of long texts are copied together. */
  async #join(
    inputs: readonly TaskInput[],
    encoded: readonly EncodedInput[],
    reduced: readonly Matrix[],
  ): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    let end = 0;
    let sliceStartMs = performance.now();
    for (const [index, item] of encoded.entries()) {
      const start = end;
      end += item.sequences.length;
      const matrix = joinMatrices(item, reduced.slice(start, end));
      answers.push(answerOf(inputs[index]!, item.encoding, { matrix, model: this.model }));
      if (performance.now() - sliceStartMs < TOKENIZE_SLICE_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      sliceStartMs = performance.now();
    }
    return answers;
  }

  async #encodeLong(input: TaskInput, index: number, options: RunOptions): Promise<EncodedInput> {
    const made = await this.#thread.encode(input, index, options);
    this.#scheduler.checkWanted(options);
    assert(made !== undefined, "only what nobody waits for is not made");
    if (options.meter !== undefined) options.meter.tokenizeMs += made.tokenizeMs;
    return made.encoded;
  }
}

function measured(meter: RunMeter | undefined, encode: () => EncodedInput): EncodedInput {
  const startedMs = performance.now();
  const item = encode();
  if (meter !== undefined) meter.tokenizeMs += performance.now() - startedMs;
  return item;
}

function charactersOf({ text, pair = "", prompt = "" }: TaskInput): number {
  return text.length + pair.length + prompt.length;
}

/** What travelled packed stays so until it is looked at. */
function answerOf(
  input: TaskInput,
  encoding: Encoding,
  { matrix, model }: { readonly matrix: Matrix; readonly model: Model },
): Answer {
  if (!isPacked(model)) return { input, encoding, reduced: matrix };
  return {
    input,
    encoding,
    get reduced() {
      return unpackRow(matrix, model.width);
    },
  };
}

function closed(): CodedError {
  return new CodedError(
    "ENGINE_CLOSED",
    "Cannot answer as this server is shutting down: try another",
  );
}
