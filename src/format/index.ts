// Door of the module `format`.
export { ASSET_SLOTS, type AssetKind, type AssetSlot, originalPath } from "./asset.ts";
export { damagedAsset, type ExtractedFile, extractAssets } from "./extract.ts";
export type { Asset } from "./manifest.ts";
export {
  assetSource,
  findAsset,
  hasPayload,
  type OpenedFile,
  openFile,
  requireAsset,
} from "./open.ts";
export type { AssetInput, ManifestDraft, WriteRequest } from "./plan.ts";
export type { PartKind, VerifiedPart } from "./verified-part.ts";
export { type VerifyReport, verifyFile } from "./verify.ts";
export { type WriteOptions, type WriteResult, writeEncoderfile } from "./write.ts";
