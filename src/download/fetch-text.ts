// Small answers, held in memory: lists of digests, what a hub says of a repository.

import { CodedError } from "../error/index.ts";
import { openExchange } from "./exchange.ts";
import { badAnswer, statusFailure, tooLarge } from "./failure.ts";
import { POLICY } from "./policy.ts";
import type { JsonAnswer, TextAnswer, TextOptions } from "./request.ts";
import { withRetries } from "./retry.ts";
import { checkHeaders, parseUrl, shownUrl } from "./url.ts";

/** Tries again where that may help. Throws `DOWNLOAD_*`; every status from 400 on that is not in `statuses` is one. */
export async function fetchText(options: TextOptions): Promise<TextAnswer> {
  const url = parseUrl(options.url);
  checkHeaders(options.headers ?? {});
  if (url.protocol === "file:") {
    throw new CodedError(
      "DOWNLOAD_BAD_URL",
      `Cannot ask "${shownUrl(url)}" as it must be an address that begins with https: or http:`,
    );
  }
  const policy = { ...POLICY, ...options.policy };
  return await withRetries(() => ask(url, options, policy), { policy, onNote: options.onNote });
}

/** As `fetchText`, of an answer that is JSON; throws `DOWNLOAD_BAD_ANSWER` when it is not. */
export async function fetchJson(options: TextOptions): Promise<JsonAnswer> {
  const { text, ...answer } = await fetchText(options);
  try {
    return { ...answer, value: JSON.parse(text) };
  } catch {
    // What the parser complains of is said by showing the beginning.
    const found = text.trimStart().slice(0, 40).replaceAll(/\s+/g, " ");
    throw badAnswer(parseUrl(answer.url), JSON.stringify(found), "JSON");
  }
}

async function ask(url: URL, options: TextOptions, policy: typeof POLICY): Promise<TextAnswer> {
  const { method = "GET", headers = {}, redirects = "all", statuses = [] } = options;
  using exchange = await openExchange(url, { method, headers, redirects, policy });
  const { response, hops } = exchange;
  const { status } = response;
  const isAnswer = status === 200 || statuses.includes(status);
  const isRedirect = status >= 300 && status < 400 && redirects !== "all";
  if (!isAnswer && !isRedirect) throw statusFailure(exchange.url, response);
  const coding = response.headers.get("content-encoding") ?? "identity";
  const hasText = method === "GET" && isAnswer;
  if (hasText && coding !== "identity") {
    throw badAnswer(exchange.url, `content-encoding ${JSON.stringify(coding)}`, "none");
  }
  const text = hasText ? await readText(exchange, options.byteLengthMax) : "";
  return { status, headers: response.headers, url: exchange.url.href, text, hops };
}

async function readText(
  { url, pieces }: Awaited<ReturnType<typeof openExchange>>,
  byteLengthMax: number,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let byteLength = 0;
  for await (const piece of pieces()) {
    byteLength += piece.length;
    if (byteLength > byteLengthMax) throw tooLarge(url, "more", byteLengthMax);
    chunks.push(piece);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw badAnswer(url, "other bytes", "text in UTF-8");
  }
}
