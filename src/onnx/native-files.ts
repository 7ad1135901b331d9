// Where the two native files of ONNX Runtime are when the program runs from source. The build of a base replaces this
// file by one that embeds the files of its target and says where in the executable the library starts.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export type NativeFiles = {
  /** The Node addon, which needs the library by its SONAME. */
  readonly addon: string;
  readonly library: string;
  /** Whether both lie inside the executable, out of reach of the dynamic loader. */
  readonly embedded: boolean;
  /** Place of the library in the executable; 0, 0 when unknown. */
  readonly libraryOffset: number;
  readonly libraryLength: number;
};

export function nativeFiles(): NativeFiles {
  const entry = fileURLToPath(import.meta.resolve("onnxruntime-node"));
  const folder = join(dirname(entry), "../bin/napi-v6", process.platform, process.arch);
  const library = process.platform === "darwin" ? "libonnxruntime.1.dylib" : "libonnxruntime.so.1";
  return {
    addon: join(folder, "onnxruntime_binding.node"),
    library: join(folder, library),
    embedded: false,
    libraryOffset: 0,
    libraryLength: 0,
  };
}
