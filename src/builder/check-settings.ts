// Settings that mean nothing for the task the model has: passed over in silence, they would be believed.
import type { TaskId } from "../task/index.ts";
import type { Findings } from "./findings.ts";
import type { Settings } from "./settings.ts";

const VECTOR_TASKS = ["embedding", "sentence_embedding", "sparse_embedding"] as const;

/** Tasks each of these settings is for, and what is said where it is not. */
const PURPOSES = [
  ["pooling", ["sentence_embedding"], "only sentence_embedding is pooled"],
  ["normalize", ["embedding", "sentence_embedding"], "only embeddings are normalized"],
  ["dimensions", ["sentence_embedding"], "only vectors of texts are cut"],
  ["similarity", ["sentence_embedding"], "only vectors of texts are compared"],
  ["prompts", VECTOR_TASKS, "only texts that become vectors have prompts"],
  ["defaultPrompt", VECTOR_TASKS, "only texts that become vectors have prompts"],
  ["sparsePooling", ["sparse_embedding"], "only sparse_embedding has it"],
  [
    "labels",
    ["sequence_classification", "token_classification", "reranking"],
    "only classifiers have labels",
  ],
  ["problemType", ["sequence_classification"], "only sequence_classification has a problem type"],
  ["labelScheme", ["token_classification"], "only token_classification finds entities"],
  [
    "hypothesisTemplate",
    ["sequence_classification"],
    "only sequence_classification can tell entailment",
  ],
  [
    "truncationStrategy",
    ["sequence_classification", "reranking"],
    "only sequence_classification and reranking take pairs of texts",
  ],
  [
    "stride",
    ["token_classification"],
    "only token_classification reads long texts in windows: others cut them",
  ],
] as const satisfies readonly (readonly [keyof Settings, readonly TaskId[], string])[];

/** What is switched off, or said as it is anyway, asks for nothing: files for other builders spell such things out. */
const ASK_NOTHING: readonly unknown[] = [false, 0, "longest_first", "none"];

/** What says how to round, where nothing is. */
const OF_ROUNDING = ["quantizeExclude", "calibration", "minCosine", "minAgreement"] as const;

/** Each misplaced setting becomes a problem. */
export function checkSettings(task: TaskId, settings: Settings, findings: Findings): void {
  for (const id of settings.quantize === undefined ? OF_ROUNDING : []) {
    const given = settings[id];
    if (given === undefined || findings.isFaulty("quantize")) continue;
    findings.problem(given.source, "nothing is rounded: add --quantize int8");
  }
  for (const [id, tasks, fact] of PURPOSES) {
    const given = settings[id];
    if (given === undefined || ASK_NOTHING.includes(given.value)) continue;
    if ((tasks as readonly TaskId[]).includes(task)) continue;
    findings.problem(given.source, `${fact}: the task is ${task}`);
  }
}
