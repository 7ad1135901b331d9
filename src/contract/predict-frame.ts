// What the results of `predict` have in common: their frame, their tokens, and the sign that an
// input was cut.
import { z } from "zod";
import type { Answer, TokenInfo } from "../task/index.ts";

type Metadata = Readonly<Record<string, string>> | null | undefined;

export const tokenInfoSchema = z.object({
  token: z.string(),
  token_id: z.int(),
  start: z.int(),
  end: z.int(),
});

/** What `toTokenInfo` gives, with its names and the name it has itself. */
export const TOKEN_INFO_ITEMS = 9;

export function toTokenInfo({ token, id, start, end }: TokenInfo): z.infer<typeof tokenInfoSchema> {
  return { token, token_id: id, start, end };
}

/** Present in the result of an input that was cut; without it the result is the published one. */
export const truncatedField = z.literal(true).optional();

export function truncatedOf({ encoding }: Answer): { readonly truncated?: true } {
  return encoding.truncated ? { truncated: true } : {};
}

/** The frame around the results of every task. */
export function responseOf<Result extends z.ZodType>(result: Result) {
  return z.object({
    results: z.array(result),
    model_id: z.string(),
    metadata: z.record(z.string(), z.string()).optional(),
  });
}

/** `metadata` is given back as it came, and left out when it was not given or null. */
export function frame<Result>(results: Result[], model_id: string, metadata: Metadata) {
  return { results, model_id, ...(metadata == null ? {} : { metadata: { ...metadata } }) };
}
