// Task `sparse_embedding`: one weight per piece of the vocabulary for a text, as SPLADE computes
// them from the logits of a masked-language-model head.
import { type Graph, type Model, SparsePooling } from "../gen/manifest_pb.ts";
import { ModelType } from "../gen/metadata_pb.ts";
import { sparsePool } from "../tensor/index.ts";
import { checkOutput, expectFinite, expectOutput, problem } from "./output.ts";
import type { Answer, Problem, Task } from "./task.ts";

const OUTPUT_RANKS = [3];

export const sparseEmbedding: Task = {
  id: "sparse_embedding",
  // The published enumeration knows none: one vector per input is the nearest.
  modelType: ModelType.SENTENCE_EMBEDDING,
  outputNames: ["logits", "output_0", "output"],
  outputRanks: OUTPUT_RANKS,
  takesPairs: false,
  check: checkSparseEmbedding,
  reduce: (output, mask, { model }) => {
    expectOutput(output, mask, { ranks: OUTPUT_RANKS, width: model.width });
    const mode = model.sparsePooling === SparsePooling.SPARSE_SUM ? "sum" : "max";
    return sparsePool(output, mask, mode);
  },
};

function checkSparseEmbedding(model: Model, graph: Graph): readonly Problem[] {
  const problems = [...checkOutput(model, graph, OUTPUT_RANKS)];
  if (model.sparsePooling === SparsePooling.SPARSE_POOLING_UNSPECIFIED) {
    problems.push(problem("sparse pooling", "found none: expected max or sum"));
  }
  return problems;
}

/** The weight of one piece of the vocabulary in a text. */
export type SparseWeight = { readonly index: number; readonly value: number };

/** The weights above zero, by ascending index. */
export function sparseVector(answer: Answer): readonly SparseWeight[] {
  expectFinite(answer.reduced);
  const { data } = answer.reduced;
  const weights: SparseWeight[] = [];
  for (let index = 0; index < data.length; index++) {
    const value = data[index]!;
    if (value > 0) weights.push({ index, value });
  }
  return weights;
}
