// Scores of named classes as text-classification pipelines print them, and what picks among them.
import { z } from "zod";
import type { Model } from "../gen/manifest_pb.ts";
import { type Activation, activationOf, rankClasses } from "../task/index.ts";
import { requestFault } from "./parse-request.ts";

export const classScoreSchema = z.object({ score: z.number(), label: z.string() });

/** A bound for probabilities or for raw scores: which of them is known with the model only. */
export const thresholdField = z.number().nullish();

type Selection = {
  readonly top_k?: number | null | undefined;
  readonly threshold?: number | null | undefined;
  readonly function_to_apply?: Activation | null | undefined;
};

/**
 * Throws `REQUEST_INVALID` for a threshold no score can meet or miss: probabilities lie between 0
 * and 1.
 */
export function checkThreshold({ threshold, function_to_apply }: Selection, model: Model): void {
  const activation = function_to_apply ?? activationOf(model);
  if (threshold == null || activation === "none" || (threshold >= 0 && threshold <= 1)) return;
  throw requestFault({ path: "threshold", value: threshold, expected: "a number from 0 to 1" });
}

/** The classes with the highest score first: at most `top_k`, none below the threshold. */
export function toRankedScores(
  scores: Float32Array,
  model: Model,
  { top_k, threshold }: Selection,
): z.infer<typeof classScoreSchema>[] {
  const options = { topK: top_k ?? undefined, threshold: threshold ?? undefined };
  return rankClasses(scores, model, options).map(({ score, label }) => ({ score, label }));
}
