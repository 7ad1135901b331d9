// Which pages of other origins may read answers. Without a list of origins nothing is said, and browsers refuse all.

/** What a page may read beside the few headers every page may. */
const EXPOSED = [
  "retry-after",
  "server-timing",
  "x-request-id",
  "x-model-digest",
  "x-truncated-inputs",
  "x-compute-type",
  "x-compute-time",
  "x-compute-characters",
  "x-compute-tokens",
  "x-total-time",
  "x-tokenization-time",
  "x-queue-time",
  "x-inference-time",
].join(", ");

/** What a page may send. */
const ALLOWED_HEADERS = [
  "authorization",
  "content-type",
  "traceparent",
  "tracestate",
  "x-api-key",
  "x-request-id",
  "x-request-timeout-ms",
].join(", ");

/** How long a browser may remember it, in seconds; none remembers longer than two hours. */
const PREFLIGHT_AGE_S = 7200;

/** Headers for an answer to `request`, those of a request without an allowed origin among them. */
export function corsHeaders(
  request: Request,
  origins: readonly string[],
): Readonly<Record<string, string>> {
  if (origins.length === 0) return {};
  const origin = allowedOrigin(request, origins);
  // Caches must not show one origin what another was answered.
  if (origin === undefined) return { vary: "Origin" };
  return {
    vary: "Origin",
    "access-control-allow-origin": origin,
    "access-control-expose-headers": EXPOSED,
  };
}

/**
 * The answer to a browser that asks before it asks; undefined for any other request. Other origins learn that they may
 * send nothing: a preflight never has a key, so that asking for one would only hide the reason.
 */
export function preflightReply(
  request: Request,
  origins: readonly string[],
): { readonly status: 204; readonly headers: Readonly<Record<string, string>> } | undefined {
  const isPreflight =
    request.method === "OPTIONS" &&
    request.headers.has("origin") &&
    request.headers.has("access-control-request-method");
  if (!isPreflight) return undefined;
  if (allowedOrigin(request, origins) === undefined) return { status: 204, headers: {} };
  return {
    status: 204,
    headers: {
      "access-control-allow-methods": "GET, HEAD, POST",
      "access-control-allow-headers": ALLOWED_HEADERS,
      "access-control-max-age": String(PREFLIGHT_AGE_S),
    },
  };
}

function allowedOrigin(request: Request, origins: readonly string[]): string | undefined {
  const origin = request.headers.get("origin");
  if (origin === null) return undefined;
  if (origins.includes("*")) return "*";
  return origins.includes(origin) ? origin : undefined;
}
