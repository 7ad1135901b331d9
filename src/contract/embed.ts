// TEI's `embed` and `embed_all`: vectors of texts, and of their tokens.
import { z } from "zod";
import { checkDimensions, checkView, rawTokenVectors, sentenceVector } from "../task/index.ts";
import { defineExchange, type Exchange } from "./exchange.ts";
import { runOptions, textsField, toInputs, truncationFields, vectorField } from "./field.ts";
import type { Limits } from "./limit.ts";

// Accepted for clients that always send it; a name would change the text, and no model here has one
// to give.
const promptNameField = z
  .string()
  .nullish()
  .refine((name) => name == null, "null (this model has no prompts)");

function embedFields(limits: Limits) {
  return { inputs: textsField(limits), prompt_name: promptNameField, ...truncationFields };
}

/**
 * One vector per text, an array of arrays even for a single text. Normalised unless refused, as in
 * TEI.
 */
export function embed(limits: Limits): Exchange {
  return defineExchange({
    request: z.object({
      ...embedFields(limits),
      normalize: z.boolean().nullish(),
      dimensions: z.int().nullish(),
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
    request: z.object(embedFields(limits)),
    response: z.array(z.array(vectorField)),
    plan: (request, { model }) => {
      checkView(model, "tokens");
      const options = { ...runOptions(request), view: "tokens" as const };
      return { inputs: toInputs(request.inputs), options };
    },
    respond: (answers) => answers.map((answer) => [...rawTokenVectors(answer)]),
  });
}
