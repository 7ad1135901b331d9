// Several sources as one: the bytes of each follow those of the one before it.
import { type ByteSource, checkRange } from "./byte-source.ts";

/** The lengths of the sources must not change. */
export function joinSources(sources: readonly ByteSource[], name: string): ByteSource {
  const readInto = (byteOffset: number, target: Uint8Array) => {
    checkRange(joined, byteOffset, target.length);
    let start = 0;
    for (const source of sources) {
      const from = Math.max(byteOffset, start);
      const to = Math.min(byteOffset + target.length, start + source.byteLength);
      if (from < to)
        fill(source, from - start, target.subarray(from - byteOffset, to - byteOffset));
      start += source.byteLength;
    }
  };
  const joined = {
    name,
    byteLength: sources.reduce((sum, source) => sum + source.byteLength, 0),
    readInto,
    read(byteOffset: number, byteLength: number) {
      // Bounds before allocation: both numbers may be chosen by an attacker.
      checkRange(joined, byteOffset, byteLength);
      const bytes = new Uint8Array(byteLength);
      readInto(byteOffset, bytes);
      return bytes;
    },
    checkUnchanged() {
      for (const source of sources) source.checkUnchanged?.();
    },
  };
  return joined;
}

function fill(source: ByteSource, byteOffset: number, target: Uint8Array): void {
  if (source.readInto === undefined) target.set(source.read(byteOffset, target.length));
  else source.readInto(byteOffset, target);
}
