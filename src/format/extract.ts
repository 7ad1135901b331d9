// Gives the original files back: every asset, bit for bit, under its original path. Names were chosen by whoever made
// the file; that they are paths below the folder was checked when it was opened.
import { join } from "node:path";
import { CodedError } from "../error/index.ts";
import { toHex, writeFileAtomically, writeFolderAtomically } from "../io/index.ts";
import { originalPath } from "./asset.ts";
import type { Asset } from "./manifest.ts";
import { assetSource, findAsset, type OpenedFile } from "./open.ts";

export type ExtractedFile = {
  /** Relative to the folder, with forward slashes. */
  path: string;
  byteLength: number;
  /** Lower-case hexadecimal. */
  sha256: string;
};

/** Plain data: owner may write, everybody may read. */
const DATA_MODE = 0o644;

/**
 * Without `force` the folder must be new or empty, and appears whole or not at all; with it, files in an existing
 * folder are replaced one by one. Throws `FORMAT_DAMAGED_ASSET` before a damaged asset gets its name,
 * `IO_ALREADY_EXISTS` and what writing throws.
 */
export function extractAssets(
  opened: OpenedFile,
  folder: string,
  options: { force?: boolean } = {},
): readonly ExtractedFile[] {
  const force = options.force ?? false;
  const extract = (root: string): readonly ExtractedFile[] =>
    opened.assets.map((asset) => extractAsset(opened, asset, { root, force }));
  return force ? extract(folder) : writeFolderAtomically(folder, extract);
}

function extractAsset(
  opened: OpenedFile,
  asset: Asset,
  target: { root: string; force: boolean },
): ExtractedFile {
  const path = originalPath(asset, findAsset(opened, "weights")?.name ?? "");
  const mode = { force: target.force, mode: DATA_MODE };
  writeFileAtomically(join(target.root, path), mode, (sink) => {
    const found = toHex(sink.copy(assetSource(opened, asset), 0));
    if (found !== asset.sha256) throw damagedAsset(opened, asset, found);
  });
  return { path, byteLength: asset.byteLength, sha256: asset.sha256 };
}

/** Also for those that read an asset otherwise and find another digest. */
export function damagedAsset(opened: OpenedFile, asset: Asset, found: string): CodedError {
  return new CodedError(
    "FORMAT_DAMAGED_ASSET",
    `Cannot use asset "${asset.name}" of "${opened.source.name}" as its sha256 is ${found}, ` +
      `expected ${asset.sha256}: the file is damaged, get it anew`,
    { detail: { asset: asset.name, found, expected: asset.sha256 } },
  );
}
