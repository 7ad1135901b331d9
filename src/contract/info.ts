// TEI's `info`: the model and the limits in the words its clients know, as far as they apply here.
import { z } from "zod";
import { type Model, Pooling } from "../gen/manifest_pb.ts";
import { labelOf, taskOfModel } from "../task/index.ts";
import { describeQuantization, quantizationSchema } from "./model-info.ts";

const labelsSchema = z.object({
  id2label: z.record(z.string(), z.string()),
  label2id: z.record(z.string(), z.int()),
});

export const teiInfoSchema = z.object({
  model_id: z.string(),
  /** The commit of the model's repository where it is known, else the digest of this file's model. */
  model_sha: z.string(),
  /** An addition: sha256 of the graph, the same in files for all systems. */
  weights_sha256: z.string().optional(),
  /** Type of the numbers the graph puts out; weights may be kept in fewer bits. */
  model_dtype: z.string(),
  served_model_name: z.string(),
  model_type: z.union([
    z.object({ embedding: z.object({ pooling: z.string() }) }),
    z.object({ classifier: labelsSchema }),
    z.object({ reranker: labelsSchema }),
  ]),
  max_concurrent_requests: z.int(),
  /** 0 is no limit. */
  max_input_length: z.int(),
  max_batch_tokens: z.int(),
  max_batch_requests: z.int(),
  max_client_batch_size: z.int(),
  auto_truncate: z.boolean(),
  tokenization_workers: z.int(),
  /** An addition: how the builder rounded the weights. */
  quantization: quantizationSchema.optional(),
  /** Of this program, and nothing TEI has a version of. */
  version: z.string(),
  sha: z.null(),
  docker_label: z.null(),
});

export type TeiInfo = z.infer<typeof teiInfoSchema>;

/** What is known outside of the model. */
export type TeiSurroundings = {
  readonly modelId: string;
  /** Empty when unknown. */
  readonly revision: string;
  readonly modelDigest: string;
  readonly weightsSha256?: string;
  readonly version: string;
  readonly requestsMax: number;
  readonly inputsPerRequest: number;
  readonly batchTokensMax: number;
  readonly batchInputsMax: number;
};

/** TEI has names for these; several are joined with a plus. */
const POOLING_NAME: Readonly<Partial<Record<Pooling, string>>> = {
  [Pooling.NONE]: "none",
  [Pooling.MEAN]: "mean",
  [Pooling.CLS]: "cls",
  [Pooling.MAX]: "max",
  [Pooling.LAST_TOKEN]: "last_token",
  [Pooling.MEAN_SQRT_LEN]: "mean_sqrt_len",
  [Pooling.WEIGHTED_MEAN]: "weighted_mean",
};

/** Numbers of ONNX's TensorProto.DataType. */
const ELEMENT_TYPE_NAME: Readonly<Record<number, string>> = {
  1: "float32",
  10: "float16",
  11: "float64",
};

export function describeForTei(model: Model, about: TeiSurroundings): TeiInfo {
  const output = model.graph?.outputs.find(({ name }) => name === model.output);
  return {
    model_id: about.modelId,
    model_sha: about.revision || about.modelDigest,
    ...(about.weightsSha256 === undefined ? {} : { weights_sha256: about.weightsSha256 }),
    model_dtype: ELEMENT_TYPE_NAME[output?.elementType ?? 1] ?? "unknown",
    served_model_name: about.modelId,
    model_type: modelType(model),
    max_concurrent_requests: about.requestsMax,
    max_input_length: model.tokenizer?.maxLength ?? 0,
    max_batch_tokens: about.batchTokensMax,
    max_batch_requests: about.batchInputsMax,
    max_client_batch_size: about.inputsPerRequest,
    auto_truncate: true,
    tokenization_workers: 1,
    ...describeQuantization(model),
    version: about.version,
    sha: null,
    docker_label: null,
  };
}

function modelType(model: Model): TeiInfo["model_type"] {
  switch (taskOfModel(model).id) {
    case "sequence_classification":
    case "token_classification":
      return { classifier: labelMaps(model) };
    case "reranking":
      return { reranker: labelMaps(model) };
    case "sparse_embedding":
      return { embedding: { pooling: "splade" } };
    case "embedding":
      return { embedding: { pooling: "none" } };
    case "sentence_embedding": {
      const modes = model.pooling.map((mode) => POOLING_NAME[mode] ?? "unknown");
      return { embedding: { pooling: modes.join("+") } };
    }
  }
}

function labelMaps(model: Model): z.infer<typeof labelsSchema> {
  const labels = Array.from({ length: model.width }, (_, index) => labelOf(model, index));
  return {
    id2label: Object.fromEntries(labels.entries()),
    label2id: Object.fromEntries(labels.map((label, index) => [label, index])),
  };
}
