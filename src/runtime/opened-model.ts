// What is inside an opened file, as the engine and its worker need it: the model, its settings and where its files lie.
import { CodedError } from "../error/index.ts";
import { assetSource, type OpenedFile } from "../format/index.ts";
import type { Model } from "../gen/manifest_pb.ts";
import { FileRole } from "../gen/manifest_pb.ts";
import type { ByteSource } from "../io/index.ts";
import type { FileRange } from "../onnx/index.ts";

/** The settings the builder stored. Files of other writers have none: they must be built again from their assets. */
export function modelOf(opened: OpenedFile): Model {
  const { model } = opened.manifest;
  if (model === undefined) {
    throw new CodedError(
      "ENGINE_UNSUPPORTED_MODEL",
      "Cannot run this file as its manifest must say how to run the model: found the published fields only: " +
        "extract it and build it again with this project's builder",
    );
  }
  if (opened.manifest.transform !== undefined) {
    throw new CodedError(
      "ENGINE_UNSUPPORTED_MODEL",
      "Cannot run this file as it must hold no transform: found a script: build it without one",
    );
  }
  return model;
}

/** The bytes of a required asset. Throws `ENGINE_UNSUPPORTED_MODEL` when the file has none. */
export function requiredAsset(opened: OpenedFile, kind: "weights" | "tokenizer"): ByteSource {
  const asset = opened.assets.find((candidate) => candidate.kind === kind);
  if (asset === undefined) {
    throw new CodedError(
      "ENGINE_UNSUPPORTED_MODEL",
      `Cannot run this file as it must hold an asset "${kind}": found none: build it again`,
    );
  }
  return assetSource(opened, asset);
}

/** Tells where the weights and external data files lie within the file at `path`. */
export function locateIn(opened: OpenedFile, path: string): (externalFile?: string) => FileRange {
  return (externalFile) => {
    const asset = opened.assets.find((candidate) =>
      externalFile === undefined
        ? candidate.kind === "weights"
        : candidate.role === FileRole.EXTERNAL_DATA && candidate.name === externalFile,
    );
    if (asset === undefined) {
      throw new CodedError(
        "ENGINE_UNSUPPORTED_MODEL",
        `Cannot find the weights the graph keeps in "${externalFile}" in this file: build it again`,
      );
    }
    return { path, byteOffset: asset.byteOffset, byteLength: asset.byteLength };
  };
}
