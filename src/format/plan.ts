// What a file will hold and where, decided before a byte is written: order, places and a manifest of final length.
import { clone, create } from "@bufbuild/protobuf";
import { assert } from "../error/index.ts";
import { isSignedAtEnd, payloadEnd } from "../executable/index.ts";
import {
  type Artifact,
  ArtifactSchema,
  BaseSchema,
  type EncoderfileManifest,
  EncoderfileManifestSchema,
  type FileRole,
  FileSchema,
  type Model,
  type Provenance,
  ProvenanceSchema,
} from "../gen/manifest_pb.ts";
import type { ModelType } from "../gen/metadata_pb.ts";
import { type ByteSource, SHA256_BYTE_LENGTH } from "../io/index.ts";
import { ASSET_SLOTS, type AssetSlot, isBulk, originalPath } from "./asset.ts";
import { type Layout, planLayout } from "./layout.ts";
import { encodeManifest } from "./manifest.ts";

/** What becomes an asset. `name` is a path relative to the model directory, with forward slashes. */
export type AssetInput =
  /** A slot without `name` has its usual one, such as "config.json". */
  | { kind: AssetSlot; name?: string; content: ByteSource }
  /** External data is named as the graph names it: relative to the folder of the weights. */
  | { kind: "file"; name: string; role: FileRole; content: ByteSource };

/** The manifest without places, lengths and digests. */
export type ManifestDraft = {
  modelType: ModelType;
  name: string;
  version: string;
  base?: { version: string; target: string; onnxruntimeVersion: string };
  builderVersion?: string;
  model?: Model;
  /** A file whose digest is empty must be an asset: its digest and length are filled in while it is copied. */
  provenance?: Provenance;
};

export type WriteRequest = {
  /** An executable without payload. When a code signature ends it, the file is signed anew. */
  base: ByteSource;
  manifest: ManifestDraft;
  assets: readonly AssetInput[];
  /** Writes what the published writer would: published fields only, no alignment, no seal. */
  compatibility?: boolean;
};

/** An asset whose artifact (part of the plan's manifest) still lacks its digest. */
export type PlannedAsset = { input: AssetInput; artifact: Artifact; byteOffset: number };

export type Plan = {
  request: WriteRequest;
  manifest: EncoderfileManifest;
  manifestByteLength: number;
  /** In the order of the file. */
  assets: readonly PlannedAsset[];
  layout: Layout;
  /** Names of the provenance entries whose digest is to be filled in. */
  undigested: ReadonlySet<string>;
};

/** Throws `FORMAT_CANNOT_HOLD`; `path` is the file to be written, for messages. */
export function planFile(request: WriteRequest, path: string): Plan {
  const compatibility = request.compatibility ?? false;
  const ordered = compatibility
    ? orderAsPublished(request.assets)
    : orderSmallFirst(request.assets);
  const drafted = ordered.map((input) => ({
    input,
    artifact: draftArtifact(input, compatibility),
  }));
  // The published writer puts the payload behind the signature and leaves it as it is.
  const codeSigned = !compatibility && isSignedAtEnd(request.base);
  const baseByteLength = codeSigned ? payloadEnd(request.base) : request.base.byteLength;
  const manifest = compatibility
    ? draftPublished(request.manifest)
    : draftManifest(request, ordered, baseByteLength);
  for (const { input, artifact } of drafted) attach(manifest, input, artifact);
  // Places are fixed64 and digests 32 bytes: neither changes the length of the manifest.
  const manifestByteLength = encodeManifest(manifest, path).length;
  const layout = planLayout({
    baseByteLength,
    manifestByteLength,
    assets: ordered.map((input) => ({ byteLength: input.content.byteLength, bulk: isBulk(input) })),
    compatibility,
    codeSigned,
  });
  const assets = drafted.map((asset, index) => {
    const byteOffset = layout.assetByteOffsets[index];
    assert(byteOffset !== undefined, "the layout has a place for every asset");
    asset.artifact.offset = BigInt(byteOffset - layout.manifestByteOffset);
    return { ...asset, byteOffset };
  });
  const undigested = new Set(undigestedNames(request));
  return { request, manifest, manifestByteLength, assets, layout, undigested };
}

function undigestedNames(request: WriteRequest): readonly string[] {
  const files = request.manifest.provenance?.files ?? [];
  return files.filter((file) => file.sha256.length === 0).map((file) => file.name);
}

/** "Part of the format" says the published specification; its readers do not depend on it. */
function orderAsPublished(assets: readonly AssetInput[]): readonly AssetInput[] {
  assert(
    assets.every((asset) => asset.kind !== "file"),
    "the published format has no files",
  );
  return [...assets].sort((left, right) => slotNumber(left) - slotNumber(right));
}

/** What start-up reads lies together behind the manifest, the mapped weights come last. */
function orderSmallFirst(assets: readonly AssetInput[]): readonly AssetInput[] {
  return [...assets].sort(
    (left, right) =>
      Number(isBulk(left)) - Number(isBulk(right)) ||
      slotNumber(left) - slotNumber(right) ||
      compareText(nameOf(left), nameOf(right)),
  );
}

/** Field number of `files`: larger than that of any slot. */
const FILES_NUMBER = 1010;

function slotNumber(asset: AssetInput): number {
  return ASSET_SLOTS.find((slot) => slot.kind === asset.kind)?.number ?? FILES_NUMBER;
}

/** Code units, not a locale: the order must be the same everywhere. */
function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** proto3 leaves out zeros: a place of 1 takes as many bytes as the final one. */
const PLACEHOLDER_OFFSET = 1n;

function draftArtifact(input: AssetInput, compatibility: boolean): Artifact {
  const usualName = ASSET_SLOTS.find((slot) => slot.kind === input.kind)?.usualName;
  const named = input.kind !== "file" && input.name !== usualName && !compatibility;
  return create(ArtifactSchema, {
    offset: PLACEHOLDER_OFFSET,
    length: BigInt(input.content.byteLength),
    sha256: new Uint8Array(SHA256_BYTE_LENGTH),
    name: named ? (input.name ?? "") : "",
  });
}

function draftPublished(draft: ManifestDraft): EncoderfileManifest {
  const { modelType, name, version } = draft;
  return create(EncoderfileManifestSchema, { modelType, name, version });
}

function draftManifest(
  request: WriteRequest,
  assets: readonly AssetInput[],
  baseByteLength: number,
): EncoderfileManifest {
  const { base, builderVersion, model, provenance } = request.manifest;
  const manifest = draftPublished(request.manifest);
  manifest.base = create(BaseSchema, {
    ...base,
    length: BigInt(baseByteLength),
    sha256: new Uint8Array(SHA256_BYTE_LENGTH),
  });
  manifest.builderVersion = builderVersion ?? "";
  if (model !== undefined) manifest.model = model;
  if (provenance !== undefined) manifest.provenance = draftProvenance(provenance, assets);
  return manifest;
}

/** A copy in which every entry has its final length in bytes. */
function draftProvenance(provenance: Provenance, assets: readonly AssetInput[]): Provenance {
  const draft = clone(ProvenanceSchema, provenance);
  const byPath = new Map(assets.map((asset) => [inputPath(asset, assets), asset]));
  for (const file of draft.files) {
    if (file.sha256.length > 0) continue;
    const asset = byPath.get(file.name);
    assert(asset !== undefined, `"${file.name}" without a digest is an asset`);
    file.length = BigInt(asset.content.byteLength);
    file.sha256 = new Uint8Array(SHA256_BYTE_LENGTH);
  }
  return draft;
}

/** Path of an input in the model directory. */
export function inputPath(input: AssetInput, assets: readonly AssetInput[]): string {
  const weights = assets.find((asset) => asset.kind === "weights");
  const role = input.kind === "file" ? input.role : undefined;
  return originalPath({ name: nameOf(input), role }, weights === undefined ? "" : nameOf(weights));
}

function nameOf(input: AssetInput): string {
  const usualName = ASSET_SLOTS.find((slot) => slot.kind === input.kind)?.usualName;
  return input.name ?? usualName ?? "";
}

function attach(manifest: EncoderfileManifest, input: AssetInput, artifact: Artifact): void {
  if (input.kind === "file") {
    manifest.files.push(create(FileSchema, { name: input.name, role: input.role, artifact }));
    return;
  }
  const slot = ASSET_SLOTS.find(({ kind }) => kind === input.kind);
  assert(slot !== undefined, "the table of slots is complete");
  assert(manifest[slot.field] === undefined, `the slot ${slot.kind} is filled once`);
  manifest[slot.field] = artifact;
}
