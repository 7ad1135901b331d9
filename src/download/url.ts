// Addresses: which are accepted, and how they are shown to people without what is secret in them.
import { CodedError } from "../error/index.ts";

const SCHEMES: readonly string[] = ["https:", "http:", "file:"];
/** Longer ones are refused by servers. */
const URL_LENGTH_MAX = 8192;

/** Throws `DOWNLOAD_BAD_URL`. */
export function parseUrl(text: string): URL {
  const url = text.length > URL_LENGTH_MAX ? null : URL.parse(text);
  if (url !== null && SCHEMES.includes(url.protocol)) return url;
  throw new CodedError(
    "DOWNLOAD_BAD_URL",
    `Cannot fetch "${shownText(text)}" as it must be an address that begins with https:, http: or file:`,
  );
}

/** Without user, password, query and fragment: signed addresses carry their secret there. */
export function shownUrl(url: URL): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  shown.hash = "";
  const hasQuery = shown.search !== "";
  shown.search = "";
  return hasQuery ? `${shown.href}?...` : shown.href;
}

/** Of something that is no address: shown as far as no secret can be in it. */
function shownText(text: string): string {
  const [start = ""] = text.split(/[?#]/, 1);
  return start.slice(0, 200).replace(/\/\/[^/]*@/, "//");
}

/** What a header may hold; anything else would end it, or is nothing a server reads. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Throws `DOWNLOAD_BAD_HEADER`, without the value: it may be a secret. */
export function checkHeaders(headers: Readonly<Record<string, string>>): void {
  const bad = Object.entries(headers).find(([, value]) => !HEADER_VALUE.test(value));
  if (bad === undefined) return;
  throw new CodedError(
    "DOWNLOAD_BAD_HEADER",
    `Cannot send the header "${bad[0]}" as it must be one line of plain characters: found others: check what was ` +
      "given, such as a token with a line feed",
  );
}
