// `predict` of the tasks that give vectors. As in all of `predict`, an unknown field is refused.
import { z } from "zod";
import {
  checkDimensions,
  type SparseWeight,
  sentenceVector,
  sparseVector,
  tokenVectors,
} from "../task/index.ts";
import { AnswerBudget } from "./answer-limit.ts";
import { defineExchange, type Exchange } from "./exchange.ts";
import {
  metadataField,
  offsetsField,
  textsField,
  topKField,
  truncationOptions,
  vectorField,
} from "./field.ts";
import type { Limits } from "./limit.ts";
import {
  frame,
  responseOf,
  TOKEN_INFO_ITEMS,
  tokenInfoSchema,
  toTokenInfo,
  truncatedField,
  truncatedOf,
} from "./predict-frame.ts";
import { planTexts, promptOptions } from "./prompt.ts";
import { requestBody } from "./request-body.ts";
import { mapSteps } from "./steps.ts";

export function predictEmbedding(limits: Limits): Exchange {
  return defineExchange({
    request: requestBody({
      fields: { inputs: textsField(limits), metadata: metadataField(limits) },
      options: {
        normalize: z.boolean().nullish(),
        offsets: offsetsField,
        ...promptOptions(limits),
        ...truncationOptions,
      },
      unknown: "refused",
    }),
    response: responseOf(
      z.object({
        embeddings: z.array(z.object({ embedding: vectorField, token_info: tokenInfoSchema })),
        truncated: truncatedField,
      }),
    ),
    plan: (request, { model }) => planTexts(request, model),
    itemsPerToken: ({ width }) => width + TOKEN_INFO_ITEMS,
    respond: function* (answers, request, { model, modelId, tokenizer }) {
      const display = { tokenizer, unit: request.offsets ?? "codepoint" };
      const normalize = request.normalize ?? undefined;
      const results = yield* mapSteps(answers, (answer) => ({
        embeddings: tokenVectors(answer, model, { ...display, normalize }).map(
          ({ vector, token }) => ({ embedding: vector, token_info: toTokenInfo(token) }),
        ),
        ...truncatedOf(answer),
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
        ...promptOptions(limits),
        ...truncationOptions,
      },
      unknown: "refused",
    }),
    response: responseOf(z.object({ embedding: vectorField, truncated: truncatedField })),
    plan: (request, { model }) => {
      checkDimensions(model, request.dimensions ?? undefined);
      return planTexts(request, model);
    },
    respond: function* (answers, request, { model, modelId }) {
      const normalize = request.normalize ?? undefined;
      const dimensions = request.dimensions ?? undefined;
      const results = yield* mapSteps(answers, (answer) => ({
        embedding: sentenceVector(answer, model, { normalize, dimensions }),
        ...truncatedOf(answer),
      }));
      return frame(results, modelId, request.metadata);
    },
  });
}

/** Weights by ascending index, or with `top_k` so many of them, the heaviest first. */
/** Index, value and token with their names. */
const ITEMS_PER_WEIGHT = 6;

export function predictSparseEmbedding(limits: Limits): Exchange {
  const weightSchema = z.object({ index: z.int(), value: z.number(), token: z.string() });
  return defineExchange({
    request: requestBody({
      fields: { inputs: textsField(limits), metadata: metadataField(limits) },
      options: { top_k: topKField, ...promptOptions(limits), ...truncationOptions },
      unknown: "refused",
    }),
    response: responseOf(
      z.object({ sparse_embedding: z.array(weightSchema), truncated: truncatedField }),
    ),
    plan: (request, { model }) => planTexts(request, model),
    respond: function* (answers, request, { modelId, tokenizer, ...context }) {
      const { top_k } = request;
      const budget = new AnswerBudget(context.answerItemsMax, context.onAnswerItems);
      const results = yield* mapSteps(answers, (answer) => {
        const weights = sparseVector(answer);
        const chosen = top_k == null ? weights : heaviest(weights, top_k);
        const shown = budget.take(chosen, ITEMS_PER_WEIGHT);
        return {
          sparse_embedding: shown.map(({ index, value }) => ({
            index,
            value,
            token: tokenizer.idToToken(index) ?? "",
          })),
          ...truncatedOf(answer),
        };
      });
      return frame(results, modelId, request.metadata);
    },
  });
}

function heaviest(weights: readonly SparseWeight[], count: number): readonly SparseWeight[] {
  return weights
    .toSorted((left, right) => right.value - left.value || left.index - right.index)
    .slice(0, count);
}
