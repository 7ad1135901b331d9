// Bytes of a request to a JSON value. Refuses what JSON parsers silently differ on: bad UTF-8, repeated names, depth.
import type { Steps } from "../../contract/index.ts";
import { CodedError } from "../../error/index.ts";
import { type HttpLimits, JSON_ELEMENTS_MAX, JSON_NESTED_MAX } from "./limit.ts";

type JsonLimits = Pick<HttpLimits, "jsonDepthMax" | "jsonMembersMax">;

/** Parses UTF-8 bytes; a leading byte order mark is ignored. Throws `SERVER_BAD_JSON`. */
export function* parseJson(bytes: Uint8Array, limits: JsonLimits): Steps<unknown> {
  const text = decodeUtf8(bytes);
  if (text.trim() === "") throw badJson("found an empty body: expected a JSON object");
  yield;
  yield* checkShape(text, limits);
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

/** Characters outside of strings that are looked at between two stops. */
const VISITED_PER_STEP = 2 ** 18;

/** The names seen in one open object; undefined for an open array. */
type Scope = Set<string> | undefined;

/**
 * Walks over brackets and strings before the real parser, which recurses, and which keeps the last of two members
 * with one name. Faults of syntax are left to that parser: this walk has to count, and to end, in time that grows with
 * the text and with nothing else. It ends at a colon that follows no string, which no parser gets past.
 */
function* checkShape(text: string, limits: JsonLimits): Steps<void> {
  const scopes: Scope[] = [];
  let members = 0;
  let nested = 0;
  let elements = 0;
  // Where the string before this place begins: a name if a colon follows. Each is read once.
  let stringStart = -1;
  let visited = 0;
  for (let at = 0; at < text.length; at++) {
    visited += 1;
    if (visited % VISITED_PER_STEP === 0) yield;
    const unit = text.charCodeAt(at);
    switch (unit) {
      case 0x20:
      case 0x09:
      case 0x0a:
      case 0x0d:
        continue;
      case 0x22: // "
        stringStart = at;
        at = endOfString(text, at);
        continue;
      case 0x3a: // :
        if (stringStart < 0) return;
        members += 1;
        checkCount(members, limits.jsonMembersMax, "members");
        checkName(text.slice(stringStart, at).trimEnd(), scopes.at(-1));
        break;
      case 0x2c: // ,
        elements += 1;
        checkCount(elements, JSON_ELEMENTS_MAX, "commas");
        break;
      case 0x7b: // {
      case 0x5b: // [
        if (scopes.length === limits.jsonDepthMax) {
          throw badJson(`it may nest ${limits.jsonDepthMax} levels deep: found more`);
        }
        nested += 1;
        checkCount(nested, JSON_NESTED_MAX, "arrays and objects");
        scopes.push(unit === 0x7b ? new Set() : undefined);
        break;
      case 0x7d: // }
      case 0x5d: // ]
        scopes.pop();
        break;
    }
    stringStart = -1;
  }
}

function checkCount(count: number, max: number, what: string): void {
  if (count > max) throw badJson(`it may have ${max} ${what}: found more`);
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
  if (scope.has(name))
    throw badJson(`it names the member ${JSON.stringify(name.slice(0, 60))} twice`);
  scope.add(name);
}

/** "\u0061" and "a" are one name. */
function unquote(quoted: string): string {
  if (!quoted.includes("\\")) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch (thrown) {
    throw badJson("it has a name that is no JSON string", thrown);
  }
}

function badJson(reason: string, cause?: unknown): CodedError {
  return new CodedError("SERVER_BAD_JSON", `Cannot read the body as JSON: ${reason}`, { cause });
}
