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
  intactBase,
  releasedBaseUrl,
} from "./fetch-base.ts";
export {
  type BasePlaces,
  type BaseRequest,
  baseCommand,
  basePathOf,
  checkCopiedBase,
  type FoundBase,
  findBase,
  howToGet,
  missingBase,
  type RejectedBase,
  rejectedBases,
} from "./find-base.ts";
export { readBaseIdentity } from "./identity.ts";
export {
  appendKnownBases,
  encodeKnownBases,
  hasOnlyKnownBases,
  type KnownBase,
  type KnownBases,
  knownBaseOf,
  knownBases,
} from "./known-base.ts";
