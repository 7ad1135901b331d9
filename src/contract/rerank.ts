// Ranking of documents by their relevance to a query: TEI's `rerank`, and `predict` of a reranker.
import { z } from "zod";
import { rankDocuments } from "../task/index.ts";
import { defineExchange, type Exchange, type RunPlan } from "./exchange.ts";
import {
  bounded,
  boundedText,
  metadataField,
  runOptions,
  textField,
  truncationOptions,
  wellFormed,
} from "./field.ts";
import type { Limits } from "./limit.ts";
import { frame, responseOf, truncatedField, truncatedOf } from "./predict-frame.ts";
import { requestBody } from "./request-body.ts";

function rankFields(limits: Limits) {
  // A document may be empty: callers rank whatever their search found.
  const text = wellFormed(boundedText(limits.charactersPerInput));
  const max = limits.textsPerRerank;
  return {
    query: textField(limits),
    texts: bounded(max, z.array(text).min(1).max(max)),
  };
}

const rankOptions = {
  raw_scores: z.boolean().nullish(),
  return_text: z.boolean().nullish(),
  ...truncationOptions,
} as const;

const rankedSchema = z.object({
  index: z.int(),
  text: z.string().optional(),
  score: z.number(),
});

type RankRequest = z.infer<z.ZodObject<ReturnType<typeof rankFields> & typeof rankOptions>>;

function planRanking(request: RankRequest): RunPlan {
  const inputs = request.texts.map((pair) => ({ text: request.query, pair }));
  return { inputs, options: runOptions(request) };
}

function toRanked(answers: Parameters<typeof rankDocuments>[0], request: RankRequest) {
  return rankDocuments(answers, { raw: request.raw_scores ?? false }).map(({ index, score }) => {
    const text = request.return_text === true ? request.texts[index] : undefined;
    return text === undefined ? { index, score } : { index, text, score };
  });
}

/** TEI: a bare array, the best first. */
export function rerank(limits: Limits): Exchange {
  return defineExchange({
    request: requestBody({
      fields: rankFields(limits),
      options: rankOptions,
      unknown: "ignored",
    }),
    response: z.array(rankedSchema),
    plan: planRanking,
    respond: toRanked,
  });
}

/**
 * The same ranking in the frame of `predict`, whose other tasks answer per input and in their
 * order.
 */
export function predictReranking(limits: Limits): Exchange {
  return defineExchange({
    request: requestBody({
      fields: { ...rankFields(limits), metadata: metadataField(limits) },
      options: rankOptions,
      unknown: "refused",
    }),
    response: responseOf(rankedSchema.extend({ truncated: truncatedField })),
    plan: planRanking,
    respond: (answers, request, { modelId }) => {
      const results = toRanked(answers, request).map((ranked) => {
        const answer = answers[ranked.index];
        return { ...ranked, ...(answer === undefined ? {} : truncatedOf(answer)) };
      });
      return frame(results, modelId, request.metadata);
    },
  });
}
