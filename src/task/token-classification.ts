// Task `token_classification`: one score per label for every token.
import { ModelType } from "../gen/metadata_pb.ts";
import { tokenRows } from "../tensor/index.ts";
import { checkLabels } from "./label.ts";
import { checkOutput, expectOutput } from "./output.ts";
import type { Task } from "./task.ts";

const OUTPUT_RANKS = [3];

export const tokenClassification: Task = {
  id: "token_classification",
  modelType: ModelType.TOKEN_CLASSIFICATION,
  outputNames: ["logits", "output_0", "output"],
  outputRanks: OUTPUT_RANKS,
  takesPairs: false,
  check: (model, graph) => [...checkOutput(model, graph, OUTPUT_RANKS), ...checkLabels(model)],
  reduce: (output, mask, model) => {
    expectOutput(output, mask, { ranks: OUTPUT_RANKS, width: model.width });
    return tokenRows(output, mask);
  },
};
