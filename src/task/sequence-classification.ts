// Task `sequence_classification`: one score per label for a text or a pair of texts.
import { ModelType } from "../gen/metadata_pb.ts";
import { inputRows } from "../tensor/index.ts";
import { checkLabels } from "./label.ts";
import { checkOutput, expectOutput } from "./output.ts";
import type { Task } from "./task.ts";

const OUTPUT_RANKS = [2];

export const sequenceClassification: Task = {
  id: "sequence_classification",
  modelType: ModelType.SEQUENCE_CLASSIFICATION,
  outputNames: ["logits", "output_0", "output"],
  outputRanks: OUTPUT_RANKS,
  takesPairs: true,
  check: (model, graph) => [...checkOutput(model, graph, OUTPUT_RANKS), ...checkLabels(model)],
  reduce: (output, mask, model) => {
    expectOutput(output, mask, { ranks: OUTPUT_RANKS, width: model.width });
    return inputRows(output);
  },
};
