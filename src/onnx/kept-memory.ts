// How much memory the C library keeps when ONNX Runtime frees it. A run takes what it needs from there and frees all of
// it afterwards; glibc would give it back to the kernel every time, and getting it anew costs some percent of the run.
import { dlopen, FFIType } from "bun:ffi";

const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;

/** What glibc begins with. Weights are then blocks of their own, and what loading frees leaves no holes. */
const LOADING_BYTES = 128 * 2 ** 10;

/**
 * Free bytes each thread keeps at most, and the size above which a block goes back in any case: what the batches of
 * common models take at once, and little beside what a model takes.
 */
const RUNNING_BYTES = 32 * 2 ** 20;

let bound: ReturnType<typeof bind> | undefined;

function bind() {
  const call = { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 } as const;
  return dlopen("libc.so.6", { mallopt: call }).symbols;
}

/**
 * For the time until the next call, of the whole process. Returns whether the C library will; others than glibc have
 * ways of their own.
 */
export function keepFreedMemory(when: "loading" | "running"): boolean {
  if (process.platform !== "linux") return false;
  bound ??= bind();
  const bytes = when === "loading" ? LOADING_BYTES : RUNNING_BYTES;
  // Both, as setting one of them ends that the other follows what is freed.
  return [M_MMAP_THRESHOLD, M_TRIM_THRESHOLD].every((name) => bound?.mallopt(name, bytes) === 1);
}
