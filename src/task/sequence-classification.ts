// Task `sequence_classification`: one score per label for a text or a pair of texts.
import type { Model } from "../gen/manifest_pb.ts";
import { ModelType } from "../gen/metadata_pb.ts";
import { argmax, inputRows } from "../tensor/index.ts";
import { type Activation, activate, activationOf } from "./class-score.ts";
import { checkEntailment } from "./entailment.ts";
import { checkLabels } from "./label.ts";
import { checkOutput, expectFinite, expectOutput } from "./output.ts";
import type { Answer, Task } from "./task.ts";

const OUTPUT_RANKS = [2];

export const sequenceClassification: Task = {
  id: "sequence_classification",
  modelType: ModelType.SEQUENCE_CLASSIFICATION,
  outputNames: ["logits", "output_0", "output"],
  outputRanks: OUTPUT_RANKS,
  takesPairs: true,
  check: (model, graph) => [
    ...checkOutput(model, graph, OUTPUT_RANKS),
    ...checkLabels(model),
    ...checkEntailment(model),
  ],
  reduce: (output, mask, { model }) => {
    expectOutput(output, mask, { ranks: OUTPUT_RANKS, width: model.width });
    return inputRows(output);
  },
};

export type Classification = {
  readonly logits: Float32Array;
  /** Probabilities by class index, or the logits themselves when nothing is to be applied. */
  readonly scores: Float32Array;
  readonly predictedIndex: number;
};

/**
 * The scores of a text's classes; by default with the activation the model's problem type asks for.
 */
export function classify(
  answer: Answer,
  model: Model,
  activation: Activation = activationOf(model),
): Classification {
  expectFinite(answer.reduced);
  const logits = answer.reduced.data;
  return { logits, scores: activate(logits, activation), predictedIndex: argmax(logits) };
}
