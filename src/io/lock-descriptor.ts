// Locks of whole files that go when their process does, whatever ends it: flock, which node:fs does not offer.
import { dlopen, FFIType, type Pointer, read } from "bun:ffi";

/** LOCK_EX | LOCK_NB */
const LOCK_EXCLUSIVE_NOW = 2 | 4;

const CALLS = {
  flock: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
} as const;
const ERRNO = { args: [], returns: FFIType.ptr } as const;

/** The C library, its name for the place of errno, and its number for EWOULDBLOCK. */
const LIBRARIES: Readonly<Record<string, { name: string; place: string; held: number }>> = {
  linux: { name: "libc.so.6", place: "__errno_location", held: 11 },
  darwin: { name: "libSystem.B.dylib", place: "__error", held: 35 },
};

/** Takes the lock of an open file, or says why not. */
type Lock = (descriptor: number) => "taken" | "held" | "unsupported";

let lock: Lock | undefined;

/**
 * Takes the lock of an open file without waiting; it lasts until the descriptor is closed. "held" when another open
 * file has it, of this process or any other; "unsupported" where the system or the file system knows no locks.
 */
export function lockDescriptor(descriptor: number): ReturnType<Lock> {
  lock ??= openLock(process.platform);
  return lock(descriptor);
}

/** Of the system of this name, as `process.platform` has it. */
export function openLock(system: string): Lock {
  try {
    const { name = "", place = "", held } = LIBRARIES[system] ?? {};
    const { flock } = dlopen(name, CALLS).symbols;
    const errno = dlopen(name, { [place]: ERRNO }).symbols[place];
    return (descriptor) => {
      if (flock(descriptor, LOCK_EXCLUSIVE_NOW) === 0) return "taken";
      // Nothing ran in between that could have changed it.
      const reason = read.i32(errno?.() as Pointer);
      return reason === held ? "held" : "unsupported";
    };
  } catch {
    // No such library.
    return () => "unsupported";
  }
}
