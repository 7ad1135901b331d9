// A gated word model for sentiment: every word has a value, and a window of neighbours decides
// how much of it counts and with which sign ("not", "but", "although").
import { createRandom, shuffleInPlace } from "../fixture/random-weight.ts";
import { adamStep, Parameter } from "./adam.ts";
import { softmaxInPlace, tanh } from "./portable-math.ts";

/** Sizes: words are 24 numbers, of which 10 features steer the gates of their neighbours. */
export const SENTIMENT_SIZE = {
  embedding: 24,
  feature: 10,
  hidden: 16,
  value: 6,
  before: 8,
  after: 6,
  labels: 2,
} as const;

const {
  embedding: D,
  feature: F,
  hidden: H,
  value: C,
  before: BEFORE,
  after: AFTER,
} = SENTIMENT_SIZE;
const LABELS = SENTIMENT_SIZE.labels;
const WINDOW = BEFORE + 1 + AFTER;

export type SentimentWeights = {
  /** [tokens, embedding] */
  readonly embedding: Parameter;
  /** [embedding, feature] */
  readonly feature: Parameter;
  /** [window, feature, hidden] */
  readonly window: Parameter;
  readonly hiddenBias: Parameter;
  /** [hidden, value] */
  readonly gate: Parameter;
  readonly gateBias: Parameter;
  /** [embedding, value] */
  readonly value: Parameter;
  /** [value, labels] */
  readonly output: Parameter;
  readonly outputBias: Parameter;
};

export type TrainingItem = { readonly ids: readonly number[]; readonly label: number };

export type TrainingOptions = {
  readonly seed: string;
  readonly epochs: number;
  readonly rate: number;
};

const BATCH = 16;
const DECAY = 0.01;
/** Share of words hidden from the model in training, so that it leans on no single one. */
const WORD_DROPOUT_PERCENT = 8;
/** Price of a feature: only words that do change their neighbours are worth one. */
const FEATURE_COST = 0.005;
/** Target of the right label: less than 1 keeps probabilities honest. */
const TARGET = 0.98;

/** Trains from random weights; rows of tokens that never occurred stay zero and say nothing. */
export function trainSentiment(
  items: readonly TrainingItem[],
  tokenCount: number,
  { seed, epochs, rate }: TrainingOptions,
): SentimentWeights {
  const weights = createWeights(seed, tokenCount);
  zeroUnseenRows(weights.embedding.value, items);
  const parameters = Object.values(weights);
  const random = createRandom(`${seed}:order`);
  const order = items.map((_, index) => index);
  const stepsPerEpoch = Math.ceil(items.length / BATCH);
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffleInPlace(order, random);
    for (let start = 0; start < order.length; start += BATCH) {
      for (const index of order.slice(start, start + BATCH)) {
        const { ids, label } = items[index]!;
        const kept = ids.filter((id) => id < 5 || random() % 100 >= WORD_DROPOUT_PERCENT);
        addGradient(weights, kept, label);
      }
      step += 1;
      const remaining = 1 - step / (epochs * stepsPerEpoch + 1);
      adamStep(parameters, { step, rate: rate * remaining, decay: DECAY });
    }
  }
  return weights;
}

function createWeights(seed: string, tokenCount: number): SentimentWeights {
  const make = (name: string, length: number, deviation: number) =>
    new Parameter(`${seed}:${name}`, length, deviation);
  const weights = {
    embedding: make("embedding", tokenCount * D, 0.1),
    feature: make("feature", D * F, 0.3),
    window: make("window", WINDOW * F * H, 0.15),
    hiddenBias: make("hidden bias", H, 0.1),
    gate: make("gate", H * C, 0.2),
    gateBias: make("gate bias", C, 0),
    value: make("value", D * C, 0.3),
    output: make("output", C * LABELS, 0.5),
    outputBias: make("output bias", LABELS, 0),
  };
  // Gates start open: a word counts as it stands until the neighbours say otherwise.
  weights.gateBias.value.fill(1);
  return weights;
}

function zeroUnseenRows(table: Float64Array, items: readonly TrainingItem[]): void {
  const seen = new Set(items.flatMap(({ ids }) => ids));
  for (let row = 0; row * D < table.length; row++) {
    if (!seen.has(row)) table.fill(0, row * D, (row + 1) * D);
  }
}

/** One pass forward and backward: adds the gradient of the cross entropy of one text. */
function addGradient(weights: SentimentWeights, ids: readonly number[], label: number): void {
  const count = ids.length;
  const words = gather(weights.embedding.value, ids);
  const features = multiply(words, weights.feature.value, { rows: count, inner: D, columns: F });
  const hidden = convolve(weights, features, count);
  const gates = multiply(hidden, weights.gate.value, { rows: count, inner: H, columns: C });
  const values = multiply(words, weights.value.value, { rows: count, inner: D, columns: C });
  const sum = new Float64Array(C);
  for (let at = 0; at < count * C; at++) {
    gates[at] = tanh(gates[at]! + weights.gateBias.value[at % C]!);
    sum[at % C]! += gates[at]! * values[at]!;
  }
  const scores = multiply(sum, weights.output.value, { rows: 1, inner: C, columns: LABELS });
  for (let index = 0; index < LABELS; index++) scores[index]! += weights.outputBias.value[index]!;
  const slopes = softmaxInPlace(scores);
  for (let index = 0; index < LABELS; index++) {
    slopes[index]! -= index === label ? TARGET : (1 - TARGET) / (LABELS - 1);
    weights.outputBias.gradient[index]! += slopes[index]!;
  }

  const outer = { rows: 1, inner: C, columns: LABELS };
  const sumSlope = backward(weights.output, sum, { slopes, ...outer });
  const valueSlope = new Float64Array(count * C);
  const gateSlope = new Float64Array(count * C);
  for (let at = 0; at < count * C; at++) {
    const slope = sumSlope[at % C]!;
    valueSlope[at] = slope * gates[at]!;
    gateSlope[at] = slope * values[at]! * (1 - gates[at]! * gates[at]!);
    weights.gateBias.gradient[at % C]! += gateSlope[at]!;
  }
  const hiddenSlope = backward(weights.gate, hidden, {
    slopes: gateSlope,
    rows: count,
    inner: H,
    columns: C,
  });
  const featureSlope = convolveBackward(weights, { features, hidden, hiddenSlope, count });
  for (let at = 0; at < featureSlope.length; at++) {
    featureSlope[at]! += FEATURE_COST * Math.sign(features[at]!);
  }
  const wordSlope = backward(weights.value, words, {
    slopes: valueSlope,
    rows: count,
    inner: D,
    columns: C,
  });
  const steering = { slopes: featureSlope, rows: count, inner: D, columns: F };
  const otherSlope = backward(weights.feature, words, steering);
  for (const [position, id] of ids.entries()) {
    for (let d = 0; d < D; d++) {
      const at = position * D + d;
      weights.embedding.gradient[id * D + d]! += wordSlope[at]! + otherSlope[at]!;
    }
  }
}

function gather(table: Float64Array, ids: readonly number[]): Float64Array {
  const rows = new Float64Array(ids.length * D);
  for (const [position, id] of ids.entries()) {
    rows.set(table.subarray(id * D, (id + 1) * D), position * D);
  }
  return rows;
}

type Sizes = { readonly rows: number; readonly inner: number; readonly columns: number };

/** [rows, inner] times [inner, columns]. */
function multiply(left: Float64Array, right: Float64Array, { rows, inner, columns }: Sizes) {
  const product = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < inner; k++) {
      const factor = left[row * inner + k]!;
      for (let column = 0; column < columns; column++) {
        product[row * columns + column]! += factor * right[k * columns + column]!;
      }
    }
  }
  return product;
}

/** Gradient of a product: adds the matrix's to the parameter, returns that of the left side. */
function backward(
  matrix: Parameter,
  left: Float64Array,
  { slopes, rows, inner, columns }: Sizes & { slopes: Float64Array },
): Float64Array {
  const leftSlope = new Float64Array(rows * inner);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < inner; k++) {
      const factor = left[row * inner + k]!;
      let total = 0;
      for (let column = 0; column < columns; column++) {
        const slope = slopes[row * columns + column]!;
        matrix.gradient[k * columns + column]! += factor * slope;
        total += slope * matrix.value[k * columns + column]!;
      }
      leftSlope[row * inner + k] = total;
    }
  }
  return leftSlope;
}

/** relu(bias + sum over the window): [count, feature] to [count, hidden]; zeros beyond the ends. */
function convolve(weights: SentimentWeights, features: Float64Array, count: number): Float64Array {
  const hidden = new Float64Array(count * H);
  const kernel = weights.window.value;
  for (let at = 0; at < count; at++) {
    hidden.set(weights.hiddenBias.value, at * H);
    for (let k = Math.max(0, BEFORE - at); k < Math.min(WINDOW, count - at + BEFORE); k++) {
      const source = (at + k - BEFORE) * F;
      for (let f = 0; f < F; f++) {
        const factor = features[source + f]!;
        const row = (k * F + f) * H;
        for (let h = 0; h < H; h++) hidden[at * H + h]! += factor * kernel[row + h]!;
      }
    }
    for (let h = at * H; h < (at + 1) * H; h++) if (hidden[h]! < 0) hidden[h] = 0;
  }
  return hidden;
}

function convolveBackward(
  weights: SentimentWeights,
  io: { features: Float64Array; hidden: Float64Array; hiddenSlope: Float64Array; count: number },
): Float64Array {
  const { features, hidden, hiddenSlope, count } = io;
  const featureSlope = new Float64Array(count * F);
  const { value: kernel, gradient } = weights.window;
  for (let at = 0; at < count; at++) {
    for (let h = 0; h < H; h++) {
      if (hidden[at * H + h] === 0) hiddenSlope[at * H + h] = 0;
      weights.hiddenBias.gradient[h]! += hiddenSlope[at * H + h]!;
    }
    for (let k = Math.max(0, BEFORE - at); k < Math.min(WINDOW, count - at + BEFORE); k++) {
      const source = (at + k - BEFORE) * F;
      for (let f = 0; f < F; f++) {
        const factor = features[source + f]!;
        const row = (k * F + f) * H;
        let total = 0;
        for (let h = 0; h < H; h++) {
          const slope = hiddenSlope[at * H + h]!;
          gradient[row + h]! += factor * slope;
          total += slope * kernel[row + h]!;
        }
        featureSlope[source + f]! += total;
      }
    }
  }
  return featureSlope;
}
