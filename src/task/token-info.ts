// Which piece of which text a row of numbers is about.
import { assert } from "../error/index.ts";
import { convertSpans, type SpanUnit } from "../tokenizer/index.ts";
import type { Answer } from "./task.ts";

/** What is needed of a tokenizer to name tokens. */
export type TokenNames = {
  idToToken(id: number): string | undefined;
  readonly specialTokenIds: ReadonlySet<number>;
};

/** How tokens are shown: by whose names, and what their spans count. */
export type TokenDisplay = { readonly tokenizer: TokenNames; readonly unit: SpanUnit };

/**
 * One token of the text: [start, end) of its own text, in the unit that was asked for. A prompt is
 * no part of it: what a token has of both counts from the start of the text.
 */
export type TokenInfo = {
  /** Its place in the encoding, special tokens included. */
  readonly index: number;
  readonly token: string;
  readonly id: number;
  readonly start: number;
  readonly end: number;
};

/** The tokens of the texts themselves, in order, without special tokens and those of a prompt. */
export function textTokens(answer: Answer, display: TokenDisplay): readonly TokenInfo[] {
  const { ids } = answer.encoding;
  const spans = spansIn(answer, display.unit);
  return textTokenIndices(answer).map((index) => ({
    index,
    token: display.tokenizer.idToToken(ids[index]!) ?? "",
    id: ids[index]!,
    start: spans[2 * index]!,
    end: spans[2 * index + 1]!,
  }));
}

/** Places in the encoding of the tokens that come from the texts. */
export function textTokenIndices(answer: Answer): readonly number[] {
  const { ids, specialMask } = answer.encoding;
  assert(answer.reduced.rows === ids.length, "one row per token");
  return [...specialMask.keys()].filter(
    (index) => specialMask[index] === 0 && !isOfPrompt(answer, index),
  );
}

// Tokens without text of their own, where the text begins, are the text's.
function isOfPrompt({ encoding, input }: Answer, index: number): boolean {
  if (input.prompt === undefined || encoding.sequenceIds[index] !== 0) return false;
  const promptEnd = input.prompt.length;
  return encoding.spans[2 * index]! < promptEnd && encoding.spans[2 * index + 1]! <= promptEnd;
}

/** Row `index` of an answer's numbers; a view, not a copy. */
export function rowOf(answer: Answer, index: number): Float32Array {
  const { data, columns } = answer.reduced;
  return data.subarray(index * columns, (index + 1) * columns);
}

// Spans count from the start of their own text: each of the two texts converts only its own.
function spansIn(answer: Answer, unit: SpanUnit): Int32Array {
  const { encoding, input } = answer;
  const { pair, prompt = "" } = input;
  // Those of a prompt's tokens become empty ones at the start, which nobody is shown.
  const cut = (spans: Int32Array) => spans.map((place) => Math.max(0, place - prompt.length));
  if (pair === undefined) return convertSpans(input.text, cut(encoding.spans), unit);
  const spans = new Int32Array(encoding.spans.length);
  for (const [sequence, text] of [input.text, pair].entries()) {
    const indices = [...encoding.sequenceIds.keys()].filter(
      (index) => encoding.sequenceIds[index] === sequence,
    );
    const own = Int32Array.from(
      indices.flatMap((i) => [...encoding.spans.subarray(2 * i, 2 * i + 2)]),
    );
    const converted = convertSpans(text, sequence === 0 ? cut(own) : own, unit);
    indices.forEach((index, place) => {
      spans.set(converted.subarray(2 * place, 2 * place + 2), 2 * index);
    });
  }
  return spans;
}
