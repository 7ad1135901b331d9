// TEI's `embed`, `embed_all` and `embed_sparse`: vectors of texts, of their tokens, and weights of
// the vocabulary. Token ids may stand for a text.
import { z } from "zod";
import { checkDimensions, rawTokenVectors, sentenceVector, sparseVector } from "../task/index.ts";
import { AnswerBudget } from "./answer-limit.ts";
import { defineExchange, type Exchange } from "./exchange.ts";
import { truncationOptions, vectorField } from "./field.ts";
import type { Limits } from "./limit.ts";
import { promptOptions } from "./prompt.ts";
import { requestBody } from "./request-body.ts";
import { mapSteps } from "./steps.ts";
import { planTextsOrIds, textsOrIdsField } from "./token-id.ts";

/**
 * One vector per text, an array of arrays even for a single text. Normalised unless refused, as in
 * TEI.
 */
export function embed(limits: Limits): Exchange {
  return defineExchange({
    request: requestBody({
      fields: { inputs: textsOrIdsField(limits) },
      options: {
        normalize: z.boolean().nullish(),
        dimensions: z.int().nullish(),
        ...promptOptions(limits),
        ...truncationOptions,
      },
      unknown: "ignored",
    }),
    response: z.array(vectorField),
    plan: (request, { model, tokenizer }) => {
      checkDimensions(model, request.dimensions ?? undefined);
      return planTextsOrIds(request, model, tokenizer);
    },
    respond: (answers, request, { model }) => {
      const normalize = request.normalize ?? true;
      const dimensions = request.dimensions ?? undefined;
      return mapSteps(answers, (answer) =>
        sentenceVector(answer, model, { normalize, dimensions }),
      );
    },
  });
}

/** A vector per token, special tokens included; of length 1 if those are the model's own answer. */
export function embedAll(limits: Limits): Exchange {
  return defineExchange({
    view: "tokens",
    request: requestBody({
      fields: { inputs: textsOrIdsField(limits) },
      options: { ...promptOptions(limits), ...truncationOptions },
      unknown: "ignored",
    }),
    response: z.array(z.array(vectorField)),
    plan: (request, { model, tokenizer }) => planTextsOrIds(request, model, tokenizer),
    itemsPerToken: ({ width }) => width,
    respond: (answers, _, { model }) =>
      mapSteps(answers, (answer) => [...rawTokenVectors(answer, model)]),
  });
}

/** Index and value with their names. */
const ITEMS_PER_WEIGHT = 4;

/** The weights above zero of each text, by ascending index: an array of arrays, as `embed`. */
export function embedSparse(limits: Limits): Exchange {
  return defineExchange({
    request: requestBody({
      fields: { inputs: textsOrIdsField(limits) },
      options: { ...promptOptions(limits), ...truncationOptions },
      unknown: "ignored",
    }),
    response: z.array(z.array(z.object({ index: z.int(), value: z.number() }))),
    plan: (request, { model, tokenizer }) => planTextsOrIds(request, model, tokenizer),
    respond: (answers, _, { answerItemsMax, onAnswerItems }) => {
      const budget = new AnswerBudget(answerItemsMax, onAnswerItems);
      return mapSteps(answers, (answer) =>
        budget.take([...sparseVector(answer)], ITEMS_PER_WEIGHT),
      );
    },
  });
}
