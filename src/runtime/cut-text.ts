// Cuts a text to its first tokens. What a model takes at most is not its business.
import { assert } from "../error/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";

/** The text up to the end of its token number `tokensMax`, which is at least 1; all of it if it has no more. */
export function cutText(
  tokenizer: Pick<Tokenizer, "encode">,
  text: string,
  tokensMax: number,
): string {
  assert(tokensMax >= 1, "a text keeps at least one token");
  const options = { maxLength: tokensMax, addSpecialTokens: false };
  const { spans, truncated } = tokenizer.encode(text, options);
  return truncated ? text.slice(0, spans.at(-1)) : text;
}
