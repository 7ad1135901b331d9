// Texts cut into labelled tokens by hand, and the entities found in them.
import type { LabelScheme } from "../../src/gen/manifest_pb.ts";
import { type AggregationStrategy, findEntities } from "../../src/task/index.ts";
import { modelOf, namesOf, type TokenSpec, taggedAnswer, type WordSigns } from "./answer.ts";

export const LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"];

/**
 * Logits whose softmax has the given probabilities; what is left goes to the other labels in equal
 * parts.
 */
export function row(
  likely: Readonly<Record<string, number>>,
  labels: readonly string[] = LABELS,
): number[] {
  const given = Object.values(likely).reduce((sum, probability) => sum + probability, 0);
  const rest = (1 - given) / (labels.length - Object.keys(likely).length);
  return labels.map((label) => Math.log(likely[label] ?? rest));
}

export type Tagged = TokenSpec & { readonly row: readonly number[]; readonly name: string };
export type Found = [label: string, score: number, word: string, start: number, end: number];
export type PieceSpec = readonly [name: string, logits: readonly number[]];

/**
 * Tokens of a text by their names, in its order. The marks of tokenizers ("##", "Ġ", "▁") are no
 * part of the text.
 */
export function tokensOf(text: string, pieces: readonly PieceSpec[]): Tagged[] {
  let from = 0;
  return pieces.map(([name, logits], index) => {
    const piece = name.replace(/^(##|Ġ|▁)/, "");
    const start = text.indexOf(piece, from);
    from = start + piece.length;
    return { id: 3 + index, span: [start, from], row: logits, name };
  });
}

export type FindOptions = {
  readonly strategy: AggregationStrategy;
  readonly kind?: string;
  readonly words?: WordSigns;
  readonly labels?: string[];
  readonly labelScheme?: LabelScheme;
  readonly ignoreLabels?: readonly string[];
  readonly threshold?: number;
};

export function find(text: string, tokens: readonly Tagged[], options: FindOptions): Found[] {
  const { kind = "WordPiece", words, labels = LABELS, labelScheme, ...rest } = options;
  const scheme = labelScheme === undefined ? {} : { labelScheme };
  const model = modelOf({ labels, width: labels.length, kind, ...scheme, ...(words && { words }) });
  return findEntities(taggedAnswer({ text }, tokens), model, {
    tokenizer: namesOf(tokens.map(({ name }) => name)),
    unit: "codepoint",
    ...rest,
  }).map(({ label, score, word, start, end }) => [label, round(score), word, start, end]);
}

/** One token for each letter of the alphabet, a space apart, with these labels for sure. */
export function lettersOf(wanted: readonly string[], labels: readonly string[]) {
  const letters = wanted.map((_, index) => String.fromCharCode(97 + index));
  const text = letters.join(" ");
  const logits = wanted.map((label) => row({ [label]: 0.9 }, labels));
  return {
    text,
    tokens: tokensOf(
      text,
      letters.map((letter, i) => [letter, logits[i]!]),
    ),
  };
}

function round(score: number): number {
  return Math.round(score * 1e5) / 1e5;
}
