// TEI's `similarity`: how near texts are to one text. Always the cosine, as there, whatever the model's
// authors compare vectors with: clients expect numbers from -1 to 1.
import { z } from "zod";
import { sentenceVector } from "../task/index.ts";
import { cosine } from "../tensor/index.ts";
import { defineExchange, type Exchange } from "./exchange.ts";
import { bounded, runOptions, textField, toInputs, truncationOptions } from "./field.ts";
import type { Limits } from "./limit.ts";
import { promptOf, promptOptions } from "./prompt.ts";
import { requestBody } from "./request-body.ts";

/** A number per sentence, in their order. */
export function similarity(limits: Limits): Exchange {
  // The source sentence is an input like the others.
  const max = limits.inputsPerRequest - 1;
  const text = textField(limits);
  return defineExchange({
    request: requestBody({
      fields: {
        inputs: z.object({
          source_sentence: text,
          sentences: bounded(max, z.array(text).min(1).max(max)),
        }),
      },
      options: { ...promptOptions(limits), ...truncationOptions },
      unknown: "ignored",
    }),
    response: z.array(z.number()),
    plan: (request, { model }) => {
      const { source_sentence, sentences } = request.inputs;
      const inputs = toInputs([source_sentence, ...sentences], promptOf(request, model));
      return { inputs, options: runOptions(request) };
    },
    respond: (answers, _, { model }) => {
      const [source, ...others] = answers.map((answer) =>
        sentenceVector(answer, model, { normalize: true }),
      );
      return source === undefined ? [] : others.map((other) => cosine(source, other));
    },
  });
}
