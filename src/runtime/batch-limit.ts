// How much runs together, for the model at hand: all that is decided about batches before any input has come.
import type { Model } from "../gen/manifest_pb.ts";
import type { BatchLimits } from "./batch-queue.ts";
import {
  BATCH_INPUTS_MAX,
  BATCH_TOKENS_CHOICE_MAX,
  BATCH_TOKENS_MAX,
  BATCH_TOKENS_PER_THREAD,
  OUTPUT_NUMBERS_MAX,
} from "./limit.ts";

const POOLED_RANK = 2;

export type LimitOptions = {
  /** Neighbours must not change an answer, so there are none. */
  readonly deterministic: boolean;
  /** Of each worker. */
  readonly threads: number;
  /** Tokens of a batch, where somebody measured how many are best; at most `BATCH_TOKENS_CHOICE_MAX`. */
  readonly tokens?: number | undefined;
};

export function batchLimits(model: Model, options: LimitOptions): BatchLimits {
  const { deterministic, threads } = options;
  const inputs = deterministic || model.oneAtATime ? 1 : BATCH_INPUTS_MAX;
  const tokens =
    options.tokens === undefined
      ? Math.min(BATCH_TOKENS_MAX, BATCH_TOKENS_PER_THREAD * threads)
      : Math.min(BATCH_TOKENS_CHOICE_MAX, options.tokens);
  if (!hasRowPerToken(model)) return { inputs, tokens };
  const affordable = Math.floor(OUTPUT_NUMBERS_MAX / Math.max(1, model.outputWidth || model.width));
  return { inputs, tokens: Math.min(tokens, affordable) };
}

/** Also where the graph does not say how many dimensions its output has. */
function hasRowPerToken({ graph, output }: Model): boolean {
  const declared = graph?.outputs.find(({ name }) => name === output);
  return declared?.shape.length !== POOLED_RANK;
}
