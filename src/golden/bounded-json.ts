// JSON of files that anybody may have made: bounded in bytes and depth before it is parsed, and checked to be UTF-8.

/**
 * Goldens are read whole. A thousand vectors of 1,024 numbers have about 12 MB; a file of this size is parsed in
 * half a second.
 */
export const GOLDENS_BYTES_MAX = 16 * 1024 * 1024;

/** A response nests six levels deep, and the document adds three; the parser and the comparison recurse. */
const DEPTH_MAX = 32;

export type Parsed = { readonly value: unknown } | { readonly fault: string };

/** The text of the bytes, or undefined when they are no UTF-8. A leading byte order mark is dropped. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // That it is no UTF-8 is the answer.
    return undefined;
  }
}

/** The value, or what is wrong with the text, as "expected ...: found ...". */
export function parseBounded(text: string): Parsed {
  if (isTooDeep(text)) return { fault: `expected at most ${DEPTH_MAX} nested levels: found more` };
  try {
    return { value: JSON.parse(text) };
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return { fault: `expected JSON: ${reason.replace(/^JSON Parse error: /, "")}` };
  }
}

/** Counts brackets outside of strings; what is no JSON otherwise is left to the parser. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let isString = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (isString) {
      // A backslash takes the next character with it.
      if (unit === 0x5c) at++;
      else if (unit === 0x22) isString = false;
    } else if (unit === 0x22) isString = true;
    else if (unit === 0x5b || unit === 0x7b) depth++;
    else if (unit === 0x5d || unit === 0x7d) depth--;
    if (depth > DEPTH_MAX) return true;
  }
  return false;
}
