// Ollama's embeddings: `/api/embed`, and `/api/embeddings` of its early versions. Vectors have length 1 in both. As
// there, fields nobody knows and options of generating models are ignored.
import { z } from "zod";
import type { Model } from "../gen/manifest_pb.ts";
import { type Answer, checkDimensions, sentenceVector } from "../task/index.ts";
import { defineExchange, type Exchange, type ExchangeContext } from "./exchange.ts";
import { textField, textsField, toInputs, vectorField } from "./field.ts";
import type { Limits } from "./limit.ts";
import { promptOf } from "./prompt.ts";

const NANOSECONDS_PER_MS = 1e6;

/** Fields both requests have, which change nothing here. */
const ignored = {
  /** Any name is taken: this server has one model. */
  model: z.string().nullish(),
  options: z.record(z.string(), z.unknown()).nullish(),
  keep_alive: z.union([z.string(), z.number()]).nullish(),
};

/** No text asks for nothing but that the model be loaded, which it is. */
function inputField(limits: Limits) {
  return z.preprocess(
    (value) => (value === "" || (Array.isArray(value) && value.length === 0) ? null : value),
    textsField(limits).nullish(),
  );
}

/** As there: sizes that cut nothing are no fault. */
function dimensionsFor(model: Model, dimensions: number | null | undefined): number | undefined {
  return dimensions != null && dimensions > 0 && dimensions < model.width ? dimensions : undefined;
}

export function ollamaEmbed(limits: Limits): Exchange {
  return defineExchange({
    request: z.object({
      ...ignored,
      input: inputField(limits),
      truncate: z.boolean().nullish(),
      dimensions: z.int().nullish(),
    }),
    response: z.object({
      model: z.string(),
      embeddings: z.array(vectorField),
      total_duration: z.int(),
      load_duration: z.int(),
      prompt_eval_count: z.int(),
    }),
    plan: ({ input, truncate, dimensions }, { model }) => {
      checkDimensions(model, dimensionsFor(model, dimensions));
      const inputs = input == null ? [] : toInputs(input, promptOf({}, model));
      return { inputs, options: { truncate: truncate ?? true } };
    },
    respond: (answers, request, context) => {
      const { model } = context;
      const dimensions = dimensionsFor(model, request.dimensions);
      return {
        model: context.modelId,
        embeddings: answers.map((answer) =>
          sentenceVector(answer, model, { normalize: true, dimensions }),
        ),
        total_duration: elapsedNs(context),
        // The model is loaded before the first request is answered.
        load_duration: 0,
        prompt_eval_count: countTokens(answers),
      };
    },
  });
}

export function ollamaEmbeddings(limits: Limits): Exchange {
  return defineExchange({
    request: z.object({
      ...ignored,
      prompt: z.union([z.literal(""), textField(limits)]).nullish(),
    }),
    response: z.object({ embedding: vectorField }),
    plan: ({ prompt }, { model }) => {
      const isEmpty = prompt == null || prompt === "";
      return { inputs: isEmpty ? [] : toInputs(prompt, promptOf({}, model)), options: {} };
    },
    respond: ([answer], _, { model }) => ({
      embedding:
        answer === undefined
          ? new Float32Array()
          : sentenceVector(answer, model, { normalize: true }),
    }),
  });
}

function countTokens(answers: readonly Answer[]): number {
  return answers.reduce((sum, { encoding }) => sum + encoding.ids.length, 0);
}

function elapsedNs({ startedMs }: ExchangeContext): number {
  if (startedMs === undefined) return 0;
  return Math.round((performance.now() - startedMs) * NANOSECONDS_PER_MS);
}

const detailsSchema = z.object({
  parent_model: z.string(),
  format: z.string(),
  family: z.string(),
  families: z.array(z.string()),
  parameter_size: z.string(),
  quantization_level: z.string(),
});

export const ollamaTagsSchema = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      model: z.string(),
      modified_at: z.string(),
      size: z.int(),
      digest: z.string(),
      details: detailsSchema,
    }),
  ),
});

export const ollamaVersionSchema = z.object({ version: z.string() });

/** Which model is asked about does not matter: there is one. */
export const ollamaShowRequestSchema = z.object({
  model: z.string().nullish(),
  name: z.string().nullish(),
  verbose: z.boolean().nullish(),
});

export const ollamaShowSchema = z.object({
  license: z.string(),
  modelfile: z.string(),
  parameters: z.string(),
  template: z.string(),
  details: detailsSchema,
  model_info: z.record(z.string(), z.union([z.string(), z.number()])),
  capabilities: z.array(z.string()),
  modified_at: z.string(),
});

export type OllamaDetails = z.infer<typeof detailsSchema>;

/** Names have a tag there; clients look for their model's with ":latest" behind it. */
export function ollamaName(modelId: string): string {
  return modelId.includes(":") ? modelId : `${modelId}:latest`;
}
