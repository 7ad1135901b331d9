// Keeps pages of other names away from a server that only this machine can reach and that asks for no key: whoever owns
// a name can let it point to this machine for a while (DNS rebinding), and his pages then pass for this server's own.
import { CodedError } from "../../error/index.ts";

/** Throws `SERVER_FOREIGN_PAGE` for a request that a page of another name sent. */
export type PageGuard = (request: Request) => void;

/**
 * What browsers send with every request, and what pages can change but not take away. `sec-fetch-site` alone would not
 * do: browsers only send it to addresses they trust, which a name without TLS is not.
 */
const BROWSER_HEADERS = ["accept-language", "sec-fetch-site"];

/** A guard that knows the names of this machine, addresses and `origins`; undefined when any page may ask. */
export function createPageGuard(origins: readonly string[]): PageGuard | undefined {
  if (origins.includes("*")) return undefined;
  const names = new Set(origins.map(nameOf));
  return ({ headers }) => {
    const origin = headers.get("origin");
    if (origin !== null && !origins.includes(origin) && !isOwnName(nameOf(origin))) {
      throw foreign("Origin", origin);
    }
    const host = headers.get("host") ?? "";
    if (host === "" || !BROWSER_HEADERS.some((name) => headers.has(name))) return;
    const name = nameOf(`http://${host}`);
    if (!isOwnName(name) && !names.has(name)) throw foreign("Host", host);
  };
}

/** Name or address in an origin; undefined where there is none, as in "null". */
function nameOf(origin: string): string | undefined {
  return URL.parse(origin)?.hostname.replace(/\.$/, "");
}

/** Whether it cannot be made to point here: names of this machine, and addresses, which are no names. */
function isOwnName(name: string | undefined): boolean {
  if (name === undefined) return false;
  return /(?:^|\.)localhost$/.test(name) || /^\d+(?:\.\d+){3}$/.test(name) || name.startsWith("[");
}

function foreign(header: string, found: string): CodedError {
  const shown = JSON.stringify(found.slice(0, 100));
  return new CodedError(
    "SERVER_FOREIGN_PAGE",
    `Cannot answer this page as the server asks for no key: found ${header} ${shown}, expected localhost or an ` +
      "address: name the page's origin with --cors-origin, or set API keys",
    { detail: { header } },
  );
}
