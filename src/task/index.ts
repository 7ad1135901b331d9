// Door of the module `task`.
export {
  ACTIVATIONS,
  type Activation,
  activationOf,
  type ClassScore,
  labelOf,
  type RankOptions,
  rankClasses,
} from "./class-score.ts";
export { rawTokenVectors, type TokenVector, tokenVectors } from "./embedding.ts";
export {
  type CandidateScore,
  type EntailmentIndices,
  findEntailment,
  HYPOTHESIS_TEMPLATE,
  hypothesisOf,
  isHypothesisTemplate,
  LABEL_PLACEHOLDER,
  scoreCandidates,
} from "./entailment.ts";
export {
  AGGREGATION_STRATEGIES,
  type AggregationStrategy,
  type Entity,
  type EntityOptions,
  entityLabels,
  entitySteps,
  findEntities,
  IGNORED_LABELS,
} from "./entity.ts";
export { defaultLabels, type LabelReport, readLabels } from "./label.ts";
export { detectLabelScheme } from "./label-scheme.ts";
export { loadLayers, type ReadTensor, vectorWidth } from "./layer.ts";
export { expectFinite } from "./output.ts";
export {
  REDACTION_TEMPLATE,
  REDACTION_TEMPLATE_MAX,
  type RedactableEntity,
  type RedactedText,
  type Redaction,
  type RedactOptions,
  redactText,
} from "./redact.ts";
export { TASKS, taskById, taskNumber, taskOfModel } from "./registry.ts";
export { type RankedDocument, rankDocuments } from "./reranking.ts";
export {
  checkDimensions,
  checkView,
  givesView,
  sentenceVector,
  type VectorOptions,
} from "./sentence-embedding.ts";
export { type Classification, classify } from "./sequence-classification.ts";
export { type SparseWeight, sparseVector } from "./sparse-embedding.ts";
export {
  type Answer,
  type Problem,
  type Reduction,
  TASK_IDS,
  type Task,
  type TaskId,
  type TaskInput,
  type VectorLayer,
  type View,
} from "./task.ts";
export { labelTokens, type TokenLabel } from "./token-classification.ts";
export { type TokenDisplay, type TokenInfo, type TokenNames, textTokens } from "./token-info.ts";
