// Loads the layers of a model from the files they come from, for runs before there is an encoderfile.
import { assert } from "../error/index.ts";
import type { Model } from "../gen/manifest_pb.ts";
import { FileSource } from "../io/index.ts";
import { readFloats, type StoredArray, scanSafetensors } from "../safetensors/index.ts";
import { loadLayers, type VectorLayer } from "../task/index.ts";
import type { ModelFiles } from "./model-dir.ts";

/** The model's layers, in memory. Throws `SAFETENSORS_*` and `IO_*` for files that changed since they were read. */
export function loadModelLayers(model: Model, { pipeline }: ModelFiles): readonly VectorLayer[] {
  if (model.layers.length === 0) return [];
  const opened = new Map<
    string,
    { source: FileSource; arrays: ReadonlyMap<string, StoredArray> }
  >();
  try {
    return loadLayers(model, ({ file, name }) => {
      const path = pipeline.find(({ weights }) => weights?.name === file)?.weights?.path;
      assert(path !== undefined, "layers are made of the pipeline's own files");
      const known = opened.get(path);
      const source = known?.source ?? new FileSource(path);
      const arrays = known?.arrays ?? scanSafetensors(source);
      opened.set(path, { source, arrays });
      const array = arrays.get(name);
      return array === undefined
        ? { data: new Float32Array(), shape: [] }
        : { data: readFloats(source, array), shape: array.shape };
    });
  } finally {
    for (const { source } of opened.values()) source.close();
  }
}
