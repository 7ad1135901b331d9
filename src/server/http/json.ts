// Bytes of a request to a JSON value. Refuses what JSON parsers silently differ on: bad UTF-8, repeated names, depth.
import { CodedError } from "../../error/index.ts";
import type { HttpLimits } from "./limit.ts";

type JsonLimits = Pick<HttpLimits, "jsonDepthMax" | "jsonMembersMax">;

/** Parses UTF-8 bytes; a leading byte order mark is ignored. Throws `SERVER_BAD_JSON`. */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): unknown {
  const text = decodeUtf8(bytes);
  if (text.trim() === "") throw badJson("found an empty body: expected a JSON object");
  checkShape(text, limits);
  try {
    return JSON.parse(text);
  } catch (thrown) {
    const reason = thrown instanceof SyntaxError ? thrown.message : "it cannot be parsed";
    throw badJson(reason.replace(/^JSON Parse error: /, ""), thrown);
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (thrown) {
    throw badJson("its bytes are not valid UTF-8", thrown);
  }
}

/** The names seen in one open object; undefined for an open array. */
type Scope = Set<string> | undefined;

/**
 * Walks over brackets and strings before the real parser, which recurses, and which keeps the last of two members
 * with one name. Faults of syntax are left to that parser: this walk only has to end and to count.
 */
function checkShape(text: string, limits: JsonLimits): void {
  const scopes: Scope[] = [];
  let members = 0;
  // Position of the last string, which is a name if a colon follows.
  let stringStart = -1;
  let stringEnd = -1;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        stringStart = at;
        at = endOfString(text, at);
        stringEnd = at;
        break;
      case 0x7b: // {
      case 0x5b: // [
        if (scopes.length === limits.jsonDepthMax) {
          throw badJson(`it may nest ${limits.jsonDepthMax} levels deep: found more`);
        }
        scopes.push(text.charCodeAt(at) === 0x7b ? new Set() : undefined);
        break;
      case 0x7d: // }
      case 0x5d: // ]
        scopes.pop();
        break;
      case 0x3a: // :
        members += 1;
        if (members > limits.jsonMembersMax) {
          throw badJson(`it may have ${limits.jsonMembersMax} members: found more`);
        }
        checkName(text.slice(stringStart, stringEnd + 1), scopes.at(-1));
        break;
    }
  }
}

/** Index of the closing quote of the string that opens at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
}

function checkName(quoted: string, scope: Scope): void {
  if (scope === undefined) return;
  const name = unquote(quoted);
  if (name === undefined) return;
  if (scope.has(name))
    throw badJson(`it names the member ${JSON.stringify(name.slice(0, 60))} twice`);
  scope.add(name);
}

/** "\u0061" and "a" are one name. */
function unquote(quoted: string): string | undefined {
  if (!quoted.includes("\\")) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    // A bad escape: the parser will say so.
    return undefined;
  }
}

function badJson(reason: string, cause?: unknown): CodedError {
  return new CodedError("SERVER_BAD_JSON", `Cannot read the body as JSON: ${reason}`, { cause });
}
