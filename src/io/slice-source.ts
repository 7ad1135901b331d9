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
    checkUnchanged() {
      source.checkUnchanged?.();
    },
  };
  const readInto = source.readInto?.bind(source);
  if (readInto === undefined) return slice;
  slice.readInto = (byteOffset, target) => {
    checkRange(slice, byteOffset, target.length);
    readInto(range.byteOffset + byteOffset, target);
  };
  return slice;
}
