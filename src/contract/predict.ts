// `predict` of classifiers: the published request and response of each task, and what this project
// adds to them. An unknown field is refused: an option that is ignored gives a wrong answer that
// looks right.
import { z } from "zod";
import { ACTIVATIONS, type Answer, classify, entitySteps, labelTokens } from "../task/index.ts";
import { AnswerBudget } from "./answer-limit.ts";
import {
  checkThreshold,
  classScoreSchema,
  thresholdField,
  toRankedScores,
} from "./class-score-json.ts";
import {
  ENTITY_ITEMS,
  entitySchema,
  labelNamesField,
  strategyField,
  strideField,
  toEntityJson,
  tokenRunOptions,
} from "./entity-json.ts";
import { defineExchange, type Exchange } from "./exchange.ts";
import {
  metadataField,
  offsetsField,
  probabilityField,
  runOptions,
  textsField,
  textsOrPairsField,
  toInputs,
  topKField,
  truncationOptions,
  vectorField,
} from "./field.ts";
import type { Limits } from "./limit.ts";
import { requestFault } from "./parse-request.ts";
import {
  frame,
  responseOf,
  TOKEN_INFO_ITEMS,
  tokenInfoSchema,
  toTokenInfo,
  truncatedField,
  truncatedOf,
} from "./predict-frame.ts";
import { requestBody } from "./request-body.ts";
import { mapSteps } from "./steps.ts";

/** With `top_k` or `threshold` each result has its `labels`, too, the best first. */
export function predictSequenceClassification(limits: Limits): Exchange {
  return defineExchange({
    request: requestBody({
      fields: { inputs: textsOrPairsField(limits), metadata: metadataField(limits) },
      options: {
        function_to_apply: z.enum(ACTIVATIONS).nullish(),
        top_k: topKField,
        threshold: thresholdField,
        ...truncationOptions,
      },
      unknown: "refused",
    }),
    response: responseOf(
      z.object({
        logits: vectorField,
        scores: vectorField,
        predicted_index: z.int(),
        predicted_label: z.string().nullable(),
        labels: z.array(classScoreSchema).optional(),
        truncated: truncatedField,
      }),
    ),
    plan: (request, { model }) => {
      checkThreshold(request, model);
      return { inputs: toInputs(request.inputs), options: runOptions(request) };
    },
    respond: function* (answers, request, { model, modelId }) {
      const activation = request.function_to_apply ?? undefined;
      const wantsLabels = request.top_k != null || request.threshold != null;
      const results = yield* mapSteps(answers, (answer: Answer) => {
        const { logits, scores, predictedIndex } = classify(answer, model, activation);
        const predicted_label = model.labels[predictedIndex] ?? null;
        return {
          logits,
          scores,
          predicted_index: predictedIndex,
          predicted_label,
          ...(wantsLabels ? { labels: toRankedScores(scores, model, request) } : {}),
          ...truncatedOf(answer),
        };
      });
      return frame(results, modelId, request.metadata);
    },
  });
}

/** Options that only shape `entities`, which are there only with an aggregation strategy. */
const ENTITY_OPTIONS = ["threshold", "ignore_labels"] as const;

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
        ignore_labels: labelNamesField(limits),
        threshold: probabilityField,
        stride: strideField,
        ...truncationOptions,
      },
      unknown: "refused",
    }),
    response: responseOf(
      z.object({
        tokens: z.array(tokenSchema),
        entities: z.array(entitySchema).optional(),
        truncated: truncatedField,
      }),
    ),
    plan: (request) => {
      for (const path of ENTITY_OPTIONS) {
        const value = request[path];
        if (value == null || request.aggregation_strategy != null) continue;
        throw requestFault({ path, value, expected: "null (without aggregation_strategy)" });
      }
      return { inputs: toInputs(request.inputs), options: tokenRunOptions(request) };
    },
    // Scores, label and score, with names.
    itemsPerToken: ({ width }) => TOKEN_INFO_ITEMS + width + 5,
    advice: "ask /classify, which answers entities only",
    respond: function* (answers, request, { model, modelId, tokenizer, ...context }) {
      const budget = new AnswerBudget(context.answerItemsMax, context.onAnswerItems);
      const display = { tokenizer, unit: request.offsets ?? "codepoint" };
      const strategy = request.aggregation_strategy ?? undefined;
      const ignoreLabels = request.ignore_labels ?? undefined;
      const threshold = request.threshold ?? undefined;
      const results = [];
      for (const answer of answers) {
        const labelled = labelTokens(answer, model, display);
        yield;
        const tokens = labelled.map(({ token, ...rest }) => ({
          token_info: toTokenInfo(token),
          ...rest,
        }));
        yield;
        if (strategy === undefined) {
          results.push({ tokens, ...truncatedOf(answer) });
          continue;
        }
        const options = { ...display, strategy, ignoreLabels, threshold };
        const found = yield* entitySteps(answer, model, options);
        const entities = budget.take(found, ENTITY_ITEMS).map(toEntityJson);
        results.push({ tokens, entities, ...truncatedOf(answer) });
        yield;
      }
      return frame(results, modelId, request.metadata);
    },
  });
}
