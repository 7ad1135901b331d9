// TEI's `embed` and `embed_all`: vectors of texts, and of their tokens.
import { z } from "zod";
import { checkDimensions, rawTokenVectors, sentenceVector } from "../task/index.ts";
import { defineExchange, type Exchange } from "./exchange.ts";
import { runOptions, textsField, toInputs, truncationOptions, vectorField } from "./field.ts";
import type { Limits } from "./limit.ts";
import { requestBody } from "./request-body.ts";

// Accepted for clients that always send it; a name would change the text, and no model here has one
// to give.
const promptNameField = z
  .string()
  .nullish()
  .refine((name) => name == null, "null (this model has no prompts)");

const embedOptions = { prompt_name: promptNameField, ...truncationOptions } as const;

/**
 * One vector per text, an array of arrays even for a single text. Normalised unless refused, as in
 * TEI.
 */
export function embed(limits: Limits): Exchange {
  return defineExchange({
    request: requestBody({
      fields: { inputs: textsField(limits) },
      options: {
        normalize: z.boolean().nullish(),
        dimensions: z.int().nullish(),
        ...embedOptions,
      },
      unknown: "ignored",
    }),
    response: z.array(vectorField),
    plan: (request, { model }) => {
      checkDimensions(model, request.dimensions ?? undefined);
      return { inputs: toInputs(request.inputs), options: runOptions(request) };
    },
    respond: (answers, request, { model }) => {
      const normalize = request.normalize ?? true;
      const dimensions = request.dimensions ?? undefined;
      return answers.map((answer) => sentenceVector(answer, model, { normalize, dimensions }));
    },
  });
}

/** A vector per token, special tokens included, as the graph gave it. */
export function embedAll(limits: Limits): Exchange {
  return defineExchange({
    view: "tokens",
    request: requestBody({
      fields: { inputs: textsField(limits) },
      options: embedOptions,
      unknown: "ignored",
    }),
    response: z.array(z.array(vectorField)),
    plan: (request) => ({ inputs: toInputs(request.inputs), options: runOptions(request) }),
    respond: (answers) => answers.map((answer) => [...rawTokenVectors(answer)]),
  });
}
