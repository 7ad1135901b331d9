// Task `embedding`: one vector per token.
import { type Model, Task as TaskNumber } from "../gen/manifest_pb.ts";
import { ModelType } from "../gen/metadata_pb.ts";
import { l2Normalize, tokenRows } from "../tensor/index.ts";
import { checkOutput, expectFinite, expectOutput, graphWidth } from "./output.ts";
import type { Answer, Task } from "./task.ts";
import { rowOf, type TokenDisplay, type TokenInfo, textTokens } from "./token-info.ts";

const OUTPUT_RANKS = [3];

export const embedding: Task = {
  id: "embedding",
  modelType: ModelType.EMBEDDING,
  outputNames: [
    "last_hidden_state",
    "token_embeddings",
    "output_0",
    "hidden_states",
    "1607",
    "contextual",
  ],
  outputRanks: OUTPUT_RANKS,
  takesPairs: false,
  check: (model, graph) => checkOutput(model, graph, OUTPUT_RANKS),
  reduce: (output, mask, { model, layers }) => {
    expectOutput(output, mask, { ranks: OUTPUT_RANKS, width: graphWidth(model) });
    const texts = tokenRows(output, mask);
    return texts.map((vectors) => layers.reduce((result, layer) => layer(result), vectors));
  },
};

export type TokenVector = { readonly token: TokenInfo; readonly vector: Float32Array };

/** A vector for each token of the text; special tokens are left out, as published. */
export function tokenVectors(
  answer: Answer,
  model: Model,
  options: TokenDisplay & { readonly normalize?: boolean | undefined },
): readonly TokenVector[] {
  expectFinite(answer.reduced);
  const normalize = options.normalize ?? model.normalize;
  return textTokens(answer, options).map((token) => {
    const row = rowOf(answer, token.index);
    return { token, vector: normalize ? l2Normalize(row) : row };
  });
}

/**
 * The vectors of all tokens, special ones included. Those of a model whose task they are have length
 * 1 if the model normalises, as late interaction needs; others are as the graph gave them.
 */
export function rawTokenVectors(answer: Answer, model: Model): readonly Float32Array[] {
  expectFinite(answer.reduced);
  const normalize = model.task === TaskNumber.EMBEDDING && model.normalize;
  return Array.from({ length: answer.reduced.rows }, (_, index) => {
    const row = rowOf(answer, index);
    return normalize ? l2Normalize(row) : row;
  });
}
