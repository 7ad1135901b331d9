// Gives the original files back: every asset, bit for bit, under its original path. Names were chosen by whoever made
// the file; that they are paths below the folder was checked when it was opened.
import { join } from "node:path";
import { CodedError } from "../error/index.ts";
import { hasFolder, toHex, writeFileAtomicallyAsync, writeFolderAtomically } from "../io/index.ts";
import { originalPath } from "./asset.ts";
import { quoteName } from "./asset-path.ts";
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
 * Without `force` the folder must be new or empty, and gets everything or nothing; with it, files in an existing
 * folder are replaced one by one. Rejects with `FORMAT_DAMAGED_ASSET` before a damaged asset gets its name,
 * `IO_ALREADY_EXISTS` and what writing throws.
 */
export async function extractAssets(
  opened: OpenedFile,
  folder: string,
  options: { force?: boolean } = {},
): Promise<readonly ExtractedFile[]> {
  const force = options.force ?? false;
  const extract = async (root: string): Promise<readonly ExtractedFile[]> => {
    const files: ExtractedFile[] = [];
    for (const asset of opened.assets) {
      files.push(await extractAsset(opened, asset, { root, folder, force }));
    }
    return files;
  };
  return force && hasFolder(folder) ? extract(folder) : writeFolderAtomically(folder, extract);
}

/** Writes below `root`, which becomes `folder` in the end. */
async function extractAsset(
  opened: OpenedFile,
  asset: Asset,
  target: { root: string; folder: string; force: boolean },
): Promise<ExtractedFile> {
  const path = originalPath(asset, findAsset(opened, "weights")?.name ?? "");
  const { root, folder, force } = target;
  const options = { force, mode: DATA_MODE, shownAs: join(folder, path) };
  await writeFileAtomicallyAsync(join(root, path), options, async (sink) => {
    const found = toHex(await sink.copyInTurns(assetSource(opened, asset), 0));
    if (found !== asset.sha256) throw damagedAsset(opened, asset, found);
  });
  return { path, byteLength: asset.byteLength, sha256: asset.sha256 };
}

/** Also for those that read an asset otherwise and find another digest. */
export function damagedAsset(opened: OpenedFile, asset: Asset, found: string): CodedError {
  return new CodedError(
    "FORMAT_DAMAGED_ASSET",
    `Cannot use asset ${quoteName(asset.name)} of "${opened.source.name}" as its sha256 is ${found}, ` +
      `expected ${asset.sha256}: the file is damaged, get it anew`,
    { detail: { asset: asset.name, found, expected: asset.sha256 } },
  );
}
