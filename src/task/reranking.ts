// Task `reranking`: how well a document answers a query, for each of many documents.
import type { Graph, Model } from "../gen/manifest_pb.ts";
import { ModelType } from "../gen/metadata_pb.ts";
import { inputRows } from "../tensor/index.ts";
import { checkOutput, expectOutput, problem } from "./output.ts";
import type { Problem, Task } from "./task.ts";

const OUTPUT_RANKS = [2];
const WIDTH_MAX = 2;

export const reranking: Task = {
  id: "reranking",
  // The published enumeration knows no rerankers: there they are classifiers with one or two
  // classes.
  modelType: ModelType.SEQUENCE_CLASSIFICATION,
  outputNames: ["logits", "output_0", "output"],
  outputRanks: OUTPUT_RANKS,
  takesPairs: true,
  check: checkReranking,
  reduce: (output, mask, model) => {
    expectOutput(output, mask, { ranks: OUTPUT_RANKS, width: model.width });
    return inputRows(output);
  },
};

function checkReranking(model: Model, graph: Graph): readonly Problem[] {
  const problems = [...checkOutput(model, graph, OUTPUT_RANKS)];
  if (model.width > WIDTH_MAX) {
    const found = `found ${model.width}`;
    problems.push(problem("width", `${found}: expected 1 logit (relevance) or 2 (no, yes)`));
  }
  return problems;
}
