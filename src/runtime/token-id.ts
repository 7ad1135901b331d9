// Inputs that come as ids of tokens: whether the vocabulary has them, and how too many are cut. No text is involved.
import { CodedError } from "../error/index.ts";
import type { Encoding, Tokenizer, TruncationSide } from "../tokenizer/index.ts";

/**
 * Throws `ENGINE_UNKNOWN_TOKEN` for an input without tokens, and for an id the vocabulary does not have: the
 * graph would read beyond its table of embeddings.
 */
export function checkTokenIds(
  ids: Int32Array,
  index: number,
  tokenizer: Pick<Tokenizer, "idToToken" | "vocabularySize">,
): void {
  const place = ids.findIndex((id) => tokenizer.idToToken(id) === undefined);
  if (place < 0 && ids.length > 0) return;
  const found = ids.length === 0 ? "none" : `${ids[place]} at place ${place}`;
  throw new CodedError(
    "ENGINE_UNKNOWN_TOKEN",
    `Cannot take input ${index} as its token ids must be some of the ${tokenizer.vocabularySize} of this model: ` +
      `found ${found}: send text, or use this model's own tokenizer`,
    { detail: { index, expected: tokenizer.vocabularySize, found } },
  );
}

/** The encoding of ids as they are; they have no spans, as there is no text. */
export function encodeTokenIds(ids: Int32Array, maximum: number, side: TruncationSide): Encoding {
  const truncated = ids.length > maximum;
  const kept = keepTokens(ids, maximum, side);
  const { length } = kept;
  return {
    ids: kept,
    typeIds: new Int32Array(length),
    specialMask: new Uint8Array(length),
    spans: new Int32Array(length * 2),
    sequenceIds: new Int8Array(length),
    wordIds: Int32Array.from(kept.keys()),
    truncated,
  };
}

/** What stays of one number per token, cut as the tokens are. */
export function keepTokens(numbers: Int32Array, maximum: number, side: TruncationSide): Int32Array {
  if (numbers.length <= maximum) return numbers;
  return side === "left" ? numbers.slice(-maximum) : numbers.slice(0, maximum);
}

/** Throws `ENGINE_UNKNOWN_TOKEN` for a segment beyond those the tokenizer gives, for the same reason as ids. */
export function checkTypeIds(typeIds: Int32Array, index: number, maximum: number): void {
  const place = typeIds.findIndex((id) => id < 0 || id > maximum);
  if (place < 0) return;
  const found = `${typeIds[place]} at place ${place}`;
  throw new CodedError(
    "ENGINE_UNKNOWN_TOKEN",
    `Cannot take input ${index} as its token type ids must be 0 to ${maximum}: found ${found}`,
    { detail: { index, expected: `0 to ${maximum}`, found } },
  );
}
