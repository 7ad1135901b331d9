// What a client is told about the model, and about what it may ask in one request.
import { z } from "zod";
import {
  type EncoderfileManifest,
  type Model,
  Pooling,
  ProblemType,
  Similarity,
  SparsePooling,
} from "../gen/manifest_pb.ts";
import { entityLabels, labelOf, type TaskId, taskOfModel } from "../task/index.ts";
import type { Limits } from "./limit.ts";

/** What the builder did to the weights of the graph, and how far that moved the answers to its calibration texts. */
export const quantizationSchema = z.object({
  recipe: z.string(),
  /** How many layers have weights of one byte. */
  layers: z.int(),
  calibration_texts: z.int(),
  mean_cosine: z.number().optional(),
  min_cosine: z.number().optional(),
  agreement: z.number().optional(),
  max_drift: z.number().optional(),
  rank_correlation: z.number().optional(),
  /** The least that was accepted of the mean cosine, the agreement or the correlation. */
  bound: z.number().optional(),
});

/**
 * `model_id`, `model_type` and `id2label` are the published fields; the others are additions, which
 * are there where they mean something for the model.
 */
export const modelInfoSchema = z.object({
  model_id: z.string(),
  model_type: z.string(),
  id2label: z.record(z.string(), z.string()).nullable(),
  task: z.string(),
  model_version: z.string(),
  /** Covers everything the file says, its base and target included: files for two systems have two. */
  model_digest: z.string(),
  /** sha256 of the graph without files beside it: the same for all systems; absent in files that do not state it. */
  weights_sha256: z.string().optional(),
  /** Longest sequence in tokens, special tokens included; absent when there is no limit. */
  max_length: z.int().optional(),
  /** How scores are made of logits: classifiers of texts only. */
  problem_type: z.string().optional(),
  /** Labels of entities, which `labels` and `ignore_labels` of a request may name. */
  entity_labels: z.array(z.string()).optional(),
  /** Width of a vector, and the sizes it may be cut to: any when there are none. */
  dimensions: z.object({ width: z.int(), sizes: z.array(z.int()) }).optional(),
  /** How the vectors of tokens become one; several are joined end to end. */
  pooling: z.array(z.string()).optional(),
  /** Whether vectors have length 1 unless a request says otherwise. */
  normalize: z.boolean().optional(),
  /** What vectors are compared with. */
  similarity: z.string().optional(),
  /** Names a request may give as `prompt_name`, and the one of requests that give none. */
  prompts: z.array(z.string()).optional(),
  default_prompt: z.string().nullable().optional(),
  /** Absent where the graph is the model's own. */
  quantization: quantizationSchema.optional(),
  /** Models that label texts with any words: the sentence they are asked about a label. */
  zero_shot: z.object({ hypothesis_template: z.string() }).optional(),
});
export type ModelInfo = z.infer<typeof modelInfoSchema>;

/** What a file of a later version has. */
const UNKNOWN = "unknown";

const POOLING_NAME: Readonly<Record<Pooling, string>> = {
  [Pooling.UNSPECIFIED]: UNKNOWN,
  [Pooling.NONE]: "none",
  [Pooling.MEAN]: "mean",
  [Pooling.CLS]: "cls",
  [Pooling.MAX]: "max",
  [Pooling.LAST_TOKEN]: "last_token",
  [Pooling.MEAN_SQRT_LEN]: "mean_sqrt_len",
  [Pooling.WEIGHTED_MEAN]: "weighted_mean",
};

const SPARSE_POOLING_NAME: Readonly<Record<SparsePooling, string>> = {
  [SparsePooling.SPARSE_POOLING_UNSPECIFIED]: UNKNOWN,
  [SparsePooling.SPARSE_MAX]: "max",
  [SparsePooling.SPARSE_SUM]: "sum",
};

const SIMILARITY_NAME: Readonly<Record<Similarity, string | undefined>> = {
  [Similarity.SIMILARITY_UNSPECIFIED]: undefined,
  [Similarity.COSINE]: "cosine",
  [Similarity.DOT]: "dot",
  [Similarity.EUCLIDEAN]: "euclidean",
  [Similarity.MANHATTAN]: "manhattan",
};

const PROBLEM_TYPE_NAME: Readonly<Record<ProblemType, string | undefined>> = {
  [ProblemType.PROBLEM_TYPE_UNSPECIFIED]: undefined,
  [ProblemType.SINGLE_LABEL_CLASSIFICATION]: "single_label_classification",
  [ProblemType.MULTI_LABEL_CLASSIFICATION]: "multi_label_classification",
  [ProblemType.REGRESSION]: "regression",
};

type Identity = {
  readonly modelId: string;
  readonly modelVersion: string;
  readonly modelDigest: string;
  readonly weightsSha256?: string;
};

/** Lower-case hexadecimal sha256 of the graph, as a part of an identity; empty when the file does not state it. */
export function weightsIdentity({ weights }: EncoderfileManifest): { weightsSha256?: string } {
  const { sha256 } = weights ?? {};
  if (sha256 === undefined || sha256.length === 0) return {};
  return { weightsSha256: Buffer.from(sha256).toString("hex") };
}

/** The published types know neither rerankers nor sparse vectors; `task` tells them apart. */
const PUBLISHED_TYPE: Readonly<Partial<Record<TaskId, TaskId>>> = {
  reranking: "sequence_classification",
  sparse_embedding: "sentence_embedding",
};

export function describeModel(model: Model, identity: Identity): ModelInfo {
  const task = taskOfModel(model).id;
  const maxLength = model.tokenizer?.maxLength ?? 0;
  const { entailment } = model;
  return {
    model_id: identity.modelId,
    model_type: PUBLISHED_TYPE[task] ?? task,
    id2label: isEmbedder(task) ? null : Object.fromEntries(labelsOf(model).entries()),
    task,
    model_version: identity.modelVersion,
    model_digest: identity.modelDigest,
    ...(identity.weightsSha256 === undefined ? {} : { weights_sha256: identity.weightsSha256 }),
    ...(maxLength === 0 ? {} : { max_length: maxLength }),
    ...describeLabels(model, task),
    ...(isEmbedder(task) ? describeVectors(model, task) : {}),
    ...describeQuantization(model),
    ...(entailment === undefined
      ? {}
      : { zero_shot: { hypothesis_template: entailment.hypothesisTemplate } }),
  };
}

function describeLabels(model: Model, task: TaskId): Partial<ModelInfo> {
  if (task === "token_classification") return { entity_labels: [...entityLabels(model)] };
  const name = PROBLEM_TYPE_NAME[model.problemType];
  return task === "sequence_classification" && name !== undefined ? { problem_type: name } : {};
}

/** An empty object for models whose graph is their own. */
export function describeQuantization({ quantization }: Model): Pick<ModelInfo, "quantization"> {
  if (quantization === undefined) return {};
  const { recipe, layers, quality } = quantization;
  const figures = {
    mean_cosine: quality?.meanCosine,
    min_cosine: quality?.minCosine,
    agreement: quality?.agreement,
    max_drift: quality?.maxDrift,
    rank_correlation: quality?.rankCorrelation,
    bound: quality?.bound,
  };
  const known = Object.entries(figures).filter(([, figure]) => figure !== undefined);
  const counts = { layers: layers.length, calibration_texts: quality?.texts ?? 0 };
  return { quantization: { recipe, ...counts, ...Object.fromEntries(known) } };
}

function isEmbedder(task: TaskId): boolean {
  return task === "embedding" || task === "sentence_embedding" || task === "sparse_embedding";
}

function labelsOf(model: Model): readonly string[] {
  return Array.from({ length: model.width }, (_, index) => labelOf(model, index));
}

function describeVectors(model: Model, task: TaskId): Partial<ModelInfo> {
  const similarity = SIMILARITY_NAME[model.similarity];
  const pooling =
    task === "sparse_embedding"
      ? [SPARSE_POOLING_NAME[model.sparsePooling] ?? UNKNOWN]
      : model.pooling.map((mode) => POOLING_NAME[mode] ?? UNKNOWN);
  return {
    dimensions: { width: model.width, sizes: model.dimensions },
    // Tokens that keep their vectors are not pooled.
    ...(task === "embedding" ? {} : { pooling }),
    ...(task === "sparse_embedding" ? {} : { normalize: model.normalize }),
    ...(similarity === undefined ? {} : { similarity }),
    prompts: model.prompts.map(({ name }) => name),
    default_prompt: model.defaultPrompt || null,
  };
}

/** A text above `tokens_per_input` is cut, unless the request refuses that; 0 is no limit. */
export const limitsInfoSchema = z.object({
  inputs_per_request: z.int(),
  characters_per_input: z.int(),
  characters_per_prompt: z.int(),
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
    characters_per_prompt: limits.charactersPerPrompt,
    tokens_per_input: model.tokenizer?.maxLength ?? 0,
    texts_per_rerank: limits.textsPerRerank,
    metadata_entries: limits.metadataEntries,
    labels_per_request: limits.labelsPerRequest,
  };
}
