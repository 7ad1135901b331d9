// Names for files that have none: the one system call of Linux that gives them out. The functions of node:fs cannot:
// they link the entry of /proc itself, which is refused, and not the file it stands for.
import { dlopen, FFIType } from "bun:ffi";
import { constants } from "node:fs";

/** Of `open`, with a folder as path: a file in that file system, but in no folder. The same on every architecture. */
export const O_UNNAMED = 0o20000000 | constants.O_DIRECTORY | constants.O_RDWR;

const AT_FDCWD = -100;
const AT_SYMLINK_FOLLOW = 0x400;

const CALLS = {
  linkat: {
    args: [FFIType.i32, FFIType.cstring, FFIType.i32, FFIType.cstring, FFIType.i32],
    returns: FFIType.i32,
  },
} as const;

let calls: ReturnType<typeof dlopen<typeof CALLS>>["symbols"] | undefined;

/** Puts an open file under `path` where nothing is yet; false when the system refuses, for whatever reason. */
export function linkDescriptor(descriptor: number, path: string): boolean {
  calls ??= dlopen("libc.so.6", CALLS).symbols;
  const from = cString(`/proc/self/fd/${descriptor}`);
  return calls.linkat(AT_FDCWD, from, AT_FDCWD, cString(path), AT_SYMLINK_FOLLOW) === 0;
}

function cString(text: string): Uint8Array {
  return Buffer.from(`${text}\0`);
}
