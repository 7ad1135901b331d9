// Task `sentence_embedding`: one vector per text, pooled by the graph itself or from its tokens.
import { CodedError } from "../error/index.ts";
import { type Graph, type Model, Pooling, Task as TaskNumber } from "../gen/manifest_pb.ts";
import { ModelType } from "../gen/metadata_pb.ts";
import { inputRows, l2Normalize, type PoolMode, pool, tokenRows } from "../tensor/index.ts";
import { checkOutput, expectFinite, expectOutput, graphWidth, problem } from "./output.ts";
import type { Answer, Problem, Task, View } from "./task.ts";

const POOLED_RANK = 2;
const TOKEN_RANK = 3;

const POOL_MODE: ReadonlyMap<Pooling, PoolMode> = new Map([
  [Pooling.MEAN, "mean"],
  [Pooling.CLS, "cls"],
  [Pooling.MAX, "max"],
  [Pooling.LAST_TOKEN, "last_token"],
  [Pooling.MEAN_SQRT_LEN, "mean_sqrt_len"],
  [Pooling.WEIGHTED_MEAN, "weighted_mean"],
]);

export const sentenceEmbedding: Task = {
  id: "sentence_embedding",
  modelType: ModelType.SENTENCE_EMBEDDING,
  // A graph that pools itself also holds what its exporter put after the pooling: its own word
  // counts first.
  outputNames: [
    "sentence_embedding",
    "sentence_embeddings",
    "last_hidden_state",
    "token_embeddings",
    "output_0",
    "hidden_states",
    "1607",
  ],
  outputRanks: [POOLED_RANK, TOKEN_RANK],
  takesPairs: false,
  check: checkSentenceEmbedding,
  reduce: (output, mask, { model, view, layers }) => {
    checkView(model, view);
    const rank = poolsItself(model) ? POOLED_RANK : TOKEN_RANK;
    expectOutput(output, mask, { ranks: [rank], width: graphWidth(model) });
    if (view === "tokens") return tokenRows(output, mask);
    const vectors = poolsItself(model) ? inputRows(output) : pool(output, mask, modesOf(model));
    return vectors.map((vector) => layers.reduce((result, layer) => layer(result), vector));
  },
};

/** Whether one vector per text leaves the graph. */
function poolsItself({ pooling }: Model): boolean {
  return pooling.length === 1 && pooling[0] === Pooling.NONE;
}

function modesOf({ pooling }: Model): readonly PoolMode[] {
  return pooling.flatMap((mode) => POOL_MODE.get(mode) ?? []);
}

/** Whether the model gives that view: of what a graph pools itself, no tokens leave it. */
export function givesView(model: Model, view: View): boolean {
  if (view === "default" || model.task === TaskNumber.EMBEDDING) return true;
  return model.task === TaskNumber.SENTENCE_EMBEDDING && !poolsItself(model);
}

/** Throws `TASK_VIEW_UNSUPPORTED` when vectors of tokens are wanted of a model that gives none. */
export function checkView(model: Model, view: View): void {
  if (givesView(model, view)) return;
  const reason =
    model.task === TaskNumber.SENTENCE_EMBEDDING
      ? "this model's graph pools them itself, so that only one vector per text leaves it"
      : "this model answers with scores and not with vectors";
  throw new CodedError(
    "TASK_VIEW_UNSUPPORTED",
    `Cannot give a vector per token as ${reason}: ask for its own answer`,
    { detail: { found: "tokens", expected: "default" } },
  );
}

function checkSentenceEmbedding(model: Model, graph: Graph): readonly Problem[] {
  const problems = [...checkOutput(model, graph, [POOLED_RANK, TOKEN_RANK])];
  const rank = graph.outputs.find((output) => output.name === model.output)?.shape.length ?? 0;
  const pooled = poolsItself(model);
  if (!pooled && (model.pooling.length === 0 || modesOf(model).length < model.pooling.length)) {
    const found = model.pooling.join(", ") || "none";
    problems.push(problem("pooling", `found ${found}: expected some of mean, cls, max ...`));
  } else if (rank === TOKEN_RANK && pooled) {
    problems.push(
      problem("pooling", "found none: expected a way to pool an output of 3 dimensions"),
    );
  } else if (rank === POOLED_RANK && !pooled) {
    problems.push(
      problem("pooling", "expected none: the output has 2 dimensions, one row per text"),
    );
  }
  return problems;
}

export type VectorOptions = {
  /** Divides the vector by its L2 norm; what the model does by itself when absent. */
  readonly normalize?: boolean | undefined;
  /** Keeps only the first so many numbers, as models trained for it (Matryoshka) allow. */
  readonly dimensions?: number | undefined;
};

/** The text's vector: cut to `dimensions` first and normalised then, so that it has length 1. */
export function sentenceVector(answer: Answer, model: Model, options: VectorOptions): Float32Array {
  expectFinite(answer.reduced);
  checkDimensions(model, options.dimensions);
  const vector = answer.reduced.data.subarray(0, options.dimensions ?? model.width);
  return (options.normalize ?? model.normalize) ? l2Normalize(vector) : vector;
}

/**
 * Throws `TASK_DIMENSIONS_INVALID` unless vectors may be cut to that many dimensions: those the
 * model was trained for, any up to its own where it names none, and always its own.
 */
export function checkDimensions(model: Model, dimensions: number | undefined): void {
  if (dimensions === undefined || dimensions === model.width) return;
  const { width, dimensions: named } = model;
  const isAllowed =
    named.length > 0
      ? named.includes(dimensions) && dimensions < width
      : Number.isInteger(dimensions) && dimensions >= 1 && dimensions < width;
  if (isAllowed) return;
  const sizes = [...new Set([...named.filter((size) => size < width), width])];
  const allowed =
    named.length > 0 ? `one of ${sizes.sort((a, b) => a - b).join(", ")}` : `1 to ${width}`;
  throw new CodedError(
    "TASK_DIMENSIONS_INVALID",
    `Cannot cut the vector to ${dimensions} dimensions as the model has ${width}: ` +
      `ask for ${allowed}`,
    { detail: { path: "dimensions", found: dimensions, expected: allowed } },
  );
}
