// Door of the module `task`.
export { defaultLabels, type LabelReport, readLabels } from "./label.ts";
export { TASKS, taskById, taskNumber, taskOfModel } from "./registry.ts";
export { checkView } from "./sentence-embedding.ts";
export {
  type Answer,
  type Problem,
  TASK_IDS,
  type Task,
  type TaskId,
  type TaskInput,
  type View,
} from "./task.ts";
