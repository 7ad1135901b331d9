// Reads files the kernel makes up when they are read, such as those below /proc and /sys: they say they are empty.
import { closeSync, openSync, readSync } from "node:fs";

/** Longer than anything read here; such files have no length to check beforehand. */
const BYTES_MAX = 64 * 1024;

/** The first 64 KiB as text; undefined when it cannot be read, as a machine without the file says nothing. */
export function readVirtualFile(path: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const bytes = new Uint8Array(BYTES_MAX);
    let length = 0;
    while (length < BYTES_MAX) {
      const count = readSync(descriptor, bytes, length, BYTES_MAX - length, null);
      if (count === 0) break;
      length += count;
    }
    return new TextDecoder().decode(bytes.subarray(0, length));
  } catch {
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}
