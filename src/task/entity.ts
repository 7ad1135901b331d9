// Groups labelled tokens into entities, as the token-classification pipeline of transformers does,
// quirks included: whoever moves a model from there must find the same entities.
import { assert } from "../error/index.ts";
import { LabelScheme, type Model } from "../gen/manifest_pb.ts";
import { argmax } from "../tensor/index.ts";
import { convertSpans } from "../tokenizer/index.ts";
import { labelOf } from "./class-score.ts";
import { parseTag } from "./label-scheme.ts";
import type { Answer } from "./task.ts";
import { labelTokens, type TokenLabel } from "./token-classification.ts";
import type { TokenDisplay, TokenInfo, TokenNames } from "./token-info.ts";

export const AGGREGATION_STRATEGIES = ["none", "simple", "first", "average", "max"] as const;

/**
 * `none`: every token by itself. `simple`: neighbours of one tag. The others first give every word
 * one label, so that none is cut in two: that of its first token, of the mean of its tokens'
 * scores, or of its most certain token.
 */
export type AggregationStrategy = (typeof AGGREGATION_STRATEGIES)[number];

/** Labels left out unless a request says otherwise: "outside of any entity". */
export const IGNORED_LABELS: readonly string[] = ["O"];

/** A stretch of the text and what it is; [start, end) in the unit that was asked for. */
export type Entity = {
  /** The label of a single token, or without its prefix (B-, I-) that of a group. */
  readonly label: string;
  readonly score: number;
  /**
   * The token of a single one; for a group the text itself, where transformers decodes the tokens.
   */
  readonly word: string;
  readonly start: number;
  readonly end: number;
  /** Place of a single token in the encoding; absent for groups. */
  readonly index?: number;
};

export type EntityOptions = TokenDisplay & {
  readonly strategy: AggregationStrategy;
  /** Labels, or for groups labels without prefix, that are left out. */
  readonly ignoreLabels?: readonly string[] | undefined;
  /** Lowest score of an entity; without it all are found. */
  readonly threshold?: number | undefined;
};

/** What groups of the model's tokens may be called, but for what is outside of any entity. */
export function entityLabels(model: Model): readonly string[] {
  const names = new Set(model.labels.map((label) => groupLabel(label, model.labelScheme)));
  return [...names].filter((name) => !IGNORED_LABELS.includes(name));
}

/** Work on a text that may have a hundred thousand tokens: it stops now and then, for others to go on. */
type Steps<T> = Generator<undefined, T, undefined>;

/** The entities of a text, in its order. */
export function findEntities(
  answer: Answer,
  model: Model,
  options: EntityOptions,
): readonly Entity[] {
  const steps = entitySteps(answer, model, options);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** What `findEntities` finds, with stops between the parts of the work. */
export function* entitySteps(
  answer: Answer,
  model: Model,
  options: EntityOptions,
): Steps<readonly Entity[]> {
  const { unit, ignoreLabels = IGNORED_LABELS, threshold = 0 } = options;
  const { text } = answer.input;
  // Words and groups cut the text, so they count in units of its strings; spans are converted last.
  const tokens = labelTokens(answer, model, { ...options, unit: "utf16" });
  yield;
  const places = tokens.map((token) => toPlace(token, { answer, model }, options.tokenizer));
  yield;
  const pieces = yield* findPieces({ tokens, places, answer, model }, options.strategy);
  const found = pieces.filter(
    ({ label, score }) => score >= threshold && !ignoreLabels.includes(label),
  );
  yield;
  const spans = Int32Array.from(found.flatMap(({ start, end }) => [start, end]));
  const shown = convertSpans(text, spans, unit);
  return found.map((piece, place) => ({
    word: text.slice(piece.start, piece.end),
    ...piece,
    start: shown[2 * place]!,
    end: shown[2 * place + 1]!,
  }));
}

/** A stretch of the text in UTF-16 units, with its label. */
type Piece = Omit<Entity, "word"> & { readonly word?: string };

/** How a token is printed, and whether it stands for text the vocabulary lacks. */
type Place = { readonly word: string; readonly isUnknown: boolean };

type Unplaced = { readonly answer: Answer; readonly model: Model };

type Labelled = Unplaced & {
  readonly tokens: readonly TokenLabel[];
  readonly places: readonly Place[];
};

/** What tokenizers call the unknown token in files that do not say which it is. */
const UNKNOWN_TOKENS: readonly string[] = ["[UNK]", "<unk>"];

// Of an unknown token the text itself tells more than its name.
function toPlace({ token }: TokenLabel, labelled: Unplaced, names: TokenNames): Place {
  const spelt = labelled.answer.input.text.slice(token.start, token.end);
  const isUnknown = saysWords(labelled.model)
    ? token.id === labelled.model.tokenizer?.unknownId
    : looksUnknown(token, spelt, names);
  return { word: isUnknown ? spelt : token.token, isUnknown };
}

/** Whether the file tells the signs of words; older ones leave them to the tokenizer's kind. */
function saysWords({ tokenizer }: Model): boolean {
  return tokenizer?.continuingPrefix !== undefined;
}

// A special token that the text does not spell, but for the spaces it may swallow, is the unknown
// token under another name.
function looksUnknown(token: TokenInfo, spelt: string, names: TokenNames): boolean {
  const isSpelt = spelt.trim() === token.token && !UNKNOWN_TOKENS.includes(token.token);
  return names.specialTokenIds.has(token.id) && !isSpelt;
}

function* findPieces(labelled: Labelled, strategy: AggregationStrategy): Steps<readonly Piece[]> {
  const { tokens, places, model } = labelled;
  if (strategy !== "none" && strategy !== "simple") {
    const words = groupWords(labelled);
    yield;
    const judged = words.map((word) => judgeWord(word, model, strategy));
    yield;
    return groupPieces(judged, model.labelScheme);
  }
  const pieces = tokens.map(({ token, label, score }, place) => {
    const { index, start, end } = token;
    return { label, score, word: places[place]?.word ?? "", start, end, index };
  });
  return strategy === "none" ? pieces : groupPieces(pieces, model.labelScheme);
}

type Word = readonly [TokenLabel, ...TokenLabel[]];

function groupWords(labelled: Labelled): readonly Word[] {
  const words: [TokenLabel, ...TokenLabel[]][] = [];
  labelled.tokens.forEach((token, place) => {
    const word = words.at(-1);
    if (word !== undefined && continuesWord(labelled, place)) word.push(token);
    else words.push([token]);
  });
  return words;
}

/**
 * Whether a token belongs to the word of the one before it, by the signs transformers goes by and
 * not by the words of the encoding. Where tokens within a word have a prefix, one that is as long
 * as its text has no "##", so it begins a word; one whose letters were dropped or added on the way
 * looks like a continuation. Of the other tokenizers only a space at or before the token parts
 * words: "Paris." is one.
 */
function continuesWord({ tokens, places, answer, model }: Labelled, place: number): boolean {
  const token = tokens[place]?.token;
  if (token === undefined || places[place]?.isUnknown) return false;
  const { start, end } = token;
  const { text } = answer.input;
  if (hasPrefix(model)) {
    return countCharacters(token.token) !== countCharacters(text.slice(start, end));
  }
  return start > 0 && !text.slice(start - 1, start + 1).includes(" ");
}

function hasPrefix({ tokenizer }: Model): boolean {
  return (tokenizer?.continuingPrefix ?? (tokenizer?.kind === "WordPiece" ? "##" : "")) !== "";
}

function countCharacters(text: string): number {
  return [...text].length;
}

function judgeWord(
  word: Word,
  model: Model,
  strategy: Exclude<AggregationStrategy, "none" | "simple">,
): Piece {
  const scores = wordScores(word, strategy);
  const best = argmax(scores);
  const start = word[0].token.start;
  const end = word.at(-1)?.token.end ?? start;
  return { label: labelOf(model, best), score: scores[best]!, start, end };
}

function wordScores(
  word: Word,
  strategy: Exclude<AggregationStrategy, "none" | "simple">,
): Float32Array {
  switch (strategy) {
    case "first":
      return word[0].scores;
    case "max":
      return word.reduce((best, token) => (token.score > best.score ? token : best)).scores;
    case "average":
      return word[0].scores.map((_, label) => {
        const sum = word.reduce((total, token) => total + token.scores[label]!, 0);
        return sum / word.length;
      });
  }
}

/**
 * Joins neighbours of one tag; B- always begins anew, and so does what follows an end or a single
 * one. Nothing is lost where labels are out of order. A group's score is the mean of its pieces'.
 */
function groupPieces(pieces: readonly Piece[], scheme: LabelScheme): readonly Piece[] {
  const groups: Piece[][] = [];
  for (const piece of pieces) {
    const group = groups.at(-1);
    const previous = group?.at(-1);
    if (group !== undefined && previous !== undefined && joins(previous, piece, scheme)) {
      group.push(piece);
    } else groups.push([piece]);
  }
  return groups.map((group) => {
    const first = group[0];
    const last = group.at(-1);
    assert(first !== undefined && last !== undefined, "a group has a piece");
    const score = group.reduce((sum, piece) => sum + piece.score, 0) / group.length;
    const label = groupLabel(first.label, scheme);
    return { label, score: Math.fround(score), start: first.start, end: last.end };
  });
}

function joins(previous: Piece, piece: Piece, scheme: LabelScheme): boolean {
  const before = parseTag(previous.label, scheme);
  const tag = parseTag(piece.label, scheme);
  const isOver = before.part === "end" || before.part === "single";
  const isNew = tag.part === "begin" || tag.part === "single";
  return before.name === tag.name && !isOver && !isNew;
}

function groupLabel(label: string, scheme: LabelScheme): string {
  if (scheme === LabelScheme.BIOES) return parseTag(label, scheme).name;
  // transformers names a group by what follows the first hyphen, although it groups by B- and I-.
  return label.slice(label.indexOf("-") + 1);
}
