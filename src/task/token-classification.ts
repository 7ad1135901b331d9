// Task `token_classification`: one score per label for every token.
import type { Model } from "../gen/manifest_pb.ts";
import { ModelType } from "../gen/metadata_pb.ts";
import { argmax, softmax, tokenRows } from "../tensor/index.ts";
import { labelOf } from "./class-score.ts";
import { checkLabels } from "./label.ts";
import { checkOutput, expectFinite, expectOutput } from "./output.ts";
import type { Answer, Task } from "./task.ts";
import { rowOf, type TokenDisplay, type TokenInfo, textTokens } from "./token-info.ts";

const OUTPUT_RANKS = [3];

export const tokenClassification: Task = {
  id: "token_classification",
  modelType: ModelType.TOKEN_CLASSIFICATION,
  outputNames: ["logits", "output_0", "output"],
  outputRanks: OUTPUT_RANKS,
  takesPairs: false,
  check: (model, graph) => [...checkOutput(model, graph, OUTPUT_RANKS), ...checkLabels(model)],
  reduce: (output, mask, { model }) => {
    expectOutput(output, mask, { ranks: OUTPUT_RANKS, width: model.width });
    return tokenRows(output, mask);
  },
};

export type TokenLabel = {
  readonly token: TokenInfo;
  /** Probabilities by class index. */
  readonly scores: Float32Array;
  readonly label: string;
  /** The probability of that label. */
  readonly score: number;
};

/** The label of each token of the text; special tokens are left out. */
export function labelTokens(
  answer: Answer,
  model: Model,
  display: TokenDisplay,
): readonly TokenLabel[] {
  expectFinite(answer.reduced);
  return textTokens(answer, display).map((token) => {
    const scores = softmax(rowOf(answer, token.index));
    const best = argmax(scores);
    return { token, scores, label: labelOf(model, best), score: scores[best]! };
  });
}
