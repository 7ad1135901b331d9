// Settings that mean nothing for the task the model has: passed over in silence, they would be believed.
import type { TaskId } from "../task/index.ts";
import type { Findings } from "./findings.ts";
import type { Settings } from "./settings.ts";

/** Tasks each of these settings is for, and what is said where it is not. */
const PURPOSES = [
  ["pooling", ["sentence_embedding"], "only sentence_embedding is pooled"],
  ["normalize", ["embedding", "sentence_embedding"], "only embeddings are normalized"],
  [
    "labels",
    ["sequence_classification", "token_classification", "reranking"],
    "only classifiers have labels",
  ],
  ["problemType", ["sequence_classification"], "only sequence_classification has a problem type"],
] as const satisfies readonly (readonly [keyof Settings, readonly TaskId[], string])[];

/** Each misplaced setting becomes a problem. */
export function checkSettings(task: TaskId, settings: Settings, findings: Findings): void {
  for (const [id, tasks, fact] of PURPOSES) {
    const given = settings[id];
    // What is switched off asks for nothing.
    if (given === undefined || given.value === false) continue;
    if ((tasks as readonly TaskId[]).includes(task)) continue;
    findings.problem(given.source, `${fact}: the task is ${task}`);
  }
}
