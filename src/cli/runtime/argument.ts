// Texts that come as arguments: whether they are what the caller typed.
import { CodedError } from "../../error/index.ts";

/**
 * Arguments are decoded before this program sees them, with U+FFFD for bytes that are not valid UTF-8: an answer would
 * be of another text. `name` says which argument it is. Throws `CLI_INPUT_INVALID`.
 */
export function checkDecoded(text: string, name: string): void {
  if (!text.includes("\ufffd")) return;
  throw new CodedError(
    "CLI_INPUT_INVALID",
    `Cannot take ${name} as its bytes must be valid UTF-8: found U+FFFD, which stands for those that are not: ` +
      "convert it first, or give texts that have this character on standard input",
  );
}
