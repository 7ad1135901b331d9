// What assets there are: the slots of the published format and named files. Knows no task: which assets a model needs
// is said elsewhere.
import { type Artifact, type EncoderfileManifest, FileRole } from "../gen/manifest_pb.ts";

/** The published slots, in the order in which the published writer puts them on disk. */
export const ASSET_SLOTS = [
  { kind: "weights", field: "weights", number: 100, usualName: "model.onnx" },
  { kind: "transform", field: "transform", number: 110, usualName: "transform.binpb" },
  { kind: "model_config", field: "modelConfig", number: 120, usualName: "config.json" },
  { kind: "tokenizer", field: "tokenizer", number: 130, usualName: "tokenizer.json" },
  {
    kind: "image_preprocessor",
    field: "imagePreprocessor",
    number: 140,
    usualName: "preprocessor_config.json",
  },
] as const;

export type AssetSlot = (typeof ASSET_SLOTS)[number]["kind"];
/** A slot, or "file" for an entry of the manifest's `files`. */
export type AssetKind = AssetSlot | "file";

/** One asset as the manifest states it. */
export type ManifestAsset = {
  kind: AssetKind;
  /** Of a slot: the original path if it is stated, else the usual name. Of a file: the name of its entry. */
  name: string;
  role: FileRole | undefined;
  artifact: Artifact;
};

/** All assets in the order of the manifest's fields. An entry of `files` without artifact is left out. */
export function listManifestAssets(manifest: EncoderfileManifest): readonly ManifestAsset[] {
  const assets: ManifestAsset[] = [];
  for (const { kind, field, usualName } of ASSET_SLOTS) {
    const artifact = manifest[field];
    if (artifact === undefined) continue;
    assets.push({ kind, name: artifact.name || usualName, role: undefined, artifact });
  }
  for (const { name, role, artifact } of manifest.files) {
    if (artifact !== undefined) assets.push({ kind: "file", name, role, artifact });
  }
  return assets;
}

/** Mapped or streamed rather than read whole: lies last, and on a boundary that any system can map. */
export function isBulk(asset: { kind: AssetKind; role?: FileRole | undefined }): boolean {
  return asset.kind === "weights" || asset.role === FileRole.EXTERNAL_DATA;
}

/**
 * Where the asset belongs in a model directory. The graph names external data relative to its own folder, so those lie
 * beside the weights.
 */
export function originalPath(
  asset: { name: string; role?: FileRole | undefined },
  weightsName: string,
): string {
  if (asset.role !== FileRole.EXTERNAL_DATA) return asset.name;
  return weightsName.slice(0, weightsName.lastIndexOf("/") + 1) + asset.name;
}
