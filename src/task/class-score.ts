// Turns the logits of one row into the scores of named classes.
import { type Model, ProblemType } from "../gen/manifest_pb.ts";
import { sigmoid, softmax } from "../tensor/index.ts";

export const ACTIVATIONS = ["softmax", "sigmoid", "none"] as const;
export type Activation = (typeof ACTIVATIONS)[number];

export type ClassScore = {
  readonly index: number;
  readonly label: string;
  readonly score: number;
};

/** What makes scores of the model's logits, as text-classification pipelines choose it. */
export function activationOf(model: Model): Activation {
  if (model.problemType === ProblemType.REGRESSION) return "none";
  // The softmax of one number is always 1: a single logit can only be a yes or no.
  const independent = model.problemType === ProblemType.MULTI_LABEL_CLASSIFICATION;
  return independent || model.width === 1 ? "sigmoid" : "softmax";
}

export function activate(logits: Float32Array, activation: Activation): Float32Array {
  switch (activation) {
    case "softmax":
      return softmax(logits);
    case "sigmoid":
      return sigmoid(logits);
    case "none":
      return logits;
  }
}

/** The name of class `index`; transformers' name when the model has none. */
export function labelOf(model: Model, index: number): string {
  return model.labels[index] ?? `LABEL_${index}`;
}

export type RankOptions = {
  /** Most classes of the answer; without it there is no limit. */
  readonly topK?: number | undefined;
  /** Lowest score of a class; without it all are ranked. */
  readonly threshold?: number | undefined;
};

/** Classes with the highest score first, equal ones in their own order. */
export function rankClasses(
  scores: Float32Array,
  model: Model,
  options: RankOptions = {},
): readonly ClassScore[] {
  const { topK = scores.length, threshold = Number.NEGATIVE_INFINITY } = options;
  return Array.from(scores, (score, index) => ({ index, label: labelOf(model, index), score }))
    .filter(({ score }) => score >= threshold)
    .sort((left, right) => right.score - left.score || left.index - right.index)
    .slice(0, topK);
}
