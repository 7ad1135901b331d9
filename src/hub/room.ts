// How long a file of a hub may be, by its kind, and whether the cache has room for it: before any of it is fetched.
import { CodedError } from "../error/index.ts";
import { fileFacts, freeByteLength, partialPath } from "../io/index.ts";
import type { RepositoryCache } from "./cache.ts";
import type { HubEnvironment } from "./environment.ts";
import type { HubFile } from "./listing.ts";
import { type HubReference, printHubReference } from "./reference.ts";

/** Hubs keep files above 10 MB in LFS: those git has itself are far smaller than this. */
const GIT_BYTES_MAX = 64 * 1024 * 1024;
/** More than any graph or its weights. */
const LFS_BYTES_MAX = 1024 ** 4;

/** The most bytes that are fetched of the file. Throws `HUB_ANSWER_INVALID`. */
export function checkLength(
  { name, byteLength, digest }: HubFile,
  reference: HubReference,
): number {
  const isLarge = digest?.algorithm === "sha256";
  const most = isLarge ? LFS_BYTES_MAX : GIT_BYTES_MAX;
  if (byteLength !== undefined && byteLength <= most) return byteLength;
  if (byteLength === undefined && !isLarge) return most;
  const found = byteLength === undefined ? "no length" : `${byteLength} bytes`;
  const kind = isLarge ? "one that is kept in LFS" : "one that is not kept in LFS";
  throw new CodedError(
    "HUB_ANSWER_INVALID",
    `Cannot fetch "${name}" of "${printHubReference(reference)}" as the hub must tell up to ${most} bytes for a ` +
      `file like it, ${kind}: found ${found}: use another HF_ENDPOINT, or build from a folder with the files`,
    { detail: { expected: most, found } },
  );
}

type Place = {
  readonly reference: HubReference;
  readonly environment: HubEnvironment;
  readonly cache: RepositoryCache;
};

/** Of files that are still to be fetched, as far as their lengths are known. Throws `IO_NO_SPACE`. */
export function checkRoom(
  { reference, environment, cache }: Place,
  files: readonly HubFile[],
): void {
  const needed = files.reduce((sum, file) => sum + missingBytes(cache, file), 0);
  const { cacheFolder } = environment;
  const free = freeByteLength(cacheFolder);
  if (free === undefined || needed <= free) return;
  throw new CodedError(
    "IO_NO_SPACE",
    `Cannot fetch "${printHubReference(reference)}" into "${cacheFolder}" as it takes ${needed} bytes: found ` +
      `${free} free: free some space, or name a folder on another device in HF_HUB_CACHE`,
    { detail: { expected: needed, found: free } },
  );
}

/** Without what a former attempt left. */
function missingBytes(cache: RepositoryCache, { byteLength = 0, digest }: HubFile): number {
  if (digest?.algorithm !== "sha256") return byteLength;
  const arrived = fileFacts(partialPath(cache.blob(digest)))?.byteLength ?? 0;
  return Math.max(0, byteLength - arrived);
}
