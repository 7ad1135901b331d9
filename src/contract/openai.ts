// OpenAI's embeddings. Vectors have length 1, and long texts are cut, as no request can say otherwise.
import { z } from "zod";
import { checkDimensions, sentenceVector } from "../task/index.ts";
import { defineExchange, type Exchange } from "./exchange.ts";
import { vectorField } from "./field.ts";
import type { Limits } from "./limit.ts";
import { promptOf } from "./prompt.ts";
import { strictBody } from "./request-body.ts";
import { textsOrIdsField, toTokenInputs } from "./token-id.ts";

/** Clients that tokenise by themselves do so for OpenAI's models, whatever they talk to. */
const FOREIGN_IDS =
  "ids made for OpenAI's models mean other words here: send text, which LangChain does with " +
  "check_embedding_ctx_length=False";

const embeddingSchema = z.object({
  object: z.literal("embedding"),
  index: z.int(),
  /** Of `encoding_format` base64: the little-endian bytes of float32 numbers. */
  embedding: z.union([vectorField, z.string()]),
});

/**
 * Any model name is taken, as clients send whatever they are set up with; the answer has this model's. Token
 * ids must be whole sequences of this model's tokenizer.
 */
export function openaiEmbeddings(limits: Limits): Exchange {
  return defineExchange({
    request: strictBody({
      input: textsOrIdsField(limits),
      model: z.string().nullish(),
      encoding_format: z.enum(["float", "base64"]).nullish(),
      dimensions: z.int().min(1).nullish(),
      user: z.string().nullish(),
    }),
    response: z.object({
      object: z.literal("list"),
      data: z.array(embeddingSchema),
      model: z.string(),
      usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
    }),
    plan: ({ input, dimensions }, { model, tokenizer }) => {
      checkDimensions(model, dimensions ?? undefined);
      const check = { field: "input", tokenizer, isWhole: true, hint: FOREIGN_IDS };
      return { inputs: toTokenInputs(input, promptOf({}, model), check), options: {} };
    },
    respond: (answers, request, { model, modelId }) => {
      const dimensions = request.dimensions ?? undefined;
      const isPacked = request.encoding_format === "base64";
      const data = answers.map((answer, index) => {
        const vector = sentenceVector(answer, model, { normalize: true, dimensions });
        const embedding = isPacked ? printBase64(vector) : vector;
        return { object: "embedding" as const, index, embedding };
      });
      const tokens = answers.reduce((sum, { encoding }) => sum + encoding.ids.length, 0);
      return {
        object: "list" as const,
        data,
        model: modelId,
        usage: { prompt_tokens: tokens, total_tokens: tokens },
      };
    },
  });
}

/** All systems there are bases for keep numbers little-endian, as the dialect wants them. */
function printBase64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

export const openaiModelSchema = z.object({
  id: z.string(),
  object: z.literal("model"),
  created: z.int(),
  owned_by: z.string(),
});

export const openaiModelsSchema = z.object({
  object: z.literal("list"),
  data: z.array(openaiModelSchema),
});
