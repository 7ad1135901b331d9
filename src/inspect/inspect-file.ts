// What an encoderfile says of itself, as data. Reads the manifest, and of files of other writers graph and tokenizer
// too; hashes nothing and loads no inference library.
import { type Asset, type OpenedFile, openFile } from "../format/index.ts";
import { type EncoderfileManifest, FileRole, Task } from "../gen/manifest_pb.ts";
import { ModelType } from "../gen/metadata_pb.ts";
import { type ByteSource, toHex } from "../io/index.ts";
import { describeModel } from "./describe-model.ts";
import { readPublished } from "./published.ts";
import { type AssetReport, enumName, type InspectReport } from "./report.ts";

/** Opens and describes a file, of this project or published by others. Throws `FORMAT_*` for what is no encoderfile. */
export function inspectFile(source: ByteSource): InspectReport {
  return inspectOpened(openFile(source));
}

/** The same for a file that is open already. */
export function inspectOpened(opened: OpenedFile): InspectReport {
  const { manifest, source } = opened;
  const { model } = manifest;
  const task = model === undefined ? undefined : enumName(Task, model.task);
  const described = model === undefined ? readPublished(opened) : describeModel(model);
  return {
    path: source.name,
    byteLength: source.byteLength,
    name: manifest.name,
    version: manifest.version,
    task: task ?? enumName(ModelType, manifest.modelType),
    modelType: enumName(ModelType, manifest.modelType),
    modelDigest: opened.modelDigest,
    sealed: opened.sealed,
    ...(manifest.builderVersion === "" ? {} : { builderVersion: manifest.builderVersion }),
    ...describeBase(manifest),
    ...described,
    assets: opened.assets.map(describeAsset),
    ...describeProvenance(manifest),
    decisions: (model?.decisions ?? []).map(({ setting, value, source: origin }) => ({
      setting,
      value,
      source: origin,
    })),
  };
}

function describeBase({ base }: EncoderfileManifest): Pick<InspectReport, "base"> {
  if (base === undefined) return {};
  const { version, target, onnxruntimeVersion, length, sha256 } = base;
  return {
    base: {
      version,
      target,
      onnxruntimeVersion,
      byteLength: Number(length),
      sha256: toHex(sha256),
    },
  };
}

function describeAsset(asset: Asset): AssetReport {
  const { name, byteOffset, byteLength, sha256 } = asset;
  const kind = asset.role === undefined ? asset.kind : enumName(FileRole, asset.role);
  return { name, kind, byteOffset, byteLength, sha256 };
}

function describeProvenance({
  provenance,
}: EncoderfileManifest): Pick<InspectReport, "provenance"> {
  if (provenance === undefined) return {};
  const { license, repository, revision, endpoint, files } = provenance;
  return {
    provenance: {
      license: license || null,
      repository: repository || null,
      revision: revision || null,
      endpoint: endpoint || null,
      files: files.map(({ name, length, sha256 }) => ({
        name,
        byteLength: Number(length),
        sha256: toHex(sha256),
      })),
    },
  };
}
