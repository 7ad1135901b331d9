// What a client is told about the model, and about what it may ask in one request.
import { z } from "zod";
import type { Model } from "../gen/manifest_pb.ts";
import { labelOf, taskOfModel } from "../task/index.ts";
import type { Limits } from "./limit.ts";

/** `model_id`, `model_type` and `id2label` are the published fields; the others are additions. */
export const modelInfoSchema = z.object({
  model_id: z.string(),
  model_type: z.string(),
  id2label: z.record(z.string(), z.string()).nullable(),
  task: z.string(),
  model_version: z.string(),
  model_digest: z.string(),
});
export type ModelInfo = z.infer<typeof modelInfoSchema>;

type Identity = {
  readonly modelId: string;
  readonly modelVersion: string;
  readonly modelDigest: string;
};

/** A reranker has the published type of a classifier; its `task` tells it apart. */
export function describeModel(model: Model, identity: Identity): ModelInfo {
  const task = taskOfModel(model);
  const isEmbedder = task.id === "embedding" || task.id === "sentence_embedding";
  const labels = Array.from({ length: model.width }, (_, index) => labelOf(model, index));
  return {
    model_id: identity.modelId,
    model_type: task.id === "reranking" ? "sequence_classification" : task.id,
    id2label: isEmbedder ? null : Object.fromEntries(labels.entries()),
    task: task.id,
    model_version: identity.modelVersion,
    model_digest: identity.modelDigest,
  };
}

/** A text above `tokens_per_input` is cut, unless the request refuses that; 0 is no limit. */
export const limitsInfoSchema = z.object({
  inputs_per_request: z.int(),
  characters_per_input: z.int(),
  tokens_per_input: z.int(),
  texts_per_rerank: z.int(),
  metadata_entries: z.int(),
  labels_per_request: z.int(),
});

/** Requests beyond the limits are refused, so that a client must be able to know them. */
export function describeLimits(limits: Limits, model: Model): z.infer<typeof limitsInfoSchema> {
  return {
    inputs_per_request: limits.inputsPerRequest,
    characters_per_input: limits.charactersPerInput,
    tokens_per_input: model.tokenizer?.maxLength ?? 0,
    texts_per_rerank: limits.textsPerRerank,
    metadata_entries: limits.metadataEntries,
    labels_per_request: limits.labelsPerRequest,
  };
}
