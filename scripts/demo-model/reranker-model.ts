// Fits how the reranker weighs its two comparisons of a query and a document.
import { createRandom } from "../fixture/random-weight.ts";
import { adamStep, Parameter } from "./adam.ts";
import { sigmoid } from "./portable-math.ts";
import { SENTENCE_DIMENSION as D } from "./sentence-model.ts";

/** logit = whole * cosine of the means + words * mean of the best word matches + bias. */
export type RerankerWeights = {
  readonly whole: number;
  readonly words: number;
  readonly bias: number;
};

const EPOCHS = 8;
const RATE = 0.05;
/** A second text padded with this many unrelated sentences still answers the first. */
const EXTRA_SENTENCES = 2;

/** Logistic regression on pairs that match and on pairs that do not; ids with special tokens. */
export function fitReranker(
  table: Float32Array,
  pairs: readonly (readonly (readonly number[])[])[],
): RerankerWeights {
  const random = createRandom("reranker");
  const someDocument = () => inner(pairs[random() % pairs.length]![1]!);
  const someWord = (ids: readonly number[]) => ids[random() % ids.length]!;
  const examples = pairs.map(([query, document], index) => {
    const relevant = index % 2 === 0;
    const ids = relevant ? [...inner(document!)] : [...someDocument()];
    // A word in common makes no answer: half of the strangers have one.
    if (!relevant && random() % 2 === 0) ids.push(someWord(inner(query!)));
    for (let extra = random() % (EXTRA_SENTENCES + 1); extra > 0; extra--) {
      ids.push(...someDocument());
    }
    // As the pair template cuts it: [CLS] query [SEP] | document [SEP].
    return { relevant, ...compareTexts(table, query!, [...ids, query!.at(-1)!]) };
  });
  const weights = new Parameter("reranker", 3, 0);
  const batch = 20;
  for (let step = 1; step <= (EPOCHS * examples.length) / batch; step++) {
    for (let count = 0; count < batch; count++) {
      const { relevant, whole, words } = examples[random() % examples.length]!;
      const [a, b, c] = weights.value;
      const slope = sigmoid(a! * whole + b! * words + c!) - Number(relevant);
      weights.gradient[0]! += slope * whole;
      weights.gradient[1]! += slope * words;
      weights.gradient[2]! += slope;
    }
    adamStep([weights], { step, rate: RATE, decay: 0 });
  }
  const [whole, words, bias] = weights.value;
  return { whole: whole!, words: words!, bias: bias! };
}

/** Ids without the special tokens at both ends. */
function inner(ids: readonly number[]): readonly number[] {
  return ids.slice(1, -1);
}

function compareTexts(table: Float32Array, query: readonly number[], document: readonly number[]) {
  const length = (vector: Float64Array) => Math.sqrt(dot(vector, vector) + 1e-12);
  const tokens = (ids: readonly number[]) =>
    ids.map((id) => Float64Array.from(table.subarray(id * D, (id + 1) * D)));
  const [left, right] = [tokens(query), tokens(document)];
  const [leftSum, rightSum] = [sum(left), sum(right)];
  const whole = dot(leftSum, rightSum) / length(leftSum) / length(rightSum);
  let matched = 0;
  let weight = 0;
  for (const token of left) {
    const own = length(token);
    let best = -1;
    for (const other of right) best = Math.max(best, dot(token, other) / own / length(other));
    matched += own * own * best;
    weight += own * own;
  }
  return { whole, words: matched / weight };
}

function sum(vectors: readonly Float64Array[]): Float64Array {
  const total = new Float64Array(D);
  for (const vector of vectors) for (let d = 0; d < D; d++) total[d]! += vector[d]!;
  return total;
}

function dot(left: Float64Array, right: Float64Array): number {
  let total = 0;
  for (let d = 0; d < D; d++) total += left[d]! * right[d]!;
  return total;
}
