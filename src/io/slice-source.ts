// A window onto another source, so that whoever gets it cannot read beyond its own bytes.
import { type ByteSource, checkRange } from "./byte-source.ts";

/** The `byteLength` bytes of `source` at `byteOffset`. Throws `IO_OUT_OF_BOUNDS` when they do not lie within it. */
export function sliceSource(
  source: ByteSource,
  range: { byteOffset: number; byteLength: number },
  name: string,
): ByteSource {
  checkRange(source, range.byteOffset, range.byteLength);
  const slice: ByteSource = {
    name,
    byteLength: range.byteLength,
    read(byteOffset, byteLength) {
      checkRange(slice, byteOffset, byteLength);
      return source.read(range.byteOffset + byteOffset, byteLength);
    },
    readInto(byteOffset, target) {
      checkRange(slice, byteOffset, target.length);
      const absolute = range.byteOffset + byteOffset;
      if (source.readInto === undefined) target.set(source.read(absolute, target.length));
      else source.readInto(absolute, target);
    },
    checkUnchanged() {
      source.checkUnchanged?.();
    },
  };
  return slice;
}
