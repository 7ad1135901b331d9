// Another source with some of its bytes replaced, as if they had been written over. The source itself stays as it is.
import { type ByteSource, checkRange } from "./byte-source.ts";

/** Bytes that stand in place of those of a source. */
export type Patch = { readonly byteOffset: number; readonly bytes: Uint8Array };

/** Patches must not overlap. Throws `IO_OUT_OF_BOUNDS` when one does not lie within the source. */
export function overlaySource(
  source: ByteSource,
  patches: readonly Patch[],
  name = source.name,
): ByteSource {
  for (const { byteOffset, bytes } of patches) checkRange(source, byteOffset, bytes.length);
  const overlay: ByteSource = {
    name,
    byteLength: source.byteLength,
    read(byteOffset, byteLength) {
      const bytes = source.read(byteOffset, byteLength);
      if (!patches.some((patch) => touches(patch, byteOffset, byteLength))) return bytes;
      // What a source returns may be a view of its own bytes.
      const copy = Uint8Array.from(bytes);
      apply(patches, copy, byteOffset);
      return copy;
    },
    checkUnchanged() {
      source.checkUnchanged?.();
    },
  };
  const readInto = source.readInto?.bind(source);
  if (readInto === undefined) return overlay;
  overlay.readInto = (byteOffset, target) => {
    readInto(byteOffset, target);
    apply(patches, target, byteOffset);
  };
  return overlay;
}

function touches({ byteOffset, bytes }: Patch, start: number, byteLength: number): boolean {
  return byteOffset < start + byteLength && byteOffset + bytes.length > start;
}

function apply(patches: readonly Patch[], target: Uint8Array, byteOffset: number): void {
  for (const patch of patches) {
    if (!touches(patch, byteOffset, target.length)) continue;
    const from = Math.max(0, byteOffset - patch.byteOffset);
    const to = byteOffset + target.length - patch.byteOffset;
    target.set(patch.bytes.subarray(from, to), patch.byteOffset + from - byteOffset);
  }
}
