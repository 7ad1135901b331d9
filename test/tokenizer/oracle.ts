// The official tokenizer library, asked the same questions as ours.
import { Tokenizer as Official, type TruncationOptions, type TruncationStrategy } from "tokenizers";
import {
  convertSpans,
  type EncodeOptions,
  type Encoding,
  loadTokenizer,
  type Tokenizer,
} from "../../src/tokenizer/index.ts";

type Oracle = Official;

/** The same tokenizer.json in both; the oracle's without the padding and truncation written in it. */
export type Twins = { readonly ours: Tokenizer; readonly oracle: Oracle };

export function createTwins(json: string): Twins {
  const document = JSON.parse(json);
  const bare = JSON.stringify({ ...document, truncation: null, padding: null });
  return { ours: loadTokenizer(json), oracle: Official.fromString(bare) };
}

/** What both sides must agree on; spans count code points, -1 marks special tokens. */
type Facts = {
  readonly ids: readonly number[];
  readonly typeIds: readonly number[];
  readonly special: readonly number[];
  readonly spans: readonly number[];
  readonly words: readonly number[];
  readonly sequences: readonly number[];
};

async function oracleFacts(oracle: Oracle, text: string, options: EncodeOptions): Promise<Facts> {
  const { pair, addSpecialTokens = true, maxLength } = options;
  if (maxLength === undefined) oracle.disableTruncation();
  else oracle.setTruncation(maxLength, truncationOf(options));
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

const STRATEGY = {
  longest_first: "LongestFirst",
  only_first: "OnlyFirst",
  only_second: "OnlySecond",
} as const;

function truncationOf(options: EncodeOptions): TruncationOptions {
  return {
    direction: options.truncationSide ?? "right",
    // The enumeration of the library exists only in its types.
    strategy: STRATEGY[options.truncationStrategy ?? "longest_first"] as TruncationStrategy,
    stride: 0,
  };
}

/** Word indices counted from the first word of each text that is left. */
function rebaseWords(facts: Facts): Facts {
  const first = new Map<number, number>();
  const words = facts.words.map((word, index) => {
    const sequence = facts.sequences[index] ?? -1;
    if (!first.has(sequence)) first.set(sequence, word);
    return word - (first.get(sequence) ?? 0);
  });
  return { ...facts, words };
}

function ourFacts(encoding: Encoding, text: string, pair = ""): Facts {
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

async function settle(make: () => Facts | Promise<Facts>): Promise<Facts | "refused"> {
  try {
    return await make();
  } catch {
    // Both sides may refuse a text; what counts is that they refuse the same ones.
    return "refused";
  }
}

/** One input on which the two sides differ, with both answers, or undefined. */
export async function findDifference(
  { ours, oracle }: Twins,
  inputs: Iterable<readonly [text: string, options: EncodeOptions]>,
): Promise<unknown> {
  for (const [text, options] of inputs) {
    const found = await settle(() => ourFacts(ours.encode(text, options), text, options.pair));
    const expected = await settle(() => oracleFacts(oracle, text, options));
    const isSame =
      options.truncationSide === "left" && found !== "refused" && expected !== "refused"
        ? // The library numbers the words that are left, we number those of the text.
          Bun.deepEquals(rebaseWords(found), rebaseWords(expected))
        : Bun.deepEquals(found, expected);
    if (!isSame) return { text, options, found, expected };
  }
  return undefined;
}

/** Every text alone and, in the second place of a pair, another one. */
export function* singlesAndPairs(
  texts: readonly string[],
): Generator<readonly [string, EncodeOptions]> {
  for (const [index, text] of texts.entries()) {
    yield [text, {}];
    yield [text, { pair: texts[(index * 7 + 3) % texts.length] ?? "" }];
  }
}
