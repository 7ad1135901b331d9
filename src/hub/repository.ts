// One repository of a hub at one commit: what it holds, and its files fetched into the cache, each checked against the
// digest the hub gave for it.

import { downloadFile, fetchText, type Policy } from "../download/index.ts";
import { assert, CodedError, isCodedError } from "../error/index.ts";
import { fileFacts, moveFile, removeFile } from "../io/index.ts";
import { REFUSALS, refusalOf } from "./answer.ts";
import { RepositoryCache } from "./cache.ts";
import { type FileDigest, hasDigest, parseDigest } from "./digest.ts";
import type { HubEnvironment } from "./environment.ts";
import { type HubFile, type Listing, parseListing } from "./listing.ts";
import { type HubReference, printHubReference } from "./reference.ts";
import { checkLength, checkRoom } from "./room.ts";

/** A listing has some 200 bytes a file. */
const LISTING_BYTES_MAX = 16 * 1024 * 1024;
/** Of an answer that has no content of interest. */
const HEAD_BYTES_MAX = 1024 * 1024;
export type FetchOptions = {
  /** Called as bytes arrive, with all that are to come. */
  readonly onProgress?: (file: string, done: number, total: number) => void;
  /** Told in a sentence when something takes longer. */
  readonly onNote?: (sentence: string) => void;
  /** How patient it is, as that of a download. */
  readonly policy?: Partial<Policy>;
};

/** A repository whose commit is known. */
export type HubRepository = {
  readonly reference: HubReference;
  readonly commit: string;
  /** The hub that was asked; offline the one that is noted, else the one that would be asked. */
  readonly endpoint: string;
  /** Whether the hub is known: offline only where it was noted. */
  readonly isEndpointKnown: boolean;
  /** Whether `files` is what the cache holds, as nobody was asked: the repository may have more. */
  readonly isOffline: boolean;
  readonly files: ReadonlyMap<string, HubFile>;
  /** The folder that shows the fetched files under their names. */
  readonly folder: string;
  /**
   * Makes these files be in the folder, with the digests they have in the commit; what is there is not fetched again.
   * Throws `HUB_NOT_FOUND`, `HUB_DENIED`, `HUB_ANSWER_INVALID`, `HUB_FILE_DIFFERS` and what downloads throw.
   */
  fetch(names: readonly string[], options?: FetchOptions): Promise<void>;
  /** Notes in the cache what the branch or tag stands for, and the hub: called when all files were fetched. */
  finish(): void;
};

/**
 * Asks the hub, or the cache when it is to be used offline, for the commit and files of a revision. Throws
 * `HUB_NOT_FOUND`, `HUB_DENIED`, `HUB_ANSWER_INVALID` and what downloads throw.
 */
export async function openHubRepository(
  reference: HubReference,
  environment: HubEnvironment,
  options: Omit<FetchOptions, "onProgress"> = {},
): Promise<HubRepository> {
  const cache = new RepositoryCache(environment.cacheFolder, reference);
  const context = { reference, environment, cache };
  const listing = environment.isOffline ? listCache(context) : await askOrHint(context, options);
  const { commit, files } = listing;
  const noted = environment.isOffline ? cache.readEndpoint(commit) : environment.endpoint;
  return {
    reference,
    commit,
    files,
    endpoint: noted ?? environment.endpoint,
    isEndpointKnown: noted !== undefined,
    isOffline: environment.isOffline,
    folder: cache.snapshot(commit),
    fetch: (names, given = {}) => fetchFiles({ ...context, ...listing }, names, given),
    finish: () => {
      if (environment.isOffline) return;
      cache.writeEndpoint(commit, environment.endpoint);
      cache.writeRef(reference.revision, commit);
    },
  };
}

type Context = {
  readonly reference: HubReference;
  readonly environment: HubEnvironment;
  readonly cache: RepositoryCache;
};

function listCache({ reference, environment, cache }: Context): Listing {
  const commit = cache.findCommit(reference.revision);
  if (commit !== undefined) return { commit, files: cache.listSnapshot(commit) };
  throw new CodedError(
    "HUB_NOT_FOUND",
    `Cannot find "${printHubReference(reference)}" in the cache "${environment.cacheFolder}", and the hub is not ` +
      "asked: build it once without --offline and HF_HUB_OFFLINE",
  );
}

/** Where nobody answers, tells of the cache: it is not used unasked, as what it holds may be old. */
async function askOrHint(
  context: Context,
  options: Omit<FetchOptions, "onProgress">,
): Promise<Listing> {
  const { reference, cache } = context;
  try {
    return await ask(context, options);
  } catch (thrown) {
    const isSilent = isCodedError(thrown, "DOWNLOAD_UNREACHABLE", "DOWNLOAD_STALLED");
    if (isSilent && cache.findCommit(reference.revision) !== undefined) {
      options.onNote?.(
        `The cache has "${printHubReference(reference)}": build with --offline to use it`,
      );
    }
    throw thrown;
  }
}

async function ask(
  { reference, environment }: Context,
  options: Omit<FetchOptions, "onProgress">,
): Promise<Listing> {
  const { repository, revision } = reference;
  const path = `api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const answer = await fetchText({
    ...request(environment, path),
    ...options,
    byteLengthMax: LISTING_BYTES_MAX,
    statuses: REFUSALS,
  });
  if (REFUSALS.includes(answer.status)) throw refusalOf(answer, reference, environment);
  return parseListing(answer.text);
}

function request({ endpoint, token }: HubEnvironment, path: string) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return { url: `${endpoint}/${path}`, headers };
}

async function fetchFiles(
  context: Context & Listing,
  names: readonly string[],
  options: FetchOptions,
): Promise<void> {
  const files = [...new Set(names)].map((name) => {
    const file = context.files.get(name);
    assert(file !== undefined, "only files of the listing are fetched");
    return file;
  });
  const missing = files.filter((file) => !isCached(context, file));
  checkRoom(context, missing);
  const total = missing.reduce((sum, { byteLength = 0 }) => sum + byteLength, 0);
  let before = 0;
  for (const file of missing) {
    const onProgress = (done: number) => options.onProgress?.(file.name, before + done, total);
    await fetchFile(context, file, { ...options, onProgress });
    before += file.byteLength ?? 0;
  }
}

/** Whether the file is in the snapshot now, as it must be. Offline, what is not is an error. */
function isCached(
  { reference, environment, cache, commit }: Context & Listing,
  file: HubFile,
): boolean {
  const { name, digest } = file;
  if (digest === undefined) return environment.isOffline;
  const state = cache.check(commit, name, digest);
  if (state === "whole") return true;
  if (environment.isOffline) {
    throw new CodedError(
      "HUB_FILE_DIFFERS",
      `Cannot use "${name}" of "${printHubReference(reference)}" in the cache as it was changed there: ` +
        "build without --offline to fetch it again",
    );
  }
  if (cache.checkBlob(digest) !== "whole") return false;
  cache.link(commit, name, digest);
  return true;
}

type Progress = Omit<FetchOptions, "onProgress"> & { readonly onProgress: (done: number) => void };

async function fetchFile(
  context: Context & Listing,
  file: HubFile,
  { onProgress, ...patience }: Progress,
): Promise<void> {
  const { environment, reference, cache, commit } = context;
  const path = `${reference.repository}/resolve/${commit}/${encodePath(file.name)}`;
  const asked = request(environment, path);
  const told = await askFile(context, file, { ...asked, ...patience });
  const digest = file.digest ?? told.digest;
  if (digest === undefined) throw unknownDigest(file, reference);
  const byteLength = file.byteLength ?? told.byteLength;
  const byteLengthMax = checkLength({ name: file.name, byteLength, digest }, reference);
  checkRoom(context, [{ name: file.name, byteLength, digest }]);
  const blob = cache.blob(digest);
  // The name of a blob says that its bytes are right: what is not checked yet lies under another one.
  const place = digest.algorithm === "sha256" ? blob : `${blob}.unchecked`;
  await downloadFile({
    ...asked,
    ...patience,
    path: place,
    byteLengthMax,
    onProgress,
    ...(byteLength === undefined ? {} : { byteLength }),
    ...(digest.algorithm === "sha256" ? { sha256: digest.hex } : {}),
  });
  if (place !== blob) publish(place, blob, { digest, file, reference });
  cache.link(commit, file.name, digest);
}

/**
 * What the hub says of one file before it is fetched: whether it gives it, of which commit it is, its digest, and its
 * length where that is stated for a large one. What contradicts the listing is refused.
 */
async function askFile(
  { reference, environment, commit }: Context & Listing,
  file: HubFile,
  asked: Pick<Parameters<typeof fetchText>[0], "url" | "headers" | "onNote" | "policy">,
): Promise<Pick<HubFile, "byteLength" | "digest">> {
  const answer = await fetchText({
    ...asked,
    method: "HEAD",
    redirects: "same-origin",
    byteLengthMax: HEAD_BYTES_MAX,
    statuses: REFUSALS,
  });
  const { headers, hops, status } = answer;
  const header = (name: string) =>
    hops.map((hop) => hop.headers.get(name)).find((value) => value !== null);
  if (REFUSALS.includes(status)) {
    throw refusalOf({ status, headers, file: file.name }, reference, environment);
  }
  const told = header("x-repo-commit");
  if (told !== undefined && told !== commit) {
    throw contradiction(file, { expected: `commit ${commit}`, found: told });
  }
  const etag = header("x-linked-etag") ?? headers.get("etag") ?? "";
  const digest = parseDigest(etag.replace(/^W\//, "").replaceAll('"', ""));
  const isOther =
    file.digest !== undefined &&
    digest?.algorithm === file.digest.algorithm &&
    digest.hex !== file.digest.hex;
  if (isOther)
    throw contradiction(file, { expected: file.digest?.hex ?? "", found: digest?.hex ?? "" });
  const size = header("x-linked-size") ?? "";
  return { digest, byteLength: /^\d{1,15}$/.test(size) ? Number(size) : undefined };
}

/** Gives the blob its name, unless another process did or its bytes are others. */
function publish(
  place: string,
  blob: string,
  given: { readonly digest: FileDigest; readonly file: HubFile; readonly reference: HubReference },
): void {
  const { digest, file, reference } = given;
  try {
    if (hasDigest(place, digest)) {
      moveFile(place, blob);
      return;
    }
  } catch (thrown) {
    const isDone = isCodedError(thrown, "IO_NOT_FOUND") && fileFacts(blob) !== undefined;
    if (isDone && hasDigest(blob, digest)) return;
    throw thrown;
  }
  removeFile(place);
  throw new CodedError(
    "HUB_FILE_DIFFERS",
    `Cannot use "${file.name}" of "${printHubReference(reference)}" as its bytes must have the git digest ` +
      `${digest.hex}: found others: try again, and check what is between here and the hub`,
  );
}

function unknownDigest({ name }: HubFile, reference: HubReference): CodedError {
  return new CodedError(
    "HUB_ANSWER_INVALID",
    `Cannot fetch "${name}" of "${printHubReference(reference)}" as the hub tells no digest of it, so that what ` +
      "arrives could not be checked: use another HF_ENDPOINT, or download the model and build from its folder",
  );
}

function contradiction(
  { name }: HubFile,
  { expected, found }: { readonly expected: string; readonly found: string },
): CodedError {
  return new CodedError(
    "HUB_ANSWER_INVALID",
    `Cannot fetch "${name}" as the hub listed it with ${expected}: found ${found.slice(0, 100)} when it was ` +
      "asked for the file: try again",
  );
}

function encodePath(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}
