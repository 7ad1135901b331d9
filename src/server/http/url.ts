// The path of a request, for requests without a host, too, which have an address that is none.
import { CodedError } from "../../error/index.ts";

/** Stands in for the host of a request that names none. */
const NO_HOST = "http://localhost";

/**
 * Path of the request, percent-encoded as it came. Throws `SERVER_BAD_HOST` when its Host header cannot be part of an
 * address.
 */
export function pathOf(request: Request): string {
  const { url } = request;
  // What the HTTP server hands over when there is no Host, or none that it likes: HTTP/1.0 needs none.
  const isHostless = url.startsWith("/");
  const host = request.headers.get("host") ?? "";
  const parsed = URL.parse(isHostless ? NO_HOST + url : url);
  if (parsed !== null && !(isHostless && host !== "")) return parsed.pathname;
  throw new CodedError(
    "SERVER_BAD_HOST",
    `Cannot read the request as its Host header must be a host and perhaps a port: found ${JSON.stringify(host.slice(0, 100))}`,
  );
}
