// TEI's `tokenize` and `decode`, which any model answers from its tokenizer alone, without running.
import { z } from "zod";
import type { Model } from "../gen/manifest_pb.ts";
import { convertSpans, type Encoding, type Tokenizer } from "../tokenizer/index.ts";
import { bounded, boundedText, offsetsField, wellFormed } from "./field.ts";
import type { Limits } from "./limit.ts";
import { promptOf, promptOptions } from "./prompt.ts";
import { requestBody } from "./request-body.ts";
import { idListsField } from "./token-id.ts";

/** `make`, once for each set of limits: a server has one, and asks for its schemas with every request. */
function onceFor<T>(make: (limits: Limits) => T): (limits: Limits) => T {
  const made = new WeakMap<Limits, T>();
  return (limits) => {
    const known = made.get(limits) ?? make(limits);
    made.set(limits, known);
    return known;
  };
}

export const tokenizeRequestSchema = onceFor((limits) => {
  const text = wellFormed(boundedText(limits.charactersPerInput));
  const max = limits.inputsPerRequest;
  return requestBody({
    fields: { inputs: bounded(max, z.union([text, z.array(text).min(1).max(max)])) },
    options: {
      add_special_tokens: z.boolean().nullish(),
      offsets: offsetsField,
      ...promptOptions(limits),
    },
    unknown: "ignored",
  });
});

export type TokenizeRequest = z.infer<ReturnType<typeof tokenizeRequestSchema>>;

/** Special tokens that were put around a text have their name as text, and no place. */
const tokenSchema = z.object({
  id: z.int(),
  text: z.string(),
  special: z.boolean(),
  start: z.int().nullable(),
  stop: z.int().nullable(),
});

export const tokenizeResponseSchema = z.array(z.array(tokenSchema));

type TextToken = z.infer<typeof tokenSchema>;

/**
 * The texts to tokenise: those of the request, each behind its prompt, which is the model's default where
 * none is named, so that the tokens are those `embed` runs. Throws `REQUEST_INVALID` for a prompt the model
 * does not have.
 */
export function textsToTokenize(request: TokenizeRequest, model: Model): readonly string[] {
  const prompt = promptOf(request, model);
  const texts = typeof request.inputs === "string" ? [request.inputs] : request.inputs;
  return texts.map((text) => prompt + text);
}

/** The tokens of one of them. Their text is that of the input; [start, stop) counts code points unless it is said. */
export function toTextTokens(
  text: string,
  { ids, specialMask, spans }: Encoding,
  { offsets, tokenizer }: Pick<TokenizeRequest, "offsets"> & { readonly tokenizer: Tokenizer },
): TextToken[] {
  const places = convertSpans(text, spans, offsets ?? "codepoint");
  return Array.from(ids, (id, index) =>
    specialMask[index] === 1
      ? { id, text: tokenizer.idToToken(id) ?? "", special: true, start: null, stop: null }
      : {
          id,
          text: text.slice(spans[2 * index], spans[2 * index + 1]),
          special: false,
          start: places[2 * index] ?? 0,
          stop: places[2 * index + 1] ?? 0,
        },
  );
}

export const decodeRequestSchema = onceFor((limits) =>
  requestBody({
    fields: { ids: idListsField(limits) },
    options: { skip_special_tokens: z.boolean().nullish() },
    unknown: "ignored",
  }),
);

export type DecodeRequest = z.infer<ReturnType<typeof decodeRequestSchema>>;

export const decodeResponseSchema = z.array(z.string());

/** The id lists of a request, however many were sent. */
export function idListsOf({ ids }: DecodeRequest): readonly (readonly number[])[] {
  // A list is one or the other, which the schema has seen to.
  return typeof ids[0] === "number" ? [ids as readonly number[]] : (ids as readonly number[][]);
}

/** The text of one list. Ids the vocabulary does not have are left out, as in TEI. */
export function decodeIds(
  ids: readonly number[],
  { skip_special_tokens }: DecodeRequest,
  tokenizer: Tokenizer,
): string {
  return tokenizer.decode(ids, { skipSpecialTokens: skip_special_tokens ?? true });
}
