// `predict`: the published request and response of each task, and what this project adds to them.
// An unknown field is refused: an option that is ignored gives a wrong answer that looks right.
import { z } from "zod";
import {
  ACTIVATIONS,
  type Answer,
  checkDimensions,
  classify,
  findEntities,
  labelTokens,
  sentenceVector,
  type TokenInfo,
  tokenVectors,
} from "../task/index.ts";
import { entitySchema, ignoreLabelsField, strategyField, toEntityJson } from "./entity-json.ts";
import { defineExchange, type Exchange } from "./exchange.ts";
import {
  metadataField,
  offsetsField,
  runOptions,
  textsField,
  textsOrPairsField,
  toInputs,
  truncationOptions,
  vectorField,
} from "./field.ts";
import type { Limits } from "./limit.ts";
import { requestBody } from "./request-body.ts";

type Metadata = Readonly<Record<string, string>> | null | undefined;

const tokenInfoSchema = z.object({
  token: z.string(),
  token_id: z.int(),
  start: z.int(),
  end: z.int(),
});

/** The frame around the results of every task. */
export function responseOf<Result extends z.ZodType>(result: Result) {
  return z.object({
    results: z.array(result),
    model_id: z.string(),
    metadata: z.record(z.string(), z.string()).optional(),
  });
}

/** `metadata` is given back as it came, and left out when it was not given or null. */
export function frame<Result>(results: Result[], model_id: string, metadata: Metadata) {
  return { results, model_id, ...(metadata == null ? {} : { metadata: { ...metadata } }) };
}

function toTokenInfo({ token, id, start, end }: TokenInfo) {
  return { token, token_id: id, start, end };
}

export function predictEmbedding(limits: Limits): Exchange {
  return defineExchange({
    request: requestBody({
      fields: { inputs: textsField(limits), metadata: metadataField(limits) },
      options: {
        normalize: z.boolean().nullish(),
        offsets: offsetsField,
        ...truncationOptions,
      },
      unknown: "refused",
    }),
    response: responseOf(
      z.object({
        embeddings: z.array(z.object({ embedding: vectorField, token_info: tokenInfoSchema })),
      }),
    ),
    plan: (request) => ({ inputs: toInputs(request.inputs), options: runOptions(request) }),
    respond: (answers, request, { model, modelId, tokenizer }) => {
      const display = { tokenizer, unit: request.offsets ?? "codepoint" };
      const normalize = request.normalize ?? undefined;
      const results = answers.map((answer) => ({
        embeddings: tokenVectors(answer, model, { ...display, normalize }).map(
          ({ vector, token }) => ({ embedding: vector, token_info: toTokenInfo(token) }),
        ),
      }));
      return frame(results, modelId, request.metadata);
    },
  });
}

export function predictSentenceEmbedding(limits: Limits): Exchange {
  return defineExchange({
    request: requestBody({
      fields: { inputs: textsField(limits), metadata: metadataField(limits) },
      options: {
        normalize: z.boolean().nullish(),
        dimensions: z.int().nullish(),
        ...truncationOptions,
      },
      unknown: "refused",
    }),
    response: responseOf(z.object({ embedding: vectorField })),
    plan: (request, { model }) => {
      checkDimensions(model, request.dimensions ?? undefined);
      return { inputs: toInputs(request.inputs), options: runOptions(request) };
    },
    respond: (answers, request, { model, modelId }) => {
      const normalize = request.normalize ?? undefined;
      const dimensions = request.dimensions ?? undefined;
      const results = answers.map((answer) => ({
        embedding: sentenceVector(answer, model, { normalize, dimensions }),
      }));
      return frame(results, modelId, request.metadata);
    },
  });
}

export function predictSequenceClassification(limits: Limits): Exchange {
  return defineExchange({
    request: requestBody({
      fields: { inputs: textsOrPairsField(limits), metadata: metadataField(limits) },
      options: { function_to_apply: z.enum(ACTIVATIONS).nullish(), ...truncationOptions },
      unknown: "refused",
    }),
    response: responseOf(
      z.object({
        logits: vectorField,
        scores: vectorField,
        predicted_index: z.int(),
        predicted_label: z.string().nullable(),
      }),
    ),
    plan: (request) => ({ inputs: toInputs(request.inputs), options: runOptions(request) }),
    respond: (answers, request, { model, modelId }) => {
      const activation = request.function_to_apply ?? undefined;
      const results = answers.map((answer: Answer) => {
        const { logits, scores, predictedIndex } = classify(answer, model, activation);
        const predicted_label = model.labels[predictedIndex] ?? null;
        return { logits, scores, predicted_index: predictedIndex, predicted_label };
      });
      return frame(results, modelId, request.metadata);
    },
  });
}

export function predictTokenClassification(limits: Limits): Exchange {
  const tokenSchema = z.object({
    token_info: tokenInfoSchema,
    scores: vectorField,
    label: z.string(),
    score: z.number(),
  });
  return defineExchange({
    request: requestBody({
      fields: { inputs: textsField(limits), metadata: metadataField(limits) },
      options: {
        offsets: offsetsField,
        // Adds `entities` to each result; without it the response is the published one.
        aggregation_strategy: strategyField.nullish(),
        ignore_labels: ignoreLabelsField(limits),
        ...truncationOptions,
      },
      unknown: "refused",
    }),
    response: responseOf(
      z.object({ tokens: z.array(tokenSchema), entities: z.array(entitySchema).optional() }),
    ),
    plan: (request) => ({ inputs: toInputs(request.inputs), options: runOptions(request) }),
    respond: (answers, request, { model, modelId, tokenizer }) => {
      const display = { tokenizer, unit: request.offsets ?? "codepoint" };
      const strategy = request.aggregation_strategy ?? undefined;
      const ignoreLabels = request.ignore_labels ?? undefined;
      const results = answers.map((answer) => {
        const tokens = labelTokens(answer, model, display).map(
          ({ token, scores, label, score }) => ({
            token_info: toTokenInfo(token),
            scores,
            label,
            score,
          }),
        );
        if (strategy === undefined) return { tokens };
        const entities = findEntities(answer, model, { ...display, strategy, ignoreLabels });
        return { tokens, entities: entities.map(toEntityJson) };
      });
      return frame(results, modelId, request.metadata);
    },
  });
}
