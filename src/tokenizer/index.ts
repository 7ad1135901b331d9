// Door of the module `tokenizer`.
export type { Encoding } from "./encoding.ts";
export { loadTokenizer } from "./load.ts";
export {
  type LengthLimit,
  readFirstPosition,
  readTokenizerSettings,
  SEQUENCE_LENGTH_MAX,
  type TokenizerFiles,
  type TokenizerSettings,
} from "./settings.ts";
export { convertSpans, type SpanUnit } from "./span.ts";
export {
  type DecodeOptions,
  type EncodeOptions,
  Tokenizer,
  type WindowOptions,
} from "./tokenizer.ts";
export type { TruncationSide, TruncationStrategy } from "./truncate.ts";
