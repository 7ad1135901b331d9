// How much runs together, for the model at hand: all that is decided about batches before any input has come.
import type { Model } from "../gen/manifest_pb.ts";
import type { BatchLimits } from "./batch-queue.ts";
import { BATCH_INPUTS_MAX, BATCH_TOKENS_MAX, OUTPUT_NUMBERS_MAX } from "./limit.ts";

const POOLED_RANK = 2;

/** The limits of the model's batches. `deterministic`: neighbours must not change an answer, so there are none. */
export function batchLimits(model: Model, deterministic: boolean): BatchLimits {
  const inputs = deterministic || model.oneAtATime ? 1 : BATCH_INPUTS_MAX;
  if (!hasRowPerToken(model)) return { inputs, tokens: BATCH_TOKENS_MAX };
  const affordable = Math.floor(OUTPUT_NUMBERS_MAX / Math.max(1, model.outputWidth || model.width));
  return { inputs, tokens: Math.min(BATCH_TOKENS_MAX, affordable) };
}

/** Also where the graph does not say how many dimensions its output has. */
function hasRowPerToken({ graph, output }: Model): boolean {
  const declared = graph?.outputs.find(({ name }) => name === output);
  return declared?.shape.length !== POOLED_RANK;
}
