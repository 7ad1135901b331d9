// The official tokenizer library, asked the same questions as ours.
import { Tokenizer as Official } from "tokenizers";
import { convertSpans, type Encoding } from "../../src/tokenizer/index.ts";

export type Oracle = Official;

/** Loads a tokenizer.json without the padding and truncation written in it. */
export function createOracle(json: string): Oracle {
  const document = JSON.parse(json);
  return Official.fromString(JSON.stringify({ ...document, truncation: null, padding: null }));
}

/** What both sides must agree on; spans count code points, null marks special tokens. */
export type Facts = {
  readonly ids: readonly number[];
  readonly typeIds: readonly number[];
  readonly special: readonly number[];
  readonly spans: readonly number[];
  readonly words: readonly number[];
  readonly sequences: readonly number[];
};

export async function oracleFacts(
  oracle: Oracle,
  text: string,
  options: { readonly pair?: string; readonly addSpecialTokens?: boolean } = {},
): Promise<Facts> {
  const { pair, addSpecialTokens = true } = options;
  const found = await oracle.encode(text, pair ?? null, { addSpecialTokens });
  return {
    ids: found.getIds(),
    typeIds: found.getTypeIds(),
    special: found.getSpecialTokensMask(),
    spans: found.getOffsets().flat(),
    words: found.getWordIds().map((word) => word ?? -1),
    sequences: found.getSequenceIds().map((sequence) => sequence ?? -1),
  };
}

export function ourFacts(encoding: Encoding, text: string, pair = ""): Facts {
  const first = convertSpans(text, encoding.spans, "codepoint");
  const second = convertSpans(pair, encoding.spans, "codepoint");
  const sequences = Array.from(encoding.sequenceIds);
  return {
    ids: Array.from(encoding.ids),
    typeIds: Array.from(encoding.typeIds),
    special: Array.from(encoding.specialMask),
    spans: Array.from(first, (place, at) => (sequences[at >> 1] === 1 ? (second[at] ?? 0) : place)),
    words: Array.from(encoding.wordIds),
    sequences,
  };
}
