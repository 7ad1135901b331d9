// Finding a task by its name or by the model.
import { describe, expect, test } from "bun:test";
import { isCodedError } from "../../src/error/index.ts";
import { ModelType } from "../../src/gen/metadata_pb.ts";
import { TASK_IDS, TASKS, taskById, taskNumber, taskOfModel } from "../../src/task/index.ts";
import { modelOf, Task } from "./answer.ts";

function codeOf(run: () => unknown): string {
  try {
    run();
    return "none";
  } catch (thrown) {
    return isCodedError(thrown) ? thrown.code : String(thrown);
  }
}

describe("registry", () => {
  test.each([...TASK_IDS])("TASKS has %s under its own name and number", (id) => {
    expect(TASKS[id].id).toBe(id);
    expect(taskById(id)).toBe(TASKS[id]);
    expect(taskOfModel(modelOf({ task: taskNumber(id) }))).toBe(TASKS[id]);
  });

  test("TASKS keep their published types; what is not known there is the nearest", () => {
    expect(TASK_IDS.map((id) => TASKS[id].modelType)).toEqual([
      ModelType.EMBEDDING,
      ModelType.SENTENCE_EMBEDDING,
      ModelType.SEQUENCE_CLASSIFICATION,
      ModelType.TOKEN_CLASSIFICATION,
      ModelType.SEQUENCE_CLASSIFICATION,
      ModelType.SENTENCE_EMBEDDING,
    ]);
  });

  test("taskNumber() is that of the manifest", () => {
    expect(TASK_IDS.map(taskNumber)).toEqual([
      Task.EMBEDDING,
      Task.SENTENCE_EMBEDDING,
      Task.SEQUENCE_CLASSIFICATION,
      Task.TOKEN_CLASSIFICATION,
      Task.RERANKING,
      Task.SPARSE_EMBEDDING,
    ]);
  });

  test.each(["", "Embedding", "toString", "x".repeat(1000)])(
    "taskById() refuses %j with TASK_UNKNOWN",
    (id) => {
      expect(codeOf(() => taskById(id))).toBe("TASK_UNKNOWN");
    },
  );

  test.each([0, 7, 99])("taskOfModel() refuses number %p with TASK_UNKNOWN", (task) => {
    expect(codeOf(() => taskOfModel(modelOf({ task: task as Task })))).toBe("TASK_UNKNOWN");
  });
});
