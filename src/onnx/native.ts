// Brings ONNX Runtime's native addon into this thread, from node_modules or from inside the executable. Loads it once
// per thread; the shared library behind it is loaded once per process.
import { join } from "node:path";
import { Tensor } from "onnxruntime-common";
import { assert, CodedError } from "../error/index.ts";
import { createPrivateFolder, readEmbeddedFile } from "../io/index.ts";
import { disableTelemetry } from "../telemetry/index.ts";
import { createMemoryFile, loadGlobally } from "./linux-loader.ts";
import { type NativeFiles, nativeFiles } from "./native-files.ts";

/** Whatever ORT logs it also throws; its own lines would go to stderr past every format, with parts of the input. */
export const LOG_SEVERITY_FATAL = 4;

const ADDON_NAME = "onnxruntime_binding.node";

/** The parts of the addon's session this project uses; its calls are synchronous and block the thread. */
export type NativeSession = {
  loadModel(
    buffer: ArrayBuffer,
    byteOffset: number,
    byteLength: number,
    options: Readonly<Record<string, unknown>>,
  ): void;
  run(
    feeds: Readonly<Record<string, Tensor>>,
    fetches: Readonly<Record<string, Tensor | null>>,
    options: Readonly<Record<string, unknown>>,
  ): Readonly<Record<string, Tensor>>;
  dispose(): void;
};

type Addon = {
  readonly InferenceSession: new () => NativeSession;
  initOrtOnce(logLevel: number, tensor: typeof Tensor, isMainThread: boolean): void;
};

/** The addon, ready for any thread of this process to attach. Plain data: it can be sent to a worker. */
export type PreparedNative = { readonly addon: string };

let prepared: PreparedNative | undefined;
let addon: Addon | undefined;

/**
 * Loads the shared library into the process and makes the addon reachable; call it once per process, before any
 * `attachNative`. Throws `ONNX_NATIVE_FAILED` when the library cannot be loaded on this machine,
 * `ONNX_LIBRARY_MISSING` when that is for want of another one.
 */
export function prepareNative(): PreparedNative {
  prepared ??= guard(() => {
    disableTelemetry();
    const files = nativeFiles();
    const { addon, library } = files.embedded ? unpack(files) : files;
    // On macOS and Windows the addon finds the library beside itself.
    if (process.platform === "linux") loadGlobally(library);
    return { addon };
  });
  return prepared;
}

/** Attaches the addon to this thread; a second call changes nothing. */
export function attachNative(native: PreparedNative): void {
  addon ??= guard(() => {
    const module = { exports: {} };
    process.dlopen(module, native.addon);
    const loaded = module.exports as Addon;
    loaded.initOrtOnce(LOG_SEVERITY_FATAL, Tensor, Bun.isMainThread);
    return loaded;
  });
}

export function createNativeSession(): NativeSession {
  assert(addon !== undefined, "the addon is attached to this thread");
  return new addon.InferenceSession();
}

function guard<T>(load: () => T): T {
  try {
    return load();
  } catch (thrown) {
    if (thrown instanceof CodedError) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new CodedError("ONNX_NATIVE_FAILED", `Cannot load the inference library: ${reason}`, {
      cause: thrown,
    });
  }
}

/** Makes the embedded files reachable for the dynamic loader and returns their paths. */
function unpack(files: NativeFiles): { addon: string; library: string } {
  if (process.platform !== "linux") return unpackToFolder(files);
  // The kernel copies the library from the executable when its place there is known; else it goes through memory.
  const library =
    files.libraryLength > 0
      ? { path: process.execPath, byteOffset: files.libraryOffset, byteLength: files.libraryLength }
      : readEmbeddedFile(files.library);
  return {
    library: createMemoryFile(files.libraryName, library),
    addon: createMemoryFile(ADDON_NAME, readEmbeddedFile(files.addon)),
  };
}

/**
 * macOS and Windows have no memory files: both go to a folder only this user can read, where the addon finds its
 * library by the name it was linked with.
 */
function unpackToFolder(files: NativeFiles): { addon: string; library: string } {
  const folder = createPrivateFolder("encoderfile-", {
    [ADDON_NAME]: readEmbeddedFile(files.addon),
    [files.libraryName]: readEmbeddedFile(files.library),
  });
  return { addon: join(folder, ADDON_NAME), library: join(folder, files.libraryName) };
}
