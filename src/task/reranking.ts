// Task `reranking`: how well a document answers a query, for each of many documents.
import type { Graph, Model } from "../gen/manifest_pb.ts";
import { ModelType } from "../gen/metadata_pb.ts";
import { inputRows, sigmoid } from "../tensor/index.ts";
import { checkOutput, expectFinite, expectOutput, problem } from "./output.ts";
import type { Answer, Problem, Task } from "./task.ts";

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
  reduce: (output, mask, { model }) => {
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

/** Position of a document in the request with its relevance to the query. */
export type RankedDocument = { readonly index: number; readonly score: number };

/**
 * Documents by relevance, the best first, equal ones in the order of the request. Scores are
 * probabilities; `raw` gives the logit instead. Two logits (no, yes) count as the one logit yes -
 * no, whose sigmoid is the softmax of yes.
 */
export function rankDocuments(
  answers: readonly Answer[],
  options: { readonly raw?: boolean | undefined } = {},
): readonly RankedDocument[] {
  const logits = Float32Array.from(answers, relevanceLogit);
  const scores = options.raw === true ? logits : sigmoid(logits);
  return (
    Array.from(scores, (score, index) => ({ index, score }))
      // Ranked by logit: a sigmoid is 1 for every large one, and the order among those would be
      // lost.
      .sort((a, b) => logits[b.index]! - logits[a.index]! || a.index - b.index)
  );
}

function relevanceLogit(answer: Answer): number {
  expectFinite(answer.reduced);
  const [first = 0, second] = answer.reduced.data;
  if (second === undefined) return first;
  const difference = Float32Array.of(second - first);
  // Two large logits of opposite signs may differ by more than a float32 holds.
  expectFinite({ data: difference, rows: 1, columns: 1 });
  return difference[0]!;
}
