// Puts a base from a file into the cache: one that was carried to where there is no network.
import { join } from "node:path";
import { VERSION } from "../about/index.ts";
import { canonicalBase } from "../executable/index.ts";
import { CHUNK_LENGTH, FileSource, PartialFile } from "../io/index.ts";
import type { CachedBase } from "./cache.ts";
import { cacheFailure } from "./cache-failure.ts";
import type { BaseRelease, FetchWatch } from "./fetch-base.ts";
import { gunzip, isGzip } from "./gunzip.ts";
import { checkIdentity, readBaseIdentity } from "./identity.ts";
import { knownBaseOf } from "./known-base.ts";
import { BASE_BYTES_MAX, POLL_MS, storeBase } from "./store-base.ts";

/**
 * Adds a base, compressed or not, or the base of a builder; one that is there for its target is replaced. Where this
 * program knows what was released, it must be that. Throws `BASE_INVALID`, `BASE_DIFFERS` and `IO_*`.
 */
export async function addBase(
  path: string,
  { cacheFolder, known }: Pick<BaseRelease, "cacheFolder" | "known">,
  watch: Pick<FetchWatch, "onNote"> = {},
): Promise<CachedBase> {
  using file = new FileSource(path);
  try {
    return await addFile(file, path, { cacheFolder, known, ...watch });
  } catch (thrown) {
    throw cacheFailure(thrown, cacheFolder);
  }
}

async function addFile(
  file: FileSource,
  path: string,
  {
    cacheFolder,
    known,
    onNote,
  }: Pick<BaseRelease, "cacheFolder" | "known"> & Pick<FetchWatch, "onNote">,
): Promise<CachedBase> {
  const place = join(cacheFolder, "bases", VERSION, "added");
  const { partial } = await PartialFile.wait(place, {
    pollMs: POLL_MS,
    onWait: () => onNote?.("Waiting for another process that adds a base"),
  });
  using _held = partial;
  return await storeBase(partial, cacheFolder, {
    pieces: isGzip(file) ? gunzip(file, BASE_BYTES_MAX) : plainPieces(file),
    origin: file.realPath,
    check: (identity) => {
      checkIdentity(path, identity, identity.target);
      return knownBaseOf(identity.target, known)?.base;
    },
  });
}

/** Without what may lie behind the base. */
function* plainPieces(file: FileSource): Generator<Uint8Array> {
  const base = canonicalBase(file, readBaseIdentity(file).length);
  for (let at = 0; at < base.byteLength; at += CHUNK_LENGTH) {
    yield base.read(at, Math.min(CHUNK_LENGTH, base.byteLength - at));
  }
}
