// Reads every asset once and compares it with its digest, while the model is being loaded on another thread. Works in
// slices on the thread it is called on, which has little to do before the model is ready and must still answer probes.
import { type Asset, assetSource, damagedAsset, type OpenedFile } from "../format/index.ts";
import { chunksOf, createSha256, toHex } from "../io/index.ts";

/** Hashing this much takes about two milliseconds. */
const SLICE_BYTES = 4 * 1024 * 1024;

/** Resolves when every asset is what the manifest says; rejects with `FORMAT_DAMAGED_ASSET` or a reading error. */
export async function checkDigests(opened: OpenedFile): Promise<void> {
  for (const asset of opened.assets) {
    const found = await digestOf(opened, asset);
    if (found !== asset.sha256) throw damagedAsset(opened, asset, found);
  }
}

async function digestOf(opened: OpenedFile, asset: Asset): Promise<string> {
  const source = assetSource(opened, asset);
  const hash = createSha256();
  const range = { byteOffset: 0, byteLength: source.byteLength };
  let sliced = 0;
  for (const chunk of chunksOf(source, range)) {
    hash.update(chunk);
    sliced += chunk.length;
    if (sliced < SLICE_BYTES) continue;
    sliced = 0;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return toHex(hash.digest());
}
