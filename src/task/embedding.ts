// Task `embedding`: one vector per token.
import { ModelType } from "../gen/metadata_pb.ts";
import { tokenRows } from "../tensor/index.ts";
import { checkOutput, expectOutput } from "./output.ts";
import type { Task } from "./task.ts";

const OUTPUT_RANKS = [3];

export const embedding: Task = {
  id: "embedding",
  modelType: ModelType.EMBEDDING,
  outputNames: ["last_hidden_state", "token_embeddings", "output_0", "hidden_states", "1607"],
  outputRanks: OUTPUT_RANKS,
  takesPairs: false,
  check: (model, graph) => checkOutput(model, graph, OUTPUT_RANKS),
  reduce: (output, mask, model) => {
    expectOutput(output, mask, { ranks: OUTPUT_RANKS, width: model.width });
    return tokenRows(output, mask);
  },
};
