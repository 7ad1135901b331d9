// One file from an address to a place on disk: whole, checked and under its name at the end, or not at all.
import { CodedError } from "../error/index.ts";
import {
  FileSource,
  fileFacts,
  forEachChunk,
  PartialFile,
  sha256,
  sha256Source,
  toHex,
} from "../io/index.ts";
import { Arrival } from "./arrival.ts";
import { tooLarge } from "./failure.ts";
import type { Job } from "./job.ts";
import { POLICY, type Policy } from "./policy.ts";
import { receive } from "./receive.ts";
import type { Downloaded, DownloadOptions } from "./request.ts";
import { withRetries } from "./retry.ts";
import { checkHeaders, parseUrl, shownUrl } from "./url.ts";

/**
 * Fetches a file. What a former attempt left is gone on from, where server and digest show that it is the same file;
 * what arrives stays for the next attempt, unless it is wrong. Of several processes (and calls) with the same `path`
 * one fetches and the others wait, and take what it fetched. Throws `DOWNLOAD_*`, and `IO_*` of the disk.
 */
export async function downloadFile(options: DownloadOptions): Promise<Downloaded> {
  const url = parseUrl(options.url);
  checkHeaders(options.headers ?? {});
  const policy: Policy = { ...POLICY, ...options.policy };
  const { partial, hasWaited } = await PartialFile.wait(options.path, {
    pollMs: policy.lockMs,
    onWait: () => options.onNote?.(`Waiting for another process that fetches "${shownUrl(url)}"`),
  });
  using _held = partial;
  const there = whatIsThere(options, hasWaited);
  // Of the digest where there is one, as mirrors have the same bytes.
  const identity = options.sha256 ?? toHex(sha256(new TextEncoder().encode(url.href)));
  const arrival = new Arrival(partial, options.path, identity);
  if (there !== undefined) {
    arrival.remove();
    return there;
  }
  const job: Job = { url, options, policy, arrival, transferred: 0 };
  const leftover = arrival.byteLength;
  let digest = await fetchOrTidy(job);
  if (leftover > 0 && complaintOf(job, digest) !== undefined) {
    // What a former attempt left may be to blame: once more, from the start.
    options.onNote?.(`Fetching "${shownUrl(url)}" again as its first part was of another version`);
    arrival.restart();
    digest = await fetchOrTidy(job);
  }
  const complaint = complaintOf(job, digest);
  if (complaint !== undefined) {
    arrival.remove();
    throw complaint;
  }
  const { byteLength, etag } = arrival;
  arrival.publish();
  return {
    byteLength,
    sha256: digest,
    ...(etag === undefined ? {} : { etag }),
    transferredByteLength: job.transferred,
  };
}

/** A file that need not be fetched: it has the digest, or, where none is known, came while this process waited. */
function whatIsThere(
  { path, sha256: expected, byteLength }: DownloadOptions,
  hasWaited: boolean,
): Downloaded | undefined {
  if (expected === undefined && !hasWaited) return undefined;
  if (fileFacts(path)?.kind !== "file") return undefined;
  using source = new FileSource(path);
  if (byteLength !== undefined && byteLength !== source.byteLength) return undefined;
  const found = toHex(sha256Source(source));
  if (expected !== undefined && found !== expected) return undefined;
  return { byteLength: source.byteLength, sha256: found, transferredByteLength: 0 };
}

/** As `fetchWhole`. What a failure left stays only where the next attempt can go on from it. */
async function fetchOrTidy(job: Job): Promise<string> {
  try {
    return await fetchWhole(job);
  } catch (thrown) {
    const { arrival, options } = job;
    const isKnown = arrival.etag !== undefined || options.sha256 !== undefined;
    if (arrival.byteLength === 0 || !isKnown) arrival.remove();
    throw thrown;
  }
}

/** Resolves to the digest of all that arrived. */
async function fetchWhole(job: Job): Promise<string> {
  const { url, options, policy, arrival } = job;
  if (url.protocol === "file:") copyFile(job);
  else {
    const arrived = () => job.transferred;
    const { onNote } = options;
    await withRetries(() => receive(job), { policy, arrived, ...(onNote ? { onNote } : {}) });
  }
  return arrival.digest();
}

function copyFile({ url, options, arrival }: Job): void {
  const { byteLengthMax, onProgress } = options;
  using source = new FileSource(pathOf(url));
  const total = source.byteLength;
  if (total > byteLengthMax) throw tooLarge(url, `${total}`, byteLengthMax);
  arrival.restart();
  forEachChunk(source, { byteOffset: 0, byteLength: total }, (chunk) => {
    arrival.append(chunk);
    onProgress?.(arrival.byteLength, total);
  });
  source.checkUnchanged();
}

function pathOf(url: URL): string {
  try {
    return Bun.fileURLToPath(url);
  } catch (thrown) {
    throw new CodedError(
      "DOWNLOAD_BAD_URL",
      `Cannot fetch "${shownUrl(url)}" as it must name a file of this machine: write it as file:///folder/file`,
      { cause: thrown },
    );
  }
}

/** What is wrong with what arrived. */
function complaintOf({ url, options, arrival }: Job, digest: string): CodedError | undefined {
  const { sha256: expected, byteLength } = options;
  const isLong = byteLength === undefined || byteLength === arrival.byteLength;
  if (isLong && (expected === undefined || expected === digest)) return undefined;
  const [what, found, wanted] = isLong
    ? ["sha256", digest, expected ?? ""]
    : ["length", `${arrival.byteLength} bytes`, `${byteLength}`];
  return new CodedError(
    "DOWNLOAD_DIFFERS",
    `Cannot use "${shownUrl(url)}" as its ${what} must be ${wanted}: found ${found}: it is another file than ` +
      "expected, or was changed on the way",
    { detail: { url: shownUrl(url), found, expected: wanted } },
  );
}
