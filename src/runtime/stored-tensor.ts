// Finds the tensors of a model's layers in the safetensors files among its assets.
import { CodedError } from "../error/index.ts";
import { assetSource, type OpenedFile } from "../format/index.ts";
import type { ByteSource } from "../io/index.ts";
import { readFloats, type StoredArray, scanSafetensors } from "../safetensors/index.ts";
import type { ReadTensor } from "../task/index.ts";

type ScannedFile = {
  readonly source: ByteSource;
  readonly arrays: ReadonlyMap<string, StoredArray>;
};

/** Reads tensors by file and name; each file is scanned once. Throws `ENGINE_UNSUPPORTED_MODEL` for what is not there. */
export function tensorReader(opened: OpenedFile): ReadTensor {
  const files = new Map<string, ScannedFile>();
  return ({ file, name }) => {
    const scanned = files.get(file) ?? scanAsset(opened, file);
    files.set(file, scanned);
    const array = scanned.arrays.get(name);
    if (array === undefined) throw missing(`a tensor ${quoted(name)} in ${quoted(file)}`);
    return { data: readFloats(scanned.source, array), shape: array.shape };
  };
}

function scanAsset(opened: OpenedFile, name: string): ScannedFile {
  const asset = opened.assets.find(
    (candidate) => candidate.kind === "file" && candidate.name === name,
  );
  if (asset === undefined) throw missing(`an asset ${quoted(name)}`);
  const source = assetSource(opened, asset);
  return { source, arrays: scanSafetensors(source) };
}

function missing(what: string): CodedError {
  return new CodedError(
    "ENGINE_UNSUPPORTED_MODEL",
    `Cannot run this file as its layers need ${what}: found none: build it again`,
  );
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
