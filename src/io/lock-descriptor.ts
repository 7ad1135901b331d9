// Locks of whole files that go when their process does, whatever ends it: flock, which node:fs does not offer.
import { dlopen, FFIType, read } from "bun:ffi";

const LOCK_EXCLUSIVE_NOW = 2 | 4;

const { i32, ptr } = FFIType;
const FLOCK = { args: [i32, i32], returns: i32 } as const;
const ERRNO = { args: [], returns: ptr } as const;

/** EWOULDBLOCK. */
const HELD: readonly number[] = process.platform === "darwin" ? [35] : [11];

type Calls = {
  readonly flock: (descriptor: number, operation: number) => number;
  readonly errno: () => number;
};

let calls: Calls | undefined;

function libc(): Calls {
  if (process.platform === "darwin") {
    const { flock, __error } = dlopen("libSystem.B.dylib", {
      flock: FLOCK,
      __error: ERRNO,
    }).symbols;
    return { flock, errno: () => read.i32(__error() ?? 0) };
  }
  const symbols = { flock: FLOCK, __errno_location: ERRNO };
  const { flock, __errno_location } = dlopen("libc.so.6", symbols).symbols;
  return { flock, errno: () => read.i32(__errno_location() ?? 0) };
}

/**
 * Takes the lock of an open file without waiting; it lasts until the descriptor is closed. "held" when another open
 * file has it, of this process or any other; "unsupported" where the system or the file system knows no locks.
 */
export function lockDescriptor(descriptor: number): "taken" | "held" | "unsupported" {
  try {
    calls ??= libc();
  } catch {
    return "unsupported";
  }
  if (calls.flock(descriptor, LOCK_EXCLUSIVE_NOW) === 0) return "taken";
  return HELD.includes(calls.errno()) ? "held" : "unsupported";
}
