// A word model for sentence similarity: the mean of the word vectors is the sentence, and
// training pulls sentences with one meaning together and all others apart.
import { randomWeights } from "../fixture/random-weight.ts";
import { adamStep, Parameter } from "./adam.ts";
import { softmaxInPlace } from "./portable-math.ts";

/** Numbers of a sentence vector. */
export const SENTENCE_DIMENSION = 40;

const D = SENTENCE_DIMENSION;
const BATCH = 64;
const DECAY = 0.002;
/** Sharpness of the comparison: cosines are divided by this. */
const TEMPERATURE = 0.12;
/** Share of the target that sentences of the same topic get, as they are somewhat alike. */
const TOPIC_SHARE = 0.15;

/** Two tokenised texts with one meaning. */
export type TokenPair = {
  readonly topic: number;
  readonly ids: readonly [readonly number[], readonly number[]];
};

/** What is known of a token before training: the concepts it belongs to. */
export type TokenConcepts = ReadonlyMap<number, readonly { index: number; topic: number }[]>;

/** Trains the table [tokens, dimension] on pairs in the order given, once. */
export function trainSentences(
  pairs: readonly TokenPair[],
  concepts: TokenConcepts,
  { seed, tokenCount, rate }: { seed: string; tokenCount: number; rate: number },
): Float32Array {
  const table = new Parameter(`${seed}:embedding`, tokenCount * D, 0.02);
  startFromConcepts(table.value, concepts, seed);
  const steps = Math.floor(pairs.length / BATCH);
  for (let step = 1; step <= steps; step++) {
    addGradient(table, pairs.slice((step - 1) * BATCH, step * BATCH));
    adamStep([table], { step, rate: rate * (1 - step / (steps + 1)), decay: DECAY });
  }
  return table.toFloat32();
}

/** Words start where their concept and topic lie, with a little noise of their own. */
function startFromConcepts(table: Float64Array, concepts: TokenConcepts, seed: string): void {
  for (const [token, known] of concepts) {
    for (const { index, topic } of known) {
      const own = randomWeights(`${seed}:concept:${index}`, D, 0.12);
      const shared = randomWeights(`${seed}:topic:${topic}`, D, 0.06);
      for (let d = 0; d < D; d++) table[token * D + d]! += (own[d]! + shared[d]!) / known.length;
    }
  }
}

type Pooled = { readonly unit: Float64Array; readonly length: number };

/** Mean of the token vectors and its length, the mean scaled to length 1. */
function pool(table: Float64Array, ids: readonly number[]): Pooled {
  const unit = new Float64Array(D);
  for (const id of ids) for (let d = 0; d < D; d++) unit[d]! += table[id * D + d]! / ids.length;
  let square = 1e-12;
  for (const value of unit) square += value * value;
  const length = Math.sqrt(square);
  for (let d = 0; d < D; d++) unit[d]! /= length;
  return { unit, length };
}

/** Cross entropy of finding each first sentence's partner among the second ones. */
function addGradient(table: Parameter, pairs: readonly TokenPair[]): void {
  const left = pairs.map(({ ids }) => pool(table.value, ids[0]));
  const right = pairs.map(({ ids }) => pool(table.value, ids[1]));
  const leftSlope = left.map(() => new Float64Array(D));
  const rightSlope = right.map(() => new Float64Array(D));
  for (const [row, { unit }] of left.entries()) {
    const slopes = softmaxInPlace(
      Float64Array.from(right, (other) => dot(unit, other.unit) / TEMPERATURE),
    );
    subtractTarget(slopes, pairs, row);
    for (const [column, slope] of slopes.entries()) {
      const factor = slope / TEMPERATURE / pairs.length;
      const other = right[column]!.unit;
      for (let d = 0; d < D; d++) {
        leftSlope[row]![d]! += factor * other[d]!;
        rightSlope[column]![d]! += factor * unit[d]!;
      }
    }
  }
  for (const [index, { ids }] of pairs.entries()) {
    spread(table, ids[0], { pooled: left[index]!, slope: leftSlope[index]! });
    spread(table, ids[1], { pooled: right[index]!, slope: rightSlope[index]! });
  }
}

function subtractTarget(slopes: Float64Array, pairs: readonly TokenPair[], row: number): void {
  const { topic } = pairs[row]!;
  const related = [...pairs.keys()].filter((other) => {
    return other !== row && topic >= 0 && pairs[other]!.topic === topic;
  });
  const share = related.length === 0 ? 0 : TOPIC_SHARE;
  slopes[row]! -= 1 - share;
  for (const other of related) slopes[other]! -= share / related.length;
}

/** Carries a gradient from the unit vector back to the tokens it was made of. */
function spread(
  table: Parameter,
  ids: readonly number[],
  { pooled, slope }: { pooled: Pooled; slope: Float64Array },
): void {
  const along = dot(pooled.unit, slope);
  for (let d = 0; d < D; d++) {
    const change = (slope[d]! - along * pooled.unit[d]!) / pooled.length / ids.length;
    for (const id of ids) table.gradient[id * D + d]! += change;
  }
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < left.length; d++) sum += left[d]! * right[d]!;
  return sum;
}
