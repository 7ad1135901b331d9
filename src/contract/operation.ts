// What can be asked of a model, by name, and of which task each is the business. Transports are
// generic over this.
import { CodedError } from "../error/index.ts";
import type { Model } from "../gen/manifest_pb.ts";
import { type TaskId, taskOfModel } from "../task/index.ts";
import { classifySequence, classifyTokens } from "./classify.ts";
import { embed, embedAll } from "./embed.ts";
import type { Exchange } from "./exchange.ts";
import { LIMITS, type Limits } from "./limit.ts";
import {
  predictEmbedding,
  predictSentenceEmbedding,
  predictSequenceClassification,
  predictTokenClassification,
} from "./predict.ts";
import { predictReranking, rerank } from "./rerank.ts";

export const OPERATION_IDS = ["predict", "embed", "embed_all", "rerank", "classify"] as const;
export type OperationId = (typeof OPERATION_IDS)[number];

/** The exchange of each task that serves the operation. */
export type Operation = Readonly<Partial<Record<TaskId, Exchange>>>;

export type Operations = Readonly<Record<OperationId, Operation>>;

export function createOperations(limits: Limits = LIMITS): Operations {
  return {
    predict: {
      embedding: predictEmbedding(limits),
      sentence_embedding: predictSentenceEmbedding(limits),
      sequence_classification: predictSequenceClassification(limits),
      token_classification: predictTokenClassification(limits),
      reranking: predictReranking(limits),
    },
    embed: { sentence_embedding: embed(limits) },
    embed_all: { sentence_embedding: embedAll(limits), embedding: embedAll(limits) },
    rerank: { reranking: rerank(limits) },
    classify: {
      sequence_classification: classifySequence(limits),
      token_classification: classifyTokens(limits),
    },
  };
}

/** How this model serves the operation; throws `TASK_MISMATCH` when it is of another task. */
export function exchangeFor(operations: Operations, id: OperationId, model: Model): Exchange {
  const task = taskOfModel(model).id;
  const exchange = operations[id][task];
  if (exchange !== undefined) return exchange;
  const expected = Object.keys(operations[id]);
  const served = OPERATION_IDS.filter((other) => operations[other][task] !== undefined);
  throw new CodedError(
    "TASK_MISMATCH",
    `Cannot serve "${id}" as the task of this model is ${task} where ${expected.join(" or ")} is ` +
      `expected: it serves ${served.join(", ")}`,
    { detail: { found: task, expected, served } },
  );
}
