// What is kept of an answer this build computed: enough to notice another model, tokenizer, pooling or library, and
// little enough that another processor, which adds numbers in another order, finds it again and writes the same bytes.
//
// - Texts, spans and ids are kept as they are.
// - Of a vector, its length and first 8 numbers are kept, rounded to steps of a grid: 1/1000 of the power of ten that
//   is not below the largest magnitude among the answer's vectors. Of tokens, only the first and last have vectors.
// - The tolerance is two steps: half of one is rounding.
// - A label is kept only when it wins by more than the tolerance.
//
// float32 results of two processors differ by some 1e-7 of that magnitude. A middle between two steps lies between them
// for one number in 10,000; with 32 numbers of vectors in a build, one build in 300 differs by a step. No rule of
// rounding is without middles. Graphs that compute roughly differ by whole steps between processors of different kinds:
// their goldens hold there, but the same bytes are to be expected only on processors of one kind.
import type { TaskId } from "../task/index.ts";

/** How a graph computes: in float32, or with rounded weights or activations (float16, int8). */
export type Precision = "float32" | "rough";

export type DurableResponse = { readonly response: unknown; readonly tolerance: number };

/** Numbers that are kept of a vector: an error of pooling, prompt or weights shows in each of them. */
const NUMBERS_KEPT = 8;

type Grid = {
  /** A step is coefficient x 10^exponent of the magnitude's power of ten. */
  readonly coefficient: number;
  readonly exponent: number;
};

const GRIDS: Readonly<Record<Precision, Grid>> = {
  // Three decimals: ten thousand times what processors differ by.
  float32: { coefficient: 1, exponent: -3 },
  // 8 bits resolve 1/256 of a range, float16 1/2048; processors with and without dot products of bytes, or with
  // arithmetic in float16, differ by several of those after a few layers.
  rough: { coefficient: 2, exponent: -2 },
};

const STEPS_TOLERATED = 2;

type Rules = {
  readonly tolerance: number;
  /** The number on the grid. */
  readonly round: (value: number) => number;
};

/** What is kept of the response to a `predict` with one input. */
export function durableResponse(
  task: TaskId,
  response: unknown,
  precision: Precision,
): DurableResponse {
  // The frame of every task's predict.
  const { results } = response as { readonly results: readonly unknown[] };
  const { vectors, keep } = SHAPES[task];
  const rules = rulesFor(results.flatMap(vectors), GRIDS[precision]);
  return {
    response: { results: results.map((result) => keep(result, rules)) },
    tolerance: rules.tolerance,
  };
}

function rulesFor(vectors: readonly Float32Array[], { coefficient, exponent }: Grid): Rules {
  let largest = 0;
  for (const vector of vectors)
    for (const value of vector) largest = Math.max(largest, Math.abs(value));
  const power = largest > 0 ? Math.ceil(Math.log10(largest)) : 0;
  // Decimals are parsed, not multiplied: 2e-4 is to be printed as that.
  const step = Number(`${coefficient}e${power + exponent}`);
  return {
    tolerance: Number(`${STEPS_TOLERATED * coefficient}e${power + exponent}`),
    round: (value) => Number((Math.round(value / step) * step).toPrecision(NUMBERS_KEPT)),
  };
}

type Shape = {
  /** The vectors whose magnitude decides. */
  readonly vectors: (result: unknown) => readonly Float32Array[];
  /** What is kept of one result. */
  readonly keep: (result: unknown, rules: Rules) => unknown;
};

/** Ties the type of a task's result, which the contract gives, to what is kept of it. */
function shape<Result>(parts: {
  readonly vectors: (result: Result) => readonly Float32Array[];
  readonly keep: (result: Result, rules: Rules) => unknown;
}): Shape {
  return {
    vectors: (result) => parts.vectors(result as Result),
    keep: (result, rules) => parts.keep(result as Result, rules),
  };
}

type TokenVectors = {
  readonly embeddings: readonly { readonly token_info: object; readonly embedding: Float32Array }[];
};
type Classified = {
  readonly logits: Float32Array;
  readonly predicted_index: number;
  readonly predicted_label: string | null;
};
type Labelled = {
  readonly tokens: readonly {
    readonly token_info: object;
    readonly scores: Float32Array;
    readonly label: string;
  }[];
};
type Weighted = {
  /** The heaviest first. */
  readonly sparse_embedding: readonly {
    readonly index: number;
    readonly value: number;
    readonly token: string;
  }[];
};

const SHAPES: Readonly<Record<TaskId, Shape>> = {
  sentence_embedding: shape<{ readonly embedding: Float32Array }>({
    vectors: ({ embedding }) => [embedding],
    keep: ({ embedding }, rules) => ({ embedding: keepVector(embedding, rules) }),
  }),
  embedding: shape<TokenVectors>({
    vectors: ({ embeddings }) => embeddings.map(({ embedding }) => embedding),
    keep: ({ embeddings }, rules) => ({
      embeddings: embeddings.map(({ token_info, embedding }, index) => ({
        ...(isEdge(index, embeddings) ? { embedding: keepVector(embedding, rules) } : {}),
        token_info,
      })),
    }),
  }),
  sequence_classification: shape<Classified>({
    vectors: ({ logits }) => [logits],
    keep: ({ logits, predicted_index, predicted_label }, rules) => ({
      logits: keepVector(logits, rules),
      ...(isClear(logits, rules) ? { predicted_index, predicted_label } : {}),
    }),
  }),
  token_classification: shape<Labelled>({
    vectors: ({ tokens }) => tokens.map(({ scores }) => scores),
    keep: ({ tokens }, rules) => ({
      tokens: tokens.map(({ token_info, scores, label }, index) => ({
        token_info,
        ...(isEdge(index, tokens) ? { scores: keepVector(scores, rules) } : {}),
        ...(isClear(scores, rules) ? { label } : {}),
      })),
    }),
  }),
  reranking: shape<{ readonly index: number; readonly score: number }>({
    vectors: ({ score }) => [Float32Array.of(score)],
    keep: ({ index, score }, { round }) => ({ index, score: round(score) }),
  }),
  sparse_embedding: shape<Weighted>({
    vectors: ({ sparse_embedding }) => [Float32Array.from(sparse_embedding, ({ value }) => value)],
    keep: ({ sparse_embedding }, rules) => ({
      sparse_embedding: { first: keepHeaviest(sparse_embedding, rules) },
    }),
  }),
};

function isEdge(index: number, list: readonly unknown[]): boolean {
  return index === 0 || index === list.length - 1;
}

function keepVector(vector: Float32Array, { round }: Rules): unknown {
  const first = Array.from(vector.subarray(0, NUMBERS_KEPT), round);
  return vector.length <= NUMBERS_KEPT ? first : { length: vector.length, first };
}

/**
 * The values of the heaviest weights, and whose they are where no neighbour is so near that the two might change
 * places. Which of the smallest are above zero at all may differ: those are left out.
 */
function keepHeaviest(weights: Weighted["sparse_embedding"], { tolerance, round }: Rules): unknown {
  const kept = weights.slice(0, NUMBERS_KEPT).filter(({ value }) => value > tolerance);
  return kept.map(({ value, index, token }, place) => {
    const neighbours = [weights[place - 1], weights[place + 1]];
    const isOwn = neighbours.every(
      (other) => other === undefined || Math.abs(other.value - value) > tolerance,
    );
    return { value: round(value), ...(isOwn ? { index, token } : {}) };
  });
}

/** Whether the largest number is so by more than the tolerance. */
function isClear(numbers: Float32Array, { tolerance }: Rules): boolean {
  const [first = 0, second = Number.NEGATIVE_INFINITY] = [...numbers].sort((a, b) => b - a);
  return first - second > tolerance;
}
