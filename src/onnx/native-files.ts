// Where the two native files of ONNX Runtime are when the program runs from source. The build of a base replaces this
// file by one that embeds the files of its target and says where in the executable the library starts.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export type NativeFiles = {
  /** The Node addon, which needs the library by its SONAME. */
  readonly addon: string;
  readonly library: string;
  /** The name under which the addon asks the dynamic loader for the library. */
  readonly libraryName: string;
  /** Whether both lie inside the executable, out of reach of the dynamic loader. */
  readonly embedded: boolean;
  /** Place of the library in the executable; 0, 0 when unknown. */
  readonly libraryOffset: number;
  readonly libraryLength: number;
};

const LIBRARY_NAME: Readonly<Record<string, string>> = {
  darwin: "libonnxruntime.1.dylib",
  win32: "onnxruntime.dll",
};

export function nativeFiles(): NativeFiles {
  const entry = fileURLToPath(import.meta.resolve("onnxruntime-node"));
  const folder = join(dirname(entry), "../bin/napi-v6", process.platform, process.arch);
  const libraryName = LIBRARY_NAME[process.platform] ?? "libonnxruntime.so.1";
  return {
    addon: join(folder, "onnxruntime_binding.node"),
    library: join(folder, libraryName),
    libraryName,
    embedded: false,
    libraryOffset: 0,
    libraryLength: 0,
  };
}
