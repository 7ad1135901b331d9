// Keeps memory that ONNX Runtime has freed for its next run. It takes what a run needs from the C library and frees it
// all afterwards; glibc would give it back to the kernel every time, and getting it anew costs a twentieth of the run.
import { dlopen, FFIType } from "bun:ffi";

const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;

/**
 * Free bytes each thread keeps at most, and the size above which a block goes back to the kernel in any case: what the
 * batches of common models take at once, and little beside what a model takes.
 */
const KEPT_BYTES_MAX = 16 * 2 ** 20;

/**
 * Returns whether the C library will; others than glibc have ways of their own. Concerns the whole process, and only
 * what is freed later.
 */
export function keepFreedMemory(): boolean {
  if (process.platform !== "linux") return false;
  const { mallopt } = dlopen("libc.so.6", {
    mallopt: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  }).symbols;
  // Either of them alone would keep the other from following what is freed, where it began.
  return [M_MMAP_THRESHOLD, M_TRIM_THRESHOLD].every((name) => mallopt(name, KEPT_BYTES_MAX) === 1);
}
