// One request with its redirects, up to the head of the answer; the body is read piece by piece under a deadline.
// Redirects are followed here and not by the runtime, which would take credentials along and forget what lies between.
import { CodedError } from "../error/index.ts";
import { Deadline } from "./deadline.ts";
import { connectionFailure, stalled } from "./failure.ts";
import type { Policy } from "./policy.ts";
import type { Hop, TextOptions } from "./request.ts";
import { shownUrl } from "./url.ts";

export type ExchangeOptions = {
  readonly method: "GET" | "HEAD";
  /** For the first origin only. */
  readonly headers: Readonly<Record<string, string>>;
  /** For every server on the way. */
  readonly openHeaders?: Readonly<Record<string, string>>;
  readonly redirects: NonNullable<TextOptions["redirects"]>;
  readonly policy: Policy;
};

/** An answer whose body has not been read. To be disposed of, which ends the connection if it was not. */
export type Exchange = Disposable & {
  readonly response: Response;
  readonly url: URL;
  readonly hops: readonly Hop[];
  /** Pieces of the body in order; throws `DOWNLOAD_STALLED` and `DOWNLOAD_UNREACHABLE`. */
  readonly pieces: () => AsyncGenerator<Uint8Array>;
};

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** Throws `DOWNLOAD_UNREACHABLE`, `DOWNLOAD_UNTRUSTED`, `DOWNLOAD_STALLED` and `DOWNLOAD_BAD_REDIRECT`. */
export async function openExchange(start: URL, options: ExchangeOptions): Promise<Exchange> {
  const { policy, redirects } = options;
  const hops: Hop[] = [];
  let url = withoutUser(start);
  let credentials: Readonly<Record<string, string>> = { ...basicOf(start), ...options.headers };
  for (;;) {
    const deadline = new Deadline();
    const { response, next } = await step(url, { ...options, headers: credentials }, deadline);
    hops.push({ url: url.href, status: response.status, headers: response.headers });
    const isOther = next !== undefined && next.origin !== url.origin;
    if (next === undefined || redirects === "none" || (isOther && redirects === "same-origin")) {
      return {
        response,
        url,
        hops,
        pieces: () => pieces({ response, url, deadline }, policy),
        [Symbol.dispose]: () => deadline[Symbol.dispose](),
      };
    }
    deadline[Symbol.dispose]();
    if (hops.length > policy.redirectsMax) {
      throw badRedirect(start, `${hops.length} redirects`, `at most ${policy.redirectsMax}`);
    }
    // For good: a way back could lead anywhere at the first origin.
    if (isOther) credentials = {};
    url = next;
  }
}

/** One request, and where its answer leads, if anywhere. */
async function step(
  url: URL,
  options: ExchangeOptions,
  deadline: Deadline,
): Promise<{ readonly response: Response; readonly next: URL | undefined }> {
  try {
    const response = await send(url, options, deadline);
    const next = REDIRECTS.includes(response.status) ? redirectOf(response, url) : undefined;
    return { response, next };
  } catch (thrown) {
    deadline[Symbol.dispose]();
    throw thrown;
  }
}

async function send(url: URL, options: ExchangeOptions, deadline: Deadline): Promise<Response> {
  const { method, headers, openHeaders, policy } = options;
  deadline.set(policy.answerMs);
  try {
    return await fetch(url.href, {
      method,
      // Digests and lengths are of the file, not of what a server makes of it for the way.
      headers: { "accept-encoding": "identity", ...headers, ...openHeaders },
      redirect: "manual",
      decompress: false,
      // The runtime's own ends long downloads.
      timeout: false,
      signal: deadline.signal,
    } as BunFetchRequestInit);
  } catch (thrown) {
    throw deadline.isMissed ? stalled(url, policy.answerMs) : connectionFailure(url, thrown);
  }
}

type Body = { readonly response: Response; readonly url: URL; readonly deadline: Deadline };

async function* pieces(
  { response, url, deadline }: Body,
  { stallMs, stallByteLength }: Policy,
): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  let arrived = 0;
  deadline.set(stallMs);
  for (;;) {
    let step: Awaited<ReturnType<typeof reader.read>>;
    try {
      step = await reader.read();
    } catch (thrown) {
      throw deadline.isMissed ? stalled(url, stallMs) : connectionFailure(url, thrown);
    }
    if (step.done) return;
    arrived += step.value.length;
    // A server that sends a byte now and then stalls, too.
    if (arrived >= stallByteLength) {
      arrived = 0;
      deadline.set(stallMs);
    }
    yield step.value;
  }
}

/** Undefined for a redirect that names no place, as the statuses are also used for other things. */
function redirectOf({ headers }: Response, url: URL): URL | undefined {
  const location = headers.get("location");
  if (location === null) return undefined;
  const next = URL.parse(location, url.href);
  if (next === null) throw badRedirect(url, "a place that is no address", "an address");
  if (next.protocol !== "https:" && next.protocol !== "http:") {
    throw badRedirect(url, `one to ${next.protocol}`, "https: or http:");
  }
  if (url.protocol === "https:" && next.protocol === "http:") {
    throw badRedirect(url, `one to ${shownUrl(next)}`, "https:, as before");
  }
  return withoutUser(next);
}

function badRedirect(url: URL, found: string, expected: string): CodedError {
  return new CodedError(
    "DOWNLOAD_BAD_REDIRECT",
    `Cannot fetch "${shownUrl(url)}" as redirects must be ${expected}: found ${found}: check the address`,
    { detail: { url: shownUrl(url), found, expected } },
  );
}

/** User and password of an address, as the header they mean. */
function basicOf({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === "" && password === "") return {};
  const pair = `${decoded(username)}:${decoded(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A "%" that stands for itself.
    return text;
  }
}

function withoutUser(url: URL): URL {
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  return bare;
}
