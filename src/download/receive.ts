// One attempt to get the rest of a file: what is asked of the server, and whether its answer fits what has arrived.
import { strongEtag } from "./arrival.ts";
import { type Exchange, openExchange } from "./exchange.ts";
import { badAnswer, statusFailure, tooLarge } from "./failure.ts";
import type { Job } from "./job.ts";

const OK = 200;
const PARTIAL_CONTENT = 206;
const RANGE_NOT_SATISFIABLE = 416;

/** Leaves the whole file in the job's arrival. Throws `DOWNLOAD_*`; what came until then stays. */
export async function receive(job: Job): Promise<void> {
  const { arrival, url, policy, options } = job;
  forgetWhatCannotGoOn(job);
  const { headers = {} } = options;
  const openHeaders = rangeHeaders(job);
  const request = { method: "GET", headers, openHeaders, redirects: "all", policy } as const;
  using exchange = await openExchange(url, request);
  const start = await accept(exchange, job);
  if (start === "whole") return;
  if (start === "again") {
    arrival.restart();
    return await receive(job);
  }
  const total = totalOf(exchange, job, start);
  await take(exchange, job, total);
}

/** Without a digest only the server can tell whether its file is still the one whose beginning has arrived. */
function forgetWhatCannotGoOn({ arrival, options }: Job): void {
  const { sha256, byteLength, byteLengthMax } = options;
  const isKnown = arrival.etag !== undefined || sha256 !== undefined;
  const isTooLong = arrival.byteLength > (byteLength ?? byteLengthMax);
  if (arrival.byteLength > 0 && (!isKnown || isTooLong)) arrival.restart();
}

function rangeHeaders({ arrival }: Job): Readonly<Record<string, string>> {
  if (arrival.byteLength === 0) return {};
  const range = { range: `bytes=${arrival.byteLength}-` };
  return arrival.etag === undefined ? range : { ...range, "if-range": arrival.etag };
}

/** Where the bytes of the answer belong; "whole" when nothing is missing, "again" when it must be asked without a range. */
async function accept(
  { response, url }: Exchange,
  { arrival }: Job,
): Promise<"whole" | "again" | "start" | "rest"> {
  const { status, headers } = response;
  const hasAsked = arrival.byteLength > 0;
  if (status === OK) {
    // The server knows no ranges, or its file has changed.
    arrival.restart(strongEtag(headers));
    return "start";
  }
  if (!hasAsked) throw statusFailure(url, response);
  const range = headers.get("content-range") ?? "";
  if (status === RANGE_NOT_SATISFIABLE) {
    const isWhole = arrival.etag !== undefined && range === `bytes */${arrival.byteLength}`;
    return isWhole ? "whole" : "again";
  }
  if (status !== PARTIAL_CONTENT) throw statusFailure(url, response);
  const etag = strongEtag(headers);
  const isOther = arrival.etag !== undefined && etag !== undefined && etag !== arrival.etag;
  const from = /^bytes (\d{1,15})-/.exec(range)?.[1];
  return isOther || Number(from) !== arrival.byteLength ? "again" : "rest";
}

/** Bytes of the whole file, where the server says so; checked before any is read. */
function totalOf(
  { response, url }: Exchange,
  { arrival, options }: Job,
  start: "start" | "rest",
): number | undefined {
  const text =
    start === "start"
      ? response.headers.get("content-length")
      : /\/(\d{1,15})$/.exec(response.headers.get("content-range") ?? "")?.[1];
  if (text === null || text === undefined || !/^\d{1,15}$/.test(text)) return undefined;
  const total = Number(text);
  const { byteLength, byteLengthMax } = options;
  if (byteLength !== undefined && total !== byteLength) {
    throw badAnswer(url, `${total}`, `${byteLength} bytes`);
  }
  if (total > byteLengthMax) throw tooLarge(url, `${total}`, byteLengthMax);
  if (total < arrival.byteLength) {
    arrival.restart();
    throw badAnswer(url, `${total}`, "no fewer bytes than it sent before");
  }
  return total;
}

async function take(exchange: Exchange, job: Job, total: number | undefined): Promise<void> {
  const { arrival, options } = job;
  const most = total ?? options.byteLength ?? options.byteLengthMax;
  options.onProgress?.(arrival.byteLength, total ?? options.byteLength);
  for await (const piece of exchange.pieces()) {
    if (arrival.byteLength + piece.length > most) {
      arrival.restart();
      throw tooLarge(exchange.url, "more", most);
    }
    arrival.append(piece);
    job.transferred += piece.length;
    options.onProgress?.(arrival.byteLength, total ?? options.byteLength);
  }
  if (total !== undefined && arrival.byteLength < total) {
    throw badAnswer(exchange.url, `${arrival.byteLength}`, `${total} bytes`);
  }
}
