// Door of the module `base`.
export { addBase } from "./add-base.ts";
export { baseAssetName, baseAssetUrl, RELEASE_URL, SUMS_NAME } from "./asset-name.ts";
export {
  type BaseNote,
  type CachedBase,
  cachedBasePath,
  cacheFolderOf,
  listCachedBases,
  type RemovedBase,
  readCachedBase,
  removeCachedBases,
} from "./cache.ts";
export {
  type BaseRelease,
  type FetchWatch,
  fetchBase,
  knownBaseOf,
  releasedBaseUrl,
} from "./fetch-base.ts";
export {
  type BasePlaces,
  type BaseRequest,
  basePathOf,
  checkCopiedBase,
  type FoundBase,
  findBase,
  missingBase,
} from "./find-base.ts";
export { readBaseIdentity } from "./identity.ts";
export {
  appendKnownBases,
  encodeKnownBases,
  hasOnlyKnownBases,
  type KnownBase,
  type KnownBases,
  knownBases,
} from "./known-base.ts";
