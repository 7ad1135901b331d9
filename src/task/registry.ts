// The tasks, each on one line, and the ways to find one.
import { CodedError } from "../error/index.ts";
import { type Model, Task as TaskNumber } from "../gen/manifest_pb.ts";
import { embedding } from "./embedding.ts";
import { reranking } from "./reranking.ts";
import { sentenceEmbedding } from "./sentence-embedding.ts";
import { sequenceClassification } from "./sequence-classification.ts";
import { sparseEmbedding } from "./sparse-embedding.ts";
import { TASK_IDS, type Task, type TaskId } from "./task.ts";
import { tokenClassification } from "./token-classification.ts";

export const TASKS: Readonly<Record<TaskId, Task>> = {
  embedding,
  sentence_embedding: sentenceEmbedding,
  sequence_classification: sequenceClassification,
  token_classification: tokenClassification,
  reranking,
  sparse_embedding: sparseEmbedding,
};

const NUMBER_OF_TASK: Readonly<Record<TaskId, TaskNumber>> = {
  embedding: TaskNumber.EMBEDDING,
  sentence_embedding: TaskNumber.SENTENCE_EMBEDDING,
  sequence_classification: TaskNumber.SEQUENCE_CLASSIFICATION,
  token_classification: TaskNumber.TOKEN_CLASSIFICATION,
  reranking: TaskNumber.RERANKING,
  sparse_embedding: TaskNumber.SPARSE_EMBEDDING,
};

/** The task of that name; throws `TASK_UNKNOWN`. */
export function taskById(id: string): Task {
  const known = TASK_IDS.find((candidate) => candidate === id);
  if (known !== undefined) return TASKS[known];
  throw new CodedError(
    "TASK_UNKNOWN",
    `Cannot find the task "${id.slice(0, 60)}": expected one of ${TASK_IDS.join(", ")}`,
    { detail: { found: id.slice(0, 60), expected: TASK_IDS } },
  );
}

/** What the model was built for; throws `TASK_UNKNOWN` for a file of a newer builder. */
export function taskOfModel(model: Model): Task {
  const id = TASK_IDS.find((candidate) => NUMBER_OF_TASK[candidate] === model.task);
  if (id !== undefined) return TASKS[id];
  throw new CodedError(
    "TASK_UNKNOWN",
    `Cannot run the model as its task is number ${model.task} where 1 to ${TASK_IDS.length} are ` +
      "known: was the file made by a newer builder?",
    { detail: { found: model.task, expected: `1 to ${TASK_IDS.length}` } },
  );
}

/** The number a task has in the manifest. */
export function taskNumber(id: TaskId): TaskNumber {
  return NUMBER_OF_TASK[id];
}
