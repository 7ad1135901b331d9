// Gives the dynamic loader of Linux files that are on no disk: anonymous memory files, opened through /proc/self/fd.
// Works with a read-only root, without a temporary folder and where everything is mounted noexec.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { CodedError } from "../error/index.ts";
import { explainLoadFailure } from "./load-failure.ts";

const RTLD_NOW = 2;
const RTLD_GLOBAL = 0x100;
const MFD_CLOEXEC = 1;
const O_CLOEXEC = 0o2000000;
/** The kernel moves at most 0x7ffff000 bytes per call. */
const SENDFILE_BYTES_MAX = 0x7ffff000;

const SYSTEM_CALLS = {
  memfd_create: { args: [FFIType.cstring, FFIType.u32], returns: FFIType.i32 },
  open: { args: [FFIType.cstring, FFIType.i32], returns: FFIType.i32 },
  close: { args: [FFIType.i32], returns: FFIType.i32 },
  sendfile: { args: [FFIType.i32, FFIType.i32, FFIType.ptr, FFIType.u64], returns: FFIType.i64 },
  write: { args: [FFIType.i32, FFIType.ptr, FFIType.u64], returns: FFIType.i64 },
} as const;

const LOADER_CALLS = {
  dlopen: { args: [FFIType.cstring, FFIType.i32], returns: FFIType.ptr },
  dlerror: { args: [], returns: FFIType.cstring },
} as const;

/** Bound once: each binding compiles its calls, and a start makes two memory files. */
let bound: Calls | undefined;

function systemCalls(): Calls {
  bound ??= bindSystemCalls();
  return bound;
}

function bindSystemCalls() {
  return dlopen("libc.so.6", SYSTEM_CALLS).symbols;
}

type Calls = ReturnType<typeof bindSystemCalls>;

/** Bytes of a file that become the content of a memory file. */
export type MemoryFileContent =
  | { readonly path: string; readonly byteOffset: number; readonly byteLength: number }
  | Uint8Array;

/**
 * Makes an anonymous memory file and returns a path under which this process can open it. A range of a file is copied
 * by the kernel, once. The file lives as long as the process: the loader may open it again.
 */
export function createMemoryFile(name: string, content: MemoryFileContent): string {
  const calls = systemCalls();
  const memory = calls.memfd_create(cString(name), MFD_CLOEXEC);
  if (memory < 0) {
    failNative("create a memory file", "a kernel with memfd_create (Linux 3.17) that allows it");
  }
  if (content instanceof Uint8Array) writeAll(calls.write, memory, content);
  else copyRange(calls, memory, content);
  return `/proc/self/fd/${memory}`;
}

function copyRange(
  calls: Calls,
  memory: number,
  range: { readonly path: string; readonly byteOffset: number; readonly byteLength: number },
): void {
  const file = calls.open(cString(range.path), O_CLOEXEC);
  if (file < 0) failNative("open this executable", "a file this process may read");
  const offset = new BigInt64Array([BigInt(range.byteOffset)]);
  for (let left = range.byteLength; left > 0; ) {
    const sent = calls.sendfile(
      memory,
      file,
      ptr(offset),
      BigInt(Math.min(left, SENDFILE_BYTES_MAX)),
    );
    if (Number(sent) <= 0) {
      calls.close(file);
      failNative(
        "copy the inference library to memory",
        `enough memory for ${range.byteLength} bytes`,
      );
    }
    left -= Number(sent);
  }
  calls.close(file);
}

function writeAll(write: Calls["write"], memory: number, content: Uint8Array): void {
  for (let written = 0; written < content.byteLength; ) {
    const rest = content.subarray(written);
    const count = Number(write(memory, ptr(rest), BigInt(rest.byteLength)));
    if (count <= 0) {
      failNative(
        "copy the inference library to memory",
        `enough memory for ${content.byteLength} bytes`,
      );
    }
    written += count;
  }
}

/**
 * Loads a shared library for the whole process, so that a library loaded later finds it by its SONAME.
 * Throws what `explainLoadFailure` makes of the loader's own words.
 */
export function loadGlobally(path: string): void {
  const loader = loaderCalls();
  if (loader.dlopen(cString(path), RTLD_NOW | RTLD_GLOBAL) === null) {
    throw explainLoadFailure(String(loader.dlerror()));
  }
}

function loaderCalls() {
  try {
    return dlopen("libc.so.6", LOADER_CALLS).symbols;
  } catch {
    // Before glibc 2.34 these two live in a library of their own.
    return dlopen("libdl.so.2", LOADER_CALLS).symbols;
  }
}

function cString(text: string): Uint8Array {
  return Buffer.from(`${text}\0`);
}

function failNative(action: string, expected: string): never {
  throw new CodedError("ONNX_NATIVE_FAILED", `Cannot ${action}: needs ${expected}`, {
    detail: { action },
  });
}
