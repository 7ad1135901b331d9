// An engine without a model, for tests of transports: tokens are words, vectors say how long the words are. It can be
// held, failed and closed at will. Answers of real models are tested on compiled executables.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { CodedError } from "../../src/error/index.ts";
import {
  EncoderfileManifestSchema,
  type EntailmentSchema,
  ModelSchema,
  Pooling,
} from "../../src/gen/manifest_pb.ts";
import type {
  Engine,
  EngineObserver,
  EngineState,
  EngineStats,
  RunOptions,
  TokenizeOptions,
} from "../../src/runtime/index.ts";
import { type Answer, type TaskId, type TaskInput, taskNumber } from "../../src/task/index.ts";
import type { Encoding, Tokenizer } from "../../src/tokenizer/index.ts";

const WIDTH = 3;
const MAX_LENGTH = 16;

export class WordEngine implements Engine {
  readonly model;
  readonly manifest;
  readonly modelDigest = "ab".repeat(32);
  readonly ready: Promise<void>;
  readonly tokenizer: Promise<Tokenizer>;
  /** Signals of the runs begun so far. */
  readonly signals: (AbortSignal | undefined)[] = [];
  state: EngineState = "ready";
  /** Deadlines of the runs begun so far. */
  readonly deadlines: (number | undefined)[] = [];
  readonly observers: EngineObserver[] = [];
  statsNow: EngineStats = {
    queued: 0,
    running: 0,
    workers: 1,
    busyWorkers: 0,
    restarts: 0,
    predictedWaitMs: 0,
  };
  /** Thrown by every run, if set. */
  failure: unknown;
  #held: Promise<void> = Promise.resolve();
  #begun = Promise.withResolvers<void>();

  constructor(
    task: TaskId,
    options?: {
      readonly ready?: Promise<void>;
      readonly pooling?: Pooling[];
      readonly entailment?: MessageInitShape<typeof EntailmentSchema>;
    },
  ) {
    this.model = create(ModelSchema, {
      task: taskNumber(task),
      pooling: options?.pooling ?? [Pooling.MEAN],
      width: task === "reranking" ? 1 : WIDTH,
      normalize: false,
      labels: task.endsWith("classification") ? ["O", "B-PER", "I-PER"] : [],
      tokenizer: { kind: "WordLevel", vocabularySize: 100, maxLength: MAX_LENGTH },
      ...(options?.entailment && { entailment: options.entailment }),
    });
    this.manifest = create(EncoderfileManifestSchema, {
      name: "words",
      version: "1.2.3",
      model: this.model,
    });
    this.ready = options?.ready ?? Promise.resolve();
    if (options?.ready !== undefined) this.state = "loading";
    const names = {
      idToToken: (id: number) => "x".repeat(id),
      specialTokenIds: new Set<number>(),
      encode: (text: string) => encodeWords(text, text.length),
    };
    // Transports need no more of a tokenizer than this.
    this.tokenizer = Promise.resolve(names as unknown as Tokenizer);
  }

  /** Runs do not answer until the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    this.#begun = Promise.withResolvers<void>();
    return resolve;
  }

  /** Resolves once a run has begun since the last `hold`. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  async run(inputs: readonly TaskInput[], options: RunOptions = {}): Promise<readonly Answer[]> {
    this.signals.push(options.signal);
    this.deadlines.push(options.deadlineMs);
    this.#begun.resolve();
    const answers = inputs.map((input, index) => {
      const answer = this.#answer(input, options);
      if (answer.encoding.truncated && options.truncate === false) throw tooLong(index);
      return answer;
    });
    let tokens = 0;
    let longest = 0;
    for (const [index, { encoding }] of answers.entries()) {
      tokens += encoding.ids.length;
      longest = Math.max(longest, encoding.ids.length);
      options.checkTokens?.({ inputs: index + 1, tokens, longest });
    }
    const aborted = Promise.withResolvers<never>();
    aborted.promise.catch(() => undefined);
    options.signal?.addEventListener("abort", () => aborted.reject(options.signal?.reason));
    await Promise.race([this.#held, aborted.promise]);
    if (this.failure !== undefined) throw this.failure;
    this.#measure(answers, options);
    return answers;
  }

  observe(observer: EngineObserver): void {
    this.observers.push(observer);
  }

  stats(): EngineStats {
    return this.statsNow;
  }

  /** Every text takes as many milliseconds as the numbers here say. */
  #measure(answers: readonly Answer[], { meter }: RunOptions): void {
    const sum = (count: (answer: Answer) => number) =>
      answers.reduce((total, answer) => total + count(answer), 0);
    const tokens = sum(({ encoding }) => encoding.ids.length);
    const truncated = sum(({ encoding }) => Number(encoding.truncated));
    for (const observer of this.observers) {
      const inputs = answers.length;
      const waitsMs = answers.map(() => 2);
      observer.batch({ inputs, tokens, paddedTokens: tokens, inferenceMs: 3, waitsMs });
      if (truncated > 0) observer.truncated(truncated);
    }
    if (meter === undefined) return;
    meter.tokenizeMs += answers.length;
    meter.queueMs = Math.max(meter.queueMs, 2);
    meter.inferenceMs = Math.max(meter.inferenceMs, 3);
    meter.tokens += tokens;
    const characters = ({ input: { prompt = "", text, pair = "" } }: Answer) =>
      prompt.length + text.length + pair.length;
    meter.characters += sum(characters);
  }

  async tokenize(text: string, options: TokenizeOptions = {}): Promise<Encoding> {
    const { addSpecialTokens = true } = options;
    return (await this.tokenizer).encode(text, { addSpecialTokens });
  }

  async close(): Promise<void> {
    this.state = "closed";
  }

  #answer(input: TaskInput, { view, truncate }: RunOptions): Answer {
    const all = [...`${input.prompt ?? ""}${input.text}`.matchAll(/\S+/g)];
    // As the real engine: token classifiers read windows unless they are told about truncation.
    const isWhole = this.model.task === taskNumber("token_classification") && truncate == null;
    const words = isWhole ? all : all.slice(0, MAX_LENGTH);
    const lengths = input.ids === undefined ? words.map(([word]) => word.length) : [...input.ids];
    const perToken = view === "tokens" || isTokenwise(this);
    // So that hypotheses differ.
    if (this.model.entailment !== undefined) lengths.push(input.pair?.length ?? 0);
    const rows = perToken ? lengths : [lengths.reduce((sum, length) => sum + length, 0)];
    const columns = this.model.width;
    const { length: kept } = words;
    return {
      input,
      encoding: encodeWords(`${input.prompt ?? ""}${input.text}`, kept, input.ids),
      reduced: {
        data: Float32Array.from(rows.flatMap((length) => [length, 0.1, 1 / 3].slice(0, columns))),
        rows: rows.length,
        columns,
      },
    };
  }
}

/** The first words of a text, each a token whose id is its length; or ids as they are. */
function encodeWords(text: string, count: number, given?: Int32Array): Encoding {
  const all = [...text.matchAll(/\S+/g)];
  const words = all.slice(0, count);
  const ids = given ?? Int32Array.from(words, ([word]) => word.length);
  return {
    ids,
    typeIds: new Int32Array(ids.length),
    specialMask: new Uint8Array(ids.length),
    spans: Int32Array.from(words.flatMap(({ index, 0: word }) => [index, index + word.length])),
    sequenceIds: new Int8Array(ids.length),
    wordIds: Int32Array.from(ids.keys()),
    truncated: words.length < all.length,
  };
}

function isTokenwise({ model }: WordEngine): boolean {
  return (
    model.task === taskNumber("embedding") || model.task === taskNumber("token_classification")
  );
}

function tooLong(index: number): CodedError {
  return new CodedError(
    "ENGINE_INPUT_TOO_LONG",
    `Cannot take input ${index} whole as it must have at most ${MAX_LENGTH} tokens: shorten it`,
    { detail: { index, maximum: MAX_LENGTH } },
  );
}

/** What an engine throws when it has too much to do. */
export function overloaded(): CodedError {
  return new CodedError("ENGINE_OVERLOADED", "Cannot queue 1 input as 8192 wait: come back later");
}
