// A window model for entities: what a token is called depends on the vectors of its neighbours.
import { createRandom, shuffleInPlace } from "../fixture/random-weight.ts";
import { adamStep, Parameter } from "./adam.ts";
import { softmaxInPlace } from "./portable-math.ts";

/** Tokens are 16 numbers; each label sees 4 tokens before and 4 after its own. */
export const ENTITY_SIZE = { embedding: 16, hidden: 24, radius: 4, labels: 7 } as const;

const { embedding: D, hidden: H, radius: R, labels: L } = ENTITY_SIZE;
const WINDOW = 2 * R + 1;
const BATCH = 16;
const DECAY = 0.01;
/** How often a token is hidden, so that the model looks at its neighbours. */
const HIDDEN_PERCENT = 7;

export type EntityWeights = {
  /** [tokens, embedding] */
  readonly embedding: Parameter;
  /** [window, embedding, hidden] */
  readonly window: Parameter;
  readonly hiddenBias: Parameter;
  /** [hidden, labels] */
  readonly output: Parameter;
  readonly outputBias: Parameter;
};

/** Token ids with special tokens and a label for each. */
export type LabelledTokens = {
  readonly ids: readonly number[];
  readonly labels: readonly number[];
};

/** Trains from random weights; rows of tokens that never occurred stay as they are drawn. */
export function trainEntities(
  items: readonly LabelledTokens[],
  options: { seed: string; tokenCount: number; epochs: number; rate: number },
): EntityWeights {
  const { seed, tokenCount, epochs, rate } = options;
  const weights: EntityWeights = {
    embedding: new Parameter(`${seed}:embedding`, tokenCount * D, 0.1),
    window: new Parameter(`${seed}:window`, WINDOW * D * H, 0.08),
    hiddenBias: new Parameter(`${seed}:hidden bias`, H, 0.1),
    output: new Parameter(`${seed}:output`, H * L, 0.2),
    outputBias: new Parameter(`${seed}:output bias`, L, 0),
  };
  const parameters = Object.values(weights);
  const random = createRandom(`${seed}:order`);
  const order = items.map((_, index) => index);
  const steps = epochs * Math.floor(items.length / BATCH);
  for (let step = 1; step <= steps; step++) {
    const from = ((step - 1) * BATCH) % (items.length - (items.length % BATCH));
    if (from === 0) shuffleInPlace(order, random);
    for (const index of order.slice(from, from + BATCH))
      addGradient(weights, items[index]!, random);
    adamStep(parameters, { step, rate: rate * (1 - step / (steps + 1)), decay: DECAY });
  }
  return weights;
}

function addGradient(weights: EntityWeights, item: LabelledTokens, random: () => number): void {
  const count = item.ids.length;
  const table = weights.embedding.value;
  const words = new Float64Array(count * D);
  for (const [at, id] of item.ids.entries()) {
    if (random() % 100 >= HIDDEN_PERCENT) words.set(table.subarray(id * D, (id + 1) * D), at * D);
  }
  const wordSlope = new Float64Array(count * D);
  const hidden = new Float64Array(H);
  const hiddenSlope = new Float64Array(H);
  for (let at = 0; at < count; at++) {
    readWindow(weights, { words, hidden, at, count });
    const slopes = softmaxInPlace(labelScores(weights, hidden));
    slopes[item.labels[at]!]! -= 1;
    for (let h = 0; h < H; h++) {
      let total = 0;
      for (let label = 0; label < L; label++) {
        weights.output.gradient[h * L + label]! += hidden[h]! * slopes[label]!;
        total += weights.output.value[h * L + label]! * slopes[label]!;
      }
      hiddenSlope[h] = hidden[h]! > 0 ? total : 0;
      weights.hiddenBias.gradient[h]! += hiddenSlope[h]!;
    }
    for (let label = 0; label < L; label++) weights.outputBias.gradient[label]! += slopes[label]!;
    spreadWindow(weights, { words, wordSlope, hiddenSlope, at, count });
  }
  for (const [at, id] of item.ids.entries()) {
    // A hidden token has zeros here and learns nothing from it.
    if (words[at * D] === 0) continue;
    for (let d = 0; d < D; d++) weights.embedding.gradient[id * D + d]! += wordSlope[at * D + d]!;
  }
}

function labelScores(weights: EntityWeights, hidden: Float64Array): Float64Array {
  const scores = Float64Array.from(weights.outputBias.value);
  for (let h = 0; h < H; h++) {
    for (let label = 0; label < L; label++) {
      scores[label]! += hidden[h]! * weights.output.value[h * L + label]!;
    }
  }
  return scores;
}

type Place = { readonly at: number; readonly count: number };

/** relu(bias + window) of one position; zeros lie beyond the ends. */
function readWindow(
  weights: EntityWeights,
  { words, hidden, at, count }: Place & { words: Float64Array; hidden: Float64Array },
): void {
  hidden.set(weights.hiddenBias.value);
  const kernel = weights.window.value;
  for (let k = Math.max(0, R - at); k < Math.min(WINDOW, count - at + R); k++) {
    for (let d = 0; d < D; d++) {
      const factor = words[(at + k - R) * D + d]!;
      const row = (k * D + d) * H;
      for (let h = 0; h < H; h++) hidden[h]! += factor * kernel[row + h]!;
    }
  }
  for (let h = 0; h < H; h++) if (hidden[h]! < 0) hidden[h] = 0;
}

function spreadWindow(
  weights: EntityWeights,
  io: Place & { words: Float64Array; wordSlope: Float64Array; hiddenSlope: Float64Array },
): void {
  const { words, wordSlope, hiddenSlope, at, count } = io;
  const { value: kernel, gradient } = weights.window;
  for (let k = Math.max(0, R - at); k < Math.min(WINDOW, count - at + R); k++) {
    for (let d = 0; d < D; d++) {
      const source = (at + k - R) * D + d;
      const factor = words[source]!;
      const row = (k * D + d) * H;
      let total = 0;
      for (let h = 0; h < H; h++) {
        gradient[row + h]! += factor * hiddenSlope[h]!;
        total += kernel[row + h]! * hiddenSlope[h]!;
      }
      wordSlope[source]! += total;
    }
  }
}
