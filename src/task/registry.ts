// The tasks, each on one line, and the ways to find one.
import { CodedError } from "../error/index.ts";
import { type Model, Task as TaskNumber } from "../gen/manifest_pb.ts";
import { embedding } from "./embedding.ts";
import { reranking } from "./reranking.ts";
import { sentenceEmbedding } from "./sentence-embedding.ts";
import { sequenceClassification } from "./sequence-classification.ts";
import { TASK_IDS, type Task, type TaskId } from "./task.ts";
import { tokenClassification } from "./token-classification.ts";

export const TASKS: Readonly<Record<TaskId, Task>> = {
  embedding,
  sentence_embedding: sentenceEmbedding,
  sequence_classification: sequenceClassification,
  token_classification: tokenClassification,
  reranking,
};

const TASK_OF_NUMBER: ReadonlyMap<TaskNumber, TaskId> = new Map([
  [TaskNumber.EMBEDDING, "embedding"],
  [TaskNumber.SENTENCE_EMBEDDING, "sentence_embedding"],
  [TaskNumber.SEQUENCE_CLASSIFICATION, "sequence_classification"],
  [TaskNumber.TOKEN_CLASSIFICATION, "token_classification"],
  [TaskNumber.RERANKING, "reranking"],
]);

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
  const id = TASK_OF_NUMBER.get(model.task);
  if (id !== undefined) return TASKS[id];
  throw new CodedError(
    "TASK_UNKNOWN",
    `Cannot run the model as its task is number ${model.task} where 1 to ${TASK_OF_NUMBER.size} ` +
      "are known: was the file made by a newer builder?",
    { detail: { found: model.task, expected: [...TASK_OF_NUMBER.keys()].map(String) } },
  );
}

/** The number a task has in the manifest. */
export function taskNumber(id: TaskId): TaskNumber {
  for (const [number, candidate] of TASK_OF_NUMBER) if (candidate === id) return number;
  return TaskNumber.UNSPECIFIED;
}
