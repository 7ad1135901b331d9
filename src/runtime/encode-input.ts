// Turns inputs into the token sequences a worker runs, as request and model say: prompt, limit, side, windows. Names
// the input in every refusal. It runs nothing.
import { assert, CodedError, isCodedError } from "../error/index.ts";
import { type Model, TruncationStrategy as StrategyNumber, Task } from "../gen/manifest_pb.ts";
import type { TokenSequence } from "../onnx/index.ts";
import type { TaskInput } from "../task/index.ts";
import type { Matrix } from "../tensor/index.ts";
import type {
  EncodeOptions,
  Encoding,
  Tokenizer,
  TruncationSide,
  TruncationStrategy,
} from "../tokenizer/index.ts";
import { cutText } from "./cut-text.ts";
import type { RunOptions } from "./engine.ts";
import { COUNTED_CHARACTERS_MAX, REMEMBERED_PROMPTS_MAX } from "./limit.ts";
import { checkTokenIds, checkTypeIds, encodeTokenIds, keepTokens } from "./token-id.ts";
import { joinRows, splitText, type WindowedText } from "./window.ts";

/** One input, ready to run. Plain data, so that another thread may make it. */
export type EncodedInput = {
  /** What the answer tells of its tokens. */
  readonly encoding: Encoding;
  /** What the graph reads: the input, or its windows. */
  readonly sequences: readonly TokenSequence[];
  /** Present where the input is read in windows, of which there may be one. */
  readonly windowed?: WindowedText;
};

/** Makes an input's answer of one matrix per sequence. */
export function joinMatrices({ windowed }: EncodedInput, reduced: readonly Matrix[]): Matrix {
  if (windowed !== undefined) return joinRows(windowed, reduced);
  const [only] = reduced;
  assert(only !== undefined, "one matrix per sequence");
  return only;
}

const STRATEGY: Readonly<Record<StrategyNumber, TruncationStrategy>> = {
  [StrategyNumber.LONGEST_FIRST]: "longest_first",
  [StrategyNumber.ONLY_FIRST]: "only_first",
  [StrategyNumber.ONLY_SECOND]: "only_second",
};

/** The tokenizer of one model, with the model's settings. */
export class InputEncoder {
  readonly #tokenizer: Tokenizer;
  readonly #model: Model;
  readonly #maxLength: number;
  readonly #side: TruncationSide;
  #typeIdMax: number | undefined;
  /** Tokens of prompts, the least recently added first. */
  readonly #promptLengths = new Map<string, number>();

  constructor(tokenizer: Tokenizer, model: Model) {
    this.#tokenizer = tokenizer;
    this.#model = model;
    this.#maxLength = model.tokenizer?.maxLength || Number.MAX_SAFE_INTEGER;
    this.#side = model.tokenizer?.truncateLeft ? "left" : "right";
  }

  /**
   * Encodes the input at `place` of a request. Throws `ENGINE_INPUT_TOO_LONG`, `ENGINE_WINDOW_OVERLAP`,
   * `ENGINE_UNKNOWN_TOKEN`, or what the tokenizer has against the input.
   */
  encode(input: TaskInput, place: number, options: RunOptions): EncodedInput {
    const index = Math.floor(place / (options.inputsPerItem ?? 1));
    assert(input.prompt === undefined || input.pair === undefined, "a pair has no prompt");
    if (input.ids !== undefined) return this.#encodeIds(input, index, options);
    try {
      return this.#isWindowed(input, options)
        ? this.#encodeWindows(input, options)
        : this.#encodeWhole(input, index, options);
    } catch (thrown) {
      throw refusalOf(thrown, index);
    }
  }

  /** Ids are cut like any text, but nothing is put around what stays: no special token is told from others. */
  #encodeIds(
    { ids = new Int32Array(), typeIds }: TaskInput,
    index: number,
    options: RunOptions,
  ): EncodedInput {
    const { truncate = true, truncateSide = this.#side } = options;
    checkTokenIds(ids, index, this.#tokenizer);
    if (typeIds !== undefined) checkTypeIds(typeIds, index, this.#typeIdMaximum());
    const truncated = ids.length > this.#maxLength;
    if (truncated && !truncate) throw tooLong(index, this.#maxLength, ids.length);
    const kept = encodeTokenIds(ids, this.#maxLength, truncateSide);
    const types =
      typeIds === undefined ? {} : { typeIds: keepTokens(typeIds, this.#maxLength, truncateSide) };
    const encoding = { ...kept, ...types };
    const sequence = { ids: encoding.ids, typeIds: encoding.typeIds };
    return { encoding, sequences: [sequence] };
  }

  /** The graph's table of segments has at least those its tokenizer gives. */
  #typeIdMaximum(): number {
    this.#typeIdMax ??= Math.max(...this.#tokenizer.encode("a", { pair: "a" }).typeIds);
    return this.#typeIdMax;
  }

  #isWindowed({ pair }: TaskInput, { truncate }: RunOptions): boolean {
    const labelsTokens = this.#model.task === Task.TOKEN_CLASSIFICATION;
    return labelsTokens && truncate === undefined && pair === undefined;
  }

  #encodeWindows(input: TaskInput, { windowOverlap }: RunOptions): EncodedInput {
    const windowed = splitText(this.#tokenizer, textOf(input), {
      maxLength: this.#maxLength,
      overlap: windowOverlap ?? this.#model.tokenizer?.windowOverlap,
    });
    return { encoding: windowed.whole, sequences: windowed.windows, windowed };
  }

  #encodeWhole(input: TaskInput, index: number, options: RunOptions): EncodedInput {
    const { truncate = true, truncateSide = this.#side } = options;
    const cut = this.#cutPair(input, options);
    const pair: EncodeOptions = cut === undefined ? {} : { pair: cut };
    const whole = this.#tokenizer.encode(textOf(input), {
      ...pair,
      maxLength: this.#maxLength,
      truncationSide: truncateSide,
      truncationStrategy: this.#strategyFor(input, options),
    });
    if (whole.truncated && !truncate) throw this.#tooLong(input, index, pair);
    const encoding = cut === input.pair ? whole : { ...whole, truncated: true };
    const { ids, typeIds } = encoding;
    const skipped = this.#skippedFor(input);
    const sequence = skipped === 0 ? { ids, typeIds } : { ids, typeIds, skipped };
    return { encoding, sequences: [sequence] };
  }

  /** The second text, as far as the request lets it count. */
  #cutPair({ pair }: TaskInput, { pairTokensMax }: RunOptions): string | undefined {
    // What the model takes at most is cut anyway.
    if (pair === undefined || pairTokensMax === undefined || pairTokensMax >= this.#maxLength) {
      return pair;
    }
    return cutText(this.#tokenizer, pair, pairTokensMax);
  }

  /** What the model says is about pairs: of a single text there is nothing to choose. */
  #strategyFor({ pair }: TaskInput, options: RunOptions): TruncationStrategy {
    const { truncate, truncateStrategy } = options;
    // Whether an input is too long does not depend on what would be cut.
    if (truncate === false) return "longest_first";
    if (truncateStrategy !== undefined) return truncateStrategy;
    const ofModel = this.#model.tokenizer?.truncationStrategy;
    const isPair = pair !== undefined && ofModel !== undefined;
    return (isPair ? STRATEGY[ofModel] : undefined) ?? "longest_first";
  }

  /** How many of the first tokens belong to the prompt, where the model pools without them. */
  #skippedFor({ prompt }: TaskInput): number {
    if (!this.#model.poolWithoutPrompt || prompt === undefined || prompt === "") return 0;
    const known = this.#promptLengths.get(prompt);
    if (known !== undefined) return known;
    const length = this.#countPrompt(prompt);
    const oldest = this.#promptLengths.keys().next();
    if (this.#promptLengths.size >= REMEMBERED_PROMPTS_MAX && !oldest.done) {
      this.#promptLengths.delete(oldest.value);
    }
    this.#promptLengths.set(prompt, length);
    return length;
  }

  /**
   * The length of the prompt alone, special tokens included, but without the one at its end: as sentence-transformers
   * counts, even where prompt and text share a token.
   */
  #countPrompt(prompt: string): number {
    const { ids, specialMask } = this.#tokenizer.encode(prompt, {
      maxLength: this.#maxLength,
      truncationSide: this.#side,
    });
    const endsSpecial =
      specialMask.at(-1) === 1 || this.#tokenizer.specialTokenIds.has(ids.at(-1) ?? -1);
    return ids.length - (endsSpecial ? 1 : 0);
  }

  #tooLong(input: TaskInput, index: number, pair: EncodeOptions): CodedError {
    const maximum = this.#maxLength;
    const text = textOf(input);
    const isShort = text.length + (input.pair?.length ?? 0) <= COUNTED_CHARACTERS_MAX;
    const found = isShort ? this.#tokenizer.encode(text, pair).ids.length : undefined;
    return tooLong(index, maximum, found);
  }
}

function tooLong(index: number, maximum: number, found: number | undefined): CodedError {
  return new CodedError(
    "ENGINE_INPUT_TOO_LONG",
    `Cannot take input ${index} whole as it must have at most ${maximum} tokens: found ${found ?? "more"}: ` +
      "shorten it, or let it be truncated",
    { detail: { index, maximum, ...(found === undefined ? {} : { found }) } },
  );
}

/** What is tokenised: the prompt goes before the text as it is. */
function textOf({ prompt = "", text }: TaskInput): string {
  return prompt + text;
}

/** The tokenizer sees one input and cannot name it. */
function refusalOf(thrown: unknown, index: number): unknown {
  if (!isCodedError(thrown, "TOKENIZER_LIMIT_TOO_SMALL", "TOKENIZER_UNKNOWN_WORD")) return thrown;
  const reason = thrown.message.slice(0, 1).toLowerCase() + thrown.message.slice(1);
  return new CodedError(thrown.code, `Cannot take input ${index}: ${reason}`, {
    detail: { ...thrown.detail, index },
    cause: thrown,
  });
}
