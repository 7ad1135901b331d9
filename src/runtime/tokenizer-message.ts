// What passes between the engine and the thread that tokenises long texts.
import type { TaskInput } from "../task/index.ts";
import type { EncodedInput } from "./encode-input.ts";
import type { RunOptions } from "./engine.ts";
import type { Failure } from "./worker-message.ts";

/** Names of those of a request's options that say how its texts become tokens. */
export const ENCODE_OPTION_NAMES = [
  "truncate",
  "truncateSide",
  "truncateStrategy",
  "pairTokensMax",
  "windowOverlap",
  "inputsPerItem",
] as const satisfies (keyof RunOptions)[];

export type EncodeRequestOptions = Pick<RunOptions, (typeof ENCODE_OPTION_NAMES)[number]>;

/** First message to the thread: the file whose tokenizer it loads. */
export type OpenMessage = { readonly kind: "open"; readonly path: string };

export type EncodeMessage = {
  readonly kind: "encode";
  readonly input: TaskInput;
  readonly index: number;
  readonly options: EncodeRequestOptions;
};

/** Asks for the tokens of a text as it is: no prompt, and nothing is cut. */
export type TokenizeMessage = {
  readonly kind: "tokenize";
  readonly text: string;
  readonly addSpecialTokens: boolean;
};

export type ToTokenizer = OpenMessage | EncodeMessage | TokenizeMessage;

/** The answer to the message before it; `tokenizeMs` is the time it took. */
export type FromTokenizer =
  | { readonly kind: "encoded"; readonly encoded: EncodedInput; readonly tokenizeMs: number }
  | { readonly kind: "refused"; readonly failure: Failure };
