// What can be asked of a model, by name, and which models serve it: the one place that decides.
// Transports are generic over this.
import { assert, CodedError } from "../error/index.ts";
import type { Model } from "../gen/manifest_pb.ts";
import { givesView, TASK_IDS, type TaskId, taskOfModel } from "../task/index.ts";
import { classifySequence, classifyTokens, pipelineSequence } from "./classify.ts";
import { hasDocuments, requireRanked, rerankCohere, rerankDocuments } from "./cohere.ts";
import { embed, embedAll, embedSparse } from "./embed.ts";
import { chooseExchange, type Exchange } from "./exchange.ts";
import { infer } from "./kserve.ts";
import { LIMITS, type Limits } from "./limit.ts";
import { ollamaEmbed, ollamaEmbeddings } from "./ollama.ts";
import { openaiEmbeddings } from "./openai.ts";
import { predictSequenceClassification, predictTokenClassification } from "./predict.ts";
import {
  predictEmbedding,
  predictSentenceEmbedding,
  predictSparseEmbedding,
} from "./predict-embedding.ts";
import { redact } from "./redact.ts";
import { predictReranking, rerank } from "./rerank.ts";
import { similarity } from "./similarity.ts";
import { forInstances } from "./vertex.ts";

export const OPERATION_IDS = [
  "predict",
  "embed",
  "embed_all",
  "embed_sparse",
  "rerank",
  "rerank_v2",
  "classify",
  "redact",
  "similarity",
  "openai_embeddings",
  "ollama_embed",
  "ollama_embeddings",
  "infer",
  "pipeline",
  "vertex",
] as const;
export type OperationId = (typeof OPERATION_IDS)[number];

/** The exchange of each task that serves the operation. */
export type Operation = Readonly<Partial<Record<TaskId, Exchange>>>;

export type Operations = Readonly<Record<OperationId, Operation>>;

/** What platforms that know a single operation mean, where each model is for one thing. */
const NATURAL_OPERATIONS = ["classify", "rerank", "embed_sparse", "embed", "embed_all"] as const;

/** How the exchange of each task is made. */
type Makers = Readonly<Partial<Record<TaskId, () => Exchange>>>;

/**
 * The exchanges, each made when it is first asked for: a model serves those of one task, and all of them take
 * longer to make than the rest of a start.
 */
function lazily(makers: Makers): Operation {
  const operation: Partial<Record<TaskId, Exchange>> = {};
  for (const [task, make] of Object.entries(makers)) {
    let made: Exchange | undefined;
    const get = () => {
      made ??= make();
      return made;
    };
    Object.defineProperty(operation, task, { enumerable: true, get });
  }
  return operation;
}

export function createOperations(limits: Limits = LIMITS): Operations {
  const makers = ownMakers(limits);
  const vertex = NATURAL_OPERATIONS.toReversed().flatMap((id) =>
    Object.entries(makers[id]).map(([task, make]) => [task, () => forInstances(make(), limits)]),
  );
  const all = { ...makers, vertex: Object.fromEntries(vertex) };
  const made = Object.entries(all).map(([id, operation]) => [id, lazily(operation)]);
  // What is made of every operation's makers has every operation.
  return Object.fromEntries(made) as Operations;
}

function ownMakers(limits: Limits): Readonly<Record<Exclude<OperationId, "vertex">, Makers>> {
  return {
    predict: {
      embedding: () => predictEmbedding(limits),
      sentence_embedding: () => predictSentenceEmbedding(limits),
      sequence_classification: () => predictSequenceClassification(limits),
      token_classification: () => predictTokenClassification(limits),
      reranking: () => predictReranking(limits),
      sparse_embedding: () => predictSparseEmbedding(limits),
    },
    embed: { sentence_embedding: () => embed(limits) },
    embed_all: { sentence_embedding: () => embedAll(limits), embedding: () => embedAll(limits) },
    embed_sparse: { sparse_embedding: () => embedSparse(limits) },
    rerank: {
      reranking: () =>
        chooseExchange({
          when: hasDocuments,
          check: requireRanked,
          chosen: rerankDocuments(limits),
          otherwise: rerank(limits),
        }),
    },
    rerank_v2: { reranking: () => rerankCohere(limits) },
    classify: {
      sequence_classification: () => classifySequence(limits),
      token_classification: () => classifyTokens(limits),
    },
    redact: { token_classification: () => redact(limits) },
    similarity: { sentence_embedding: () => similarity(limits) },
    openai_embeddings: { sentence_embedding: () => openaiEmbeddings(limits) },
    ollama_embed: { sentence_embedding: () => ollamaEmbed(limits) },
    ollama_embeddings: { sentence_embedding: () => ollamaEmbeddings(limits) },
    pipeline: {
      sequence_classification: () => pipelineSequence(limits),
      token_classification: () => classifyTokens(limits),
      sentence_embedding: () => embed(limits),
    },
    infer: Object.fromEntries(TASK_IDS.map((task) => [task, () => infer(task, limits)])),
  };
}

/** The operations this very model serves, by its task and by what its graph gives. */
export function operationsOf(operations: Operations, model: Model): readonly OperationId[] {
  const task = taskOfModel(model).id;
  return OPERATION_IDS.filter((id) => {
    const exchange = operations[id][task];
    return exchange !== undefined && givesView(model, exchange.view);
  });
}

/** What the model is for, among the operations that answer without a frame. */
export function naturalOperation(operations: Operations, model: Model): OperationId {
  const served = operationsOf(operations, model);
  const natural = NATURAL_OPERATIONS.find((id) => served.includes(id));
  assert(natural !== undefined, "every task has an operation of its own");
  return natural;
}

/** The model that is asked, and what callers call its operations: their ids, unless said. */
export type Asked = { readonly model: Model; readonly nameOf?: (id: OperationId) => string };

/**
 * How the model serves the operation; throws `TASK_MISMATCH` when it is of another task,
 * `TASK_VIEW_UNSUPPORTED` when its graph does not give what is needed.
 */
export function exchangeFor(operations: Operations, id: OperationId, asked: Asked): Exchange {
  const { model, nameOf = String } = asked;
  const task = taskOfModel(model).id;
  const exchange = operations[id][task];
  const serves = () => operationsOf(operations, model).map((other) => nameOf(other));
  if (exchange === undefined) {
    const served = serves();
    const expected = Object.keys(operations[id]);
    throw new CodedError(
      "TASK_MISMATCH",
      `Cannot serve ${nameOf(id)} as the task of this model is ${task} where ` +
        `${expected.join(" or ")} is expected: it serves ${served.join(", ")}`,
      { detail: { found: task, expected, served } },
    );
  }
  if (givesView(model, exchange.view)) return exchange;
  // Only vectors of tokens can be missing, and only where there is one of the text.
  throw new CodedError(
    "TASK_VIEW_UNSUPPORTED",
    `Cannot serve ${nameOf(id)} as the graph of this model pools its tokens itself, so that only ` +
      `one vector per text leaves it: use ${nameOf("embed")}`,
    {
      detail: { found: "one vector per text", expected: "one vector per token", served: serves() },
    },
  );
}
