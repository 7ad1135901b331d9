// `classify` as vLLM has it: infinity's request with fields of its own, and another answer.
import { z } from "zod";
import { classify, labelOf } from "../task/index.ts";
import { argmax } from "../tensor/index.ts";
import { defineExchange, type Exchange } from "./exchange.ts";
import {
  countTokens,
  runOptions,
  textsField,
  toInputs,
  truncationOptions,
  vectorField,
} from "./field.ts";
import type { Limits } from "./limit.ts";
import { requestBody } from "./request-body.ts";

/** What only clients of vLLM send; `activation` is what earlier ones call it. */
const VLLM_OPTIONS = ["use_activation", "activation"] as const;

/** Whether a body, which may be anything, is of vLLM's dialect. */
export function isVllm(body: unknown): boolean {
  if (typeof body !== "object" || body === null || !Object.hasOwn(body, "input")) return false;
  return VLLM_OPTIONS.some((name) => Object.hasOwn(body, name));
}

/** All scores of each text by class index, and the likeliest label. */
export function classifyVllm(limits: Limits): Exchange {
  return defineExchange({
    request: requestBody({
      fields: { input: textsField(limits) },
      options: {
        model: z.string().nullish(),
        use_activation: z.boolean().nullish(),
        activation: z.boolean().nullish(),
        ...truncationOptions,
      },
      unknown: "ignored",
    }),
    response: z.object({
      id: z.string(),
      object: z.literal("list"),
      created: z.int(),
      model: z.string(),
      data: z.array(
        z.object({
          index: z.int(),
          label: z.string(),
          probs: vectorField,
          num_classes: z.int(),
        }),
      ),
      usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
    }),
    plan: (request) => ({ inputs: toInputs(request.input), options: runOptions(request) }),
    respond: (answers, request, { model, modelId, requestId, createdSeconds }) => {
      const isRaw = (request.use_activation ?? request.activation) === false;
      const tokens = countTokens(answers);
      return {
        id: requestId,
        object: "list" as const,
        created: createdSeconds,
        model: modelId,
        data: answers.map((answer, index) => {
          const { scores } = classify(answer, model, isRaw ? "none" : undefined);
          const label = labelOf(model, argmax(scores));
          return { index, label, probs: scores, num_classes: scores.length };
        }),
        usage: { prompt_tokens: tokens, total_tokens: tokens },
      };
    },
  });
}
