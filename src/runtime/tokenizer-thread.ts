// The engine's side of the thread that tokenises long texts: starts it when the first comes, gives it one at a time,
// and drops those nobody waits for any more. Requests give it one text after another, so that they take turns.
import { assert, CodedError } from "../error/index.ts";
import type { TaskInput } from "../task/index.ts";
import { tokenizerUrl } from "../thread/index.ts";
import type { EncodedInput } from "./encode-input.ts";
import type { RunOptions } from "./engine.ts";
import { LONG_TEXT_CHARACTERS, LONG_TEXTS_WAITING_MAX, TIMER_MS_MAX } from "./limit.ts";
import {
  ENCODE_OPTION_NAMES,
  type EncodeRequestOptions,
  type FromTokenizer,
  type ToTokenizer,
} from "./tokenizer-message.ts";
import { failureError } from "./worker-message.ts";

/** What the thread made of a text, and how long it took. */
export type ThreadEncoding = { readonly encoded: EncodedInput; readonly tokenizeMs: number };

type Job = {
  readonly message: ToTokenizer;
  readonly isWanted: () => boolean;
  readonly resolve: (made: ThreadEncoding | undefined) => void;
  readonly reject: (error: CodedError) => void;
};

/** How long the answer is waited for. */
type Patience = {
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs?: number | undefined;
};

/** Whether tokenising the input may take so long that it belongs on the thread. */
export function isLongInput({ text, pair = "", prompt = "" }: TaskInput): boolean {
  return text.length + pair.length + prompt.length > LONG_TEXT_CHARACTERS;
}

export class TokenizerThread {
  readonly #path: string;
  readonly #entry: string;
  #worker: Worker | undefined;
  /** The first is being tokenised. */
  readonly #jobs: Job[] = [];

  /** `path` is the file to load the tokenizer from; `entry` is our own unless a test plants another. */
  constructor(path: string, entry: string = tokenizerUrl()) {
    this.#path = path;
    this.#entry = entry;
  }

  /**
   * Undefined when nobody waits for it any more. Rejects with what the encoder has against the input, with
   * `ENGINE_OVERLOADED` when too many wait, and with `ENGINE_WORKER_FAILED` when the thread dies.
   */
  encode(
    input: TaskInput,
    index: number,
    options: RunOptions,
  ): Promise<ThreadEncoding | undefined> {
    const { signal, deadlineMs } = options;
    const message = { kind: "encode", input, index, options: plainOptions(options) } as const;
    return this.#ask(message, { signal, deadlineMs });
  }

  /** The tokens of a text as it is; undefined and rejections as those of `encode`. */
  tokenize(
    text: string,
    addSpecialTokens: boolean,
    { signal, deadlineMs }: Patience,
  ): Promise<ThreadEncoding | undefined> {
    return this.#ask({ kind: "tokenize", text, addSpecialTokens }, { signal, deadlineMs });
  }

  #ask(
    message: ToTokenizer,
    { signal, deadlineMs }: Patience,
  ): Promise<ThreadEncoding | undefined> {
    if (this.#jobs.length >= LONG_TEXTS_WAITING_MAX) return Promise.reject(tooMany());
    const { promise, resolve, reject } = Promise.withResolvers<ThreadEncoding | undefined>();
    const isWanted = () =>
      signal?.aborted !== true && (deadlineMs === undefined || performance.now() <= deadlineMs);
    this.#jobs.push({ message, isWanted, resolve, reject });
    if (this.#jobs.length === 1) this.#next();
    // The thread cannot be stopped, but nobody need wait for it.
    const leave = () => resolve(undefined);
    signal?.addEventListener("abort", leave, { once: true });
    // One more, as timers may fire a little early and the time must be up then.
    const timer =
      deadlineMs === undefined
        ? undefined
        : setTimeout(leave, Math.min(TIMER_MS_MAX, deadlineMs - performance.now() + 1));
    return promise.finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", leave);
    });
  }

  /** Ends the thread; texts that wait reject with `reason`. */
  close(reason: CodedError): void {
    this.#end(reason);
  }

  #next(): void {
    const [job] = this.#jobs;
    if (job === undefined) return;
    if (!job.isWanted()) {
      this.#jobs.shift();
      job.resolve(undefined);
      this.#next();
      return;
    }
    this.#worker ??= this.#open();
    this.#worker.postMessage(job.message);
  }

  #open(): Worker {
    const worker = new Worker(this.#entry);
    const fail = (reason: string) => {
      if (this.#worker === worker) this.#end(new CodedError("ENGINE_WORKER_FAILED", reason));
    };
    worker.onmessage = ({ data }: MessageEvent<FromTokenizer>) => this.#receive(data);
    worker.onerror = (event) => {
      event.preventDefault();
      fail(`Tokenizer thread failed: ${event.message}`);
    };
    worker.addEventListener("close", () => fail("Tokenizer thread ended unexpectedly"));
    const message: ToTokenizer = { kind: "open", path: this.#path };
    worker.postMessage(message);
    return worker;
  }

  #receive(message: FromTokenizer): void {
    const job = this.#jobs.shift();
    assert(job !== undefined, "the thread answers what it was asked");
    if (message.kind === "encoded") job.resolve(message);
    else job.reject(failureError(message.failure));
    this.#next();
  }

  /** The next text gets a new thread. */
  #end(reason: CodedError): void {
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.terminate();
    for (const job of this.#jobs.splice(0)) job.reject(reason);
  }
}

/** Functions and signals cannot travel to another thread. */
function plainOptions(options: RunOptions): EncodeRequestOptions {
  const entries = ENCODE_OPTION_NAMES.map((name) => [name, options[name]]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function tooMany(): CodedError {
  return new CodedError(
    "ENGINE_OVERLOADED",
    `Cannot tokenise another long text as ${LONG_TEXTS_WAITING_MAX} are waiting: try again later`,
    { detail: { maximum: LONG_TEXTS_WAITING_MAX, retryAfterSeconds: 1 } },
  );
}
