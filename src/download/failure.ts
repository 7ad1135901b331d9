// What can go wrong on the way, in words: from statuses and from what the runtime throws.
import { CodedError, type ErrorDetail, isCodedError } from "../error/index.ts";
import { shownUrl } from "./url.ts";

/** Worth another attempt: another time the same request may succeed. */
export function isWorthRetrying(thrown: unknown): thrown is CodedError {
  return isCodedError(thrown, "DOWNLOAD_UNREACHABLE", "DOWNLOAD_STALLED", "DOWNLOAD_SERVER_FAILED");
}

const TRY_AGAIN: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/** Of a status from 400 on, or one that makes no sense here. */
export function statusFailure(url: URL, { status, headers }: Response): CodedError {
  const attempt = `Cannot fetch "${shownUrl(url)}" as the server answered ${status}`;
  const detail = { url: shownUrl(url), status };
  if (status === 401 || status === 403) {
    const remedy = "check the address, and the token if it needs one";
    return new CodedError("DOWNLOAD_DENIED", `${attempt}, which denies access: ${remedy}`, {
      detail,
    });
  }
  if (status === 404 || status === 410) {
    return new CodedError("DOWNLOAD_NOT_FOUND", `${attempt}: check the address`, { detail });
  }
  if (TRY_AGAIN.includes(status)) {
    const retryAfter = headers.get("retry-after");
    const asked: ErrorDetail = retryAfter === null ? {} : { retryAfter };
    return new CodedError("DOWNLOAD_SERVER_FAILED", `${attempt}: try again later`, {
      detail: { ...detail, ...asked },
    });
  }
  return badAnswer(url, `status ${status}`, "200");
}

/** Of an answer that is not what was asked for. */
export function badAnswer(url: URL, found: string, expected: string): CodedError {
  return new CodedError(
    "DOWNLOAD_BAD_ANSWER",
    `Cannot use the answer of "${shownUrl(url)}" as it must have ${expected}: found ${found}: ` +
      "check the address, and whether a proxy is in between",
    { detail: { url: shownUrl(url), found, expected } },
  );
}

export function tooLarge(url: URL, found: string, byteLengthMax: number): CodedError {
  return new CodedError(
    "DOWNLOAD_TOO_LARGE",
    `Cannot fetch "${shownUrl(url)}" as at most ${byteLengthMax} bytes are expected: found ${found}: ` +
      "is it the right address?",
    { detail: { url: shownUrl(url), expected: byteLengthMax } },
  );
}

export function stalled(url: URL, waitedMs: number): CodedError {
  return new CodedError(
    "DOWNLOAD_STALLED",
    `Cannot fetch "${shownUrl(url)}" as nothing came for ${waitedMs / 1000} s: check the network and try again`,
    { detail: { url: shownUrl(url), waitedMs } },
  );
}

/** Errors of certificates, as OpenSSL and the runtime name them. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ALTNAME/;

/** Of what a request or the reading of an answer throws. */
export function connectionFailure(url: URL, thrown: unknown): CodedError {
  const reason = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown";
  const attempt = `Cannot fetch "${shownUrl(url)}"`;
  const options = { detail: { url: shownUrl(url), reason }, cause: thrown };
  if (UNTRUSTED.test(reason)) {
    return new CodedError(
      "DOWNLOAD_UNTRUSTED",
      `${attempt} as its certificate is not trusted (${reason}): check the address; where a network has certificates ` +
        "of its own, name their file in NODE_EXTRA_CA_CERTS",
      options,
    );
  }
  return new CodedError(
    "DOWNLOAD_UNREACHABLE",
    `${attempt} as the connection failed (${reason}): check the address and the network; behind a proxy, set HTTPS_PROXY`,
    options,
  );
}
