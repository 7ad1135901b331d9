// The seam under everything that reads bytes: a length and a bounded read. Knows nothing of what the bytes mean.
import { assert, CodedError } from "../error/index.ts";

/** Random-access bytes of a known length. Reads are synchronous: callers read kilobytes, or stream in chunks. */
export interface ByteSource {
  /** What the bytes are, for messages: usually a path. */
  readonly name: string;
  readonly byteLength: number;
  /**
   * Reads exactly `byteLength` bytes at `byteOffset`.
   * Throws `IO_OUT_OF_BOUNDS` (before allocating) when the range does not lie within the source, `IO_READ_FAILED` when
   * the operating system fails or the file ends early.
   */
  read(byteOffset: number, byteLength: number): Uint8Array;
  /** As `read`, but fills `target`: streaming a large source then needs one buffer instead of one for each chunk. */
  readInto?(byteOffset: number, target: Uint8Array): void;
  /** Throws `IO_CHANGED` when the bytes may differ from what they were when the source was opened. */
  checkUnchanged?(): void;
}

/** Large enough that system calls cost nothing, small enough to stay in the cache between hash and write. */
export const CHUNK_LENGTH = 1024 * 1024;

/** Throws `IO_OUT_OF_BOUNDS` unless the range lies within the source. Both numbers may be chosen by an attacker. */
export function checkRange(source: ByteSource, byteOffset: number, byteLength: number): void {
  const inside =
    Number.isSafeInteger(byteOffset) &&
    Number.isSafeInteger(byteLength) &&
    byteOffset >= 0 &&
    byteLength >= 0 &&
    byteLength <= source.byteLength - byteOffset;
  if (inside) return;
  throw new CodedError(
    "IO_OUT_OF_BOUNDS",
    `Cannot read ${byteLength} bytes at byte ${byteOffset} of "${source.name}" as it has only ` +
      `${source.byteLength} bytes: the file is truncated or a length in it is wrong`,
    { detail: { byteOffset, byteLength, found: source.byteLength } },
  );
}

/** The range in order, in chunks of at most 1 MiB. A chunk is only valid until the next one is asked for. */
export function* chunksOf(
  source: ByteSource,
  range: { byteOffset: number; byteLength: number },
): Generator<Uint8Array, void, void> {
  checkRange(source, range.byteOffset, range.byteLength);
  const end = range.byteOffset + range.byteLength;
  const read = chunkReader(source, Math.min(CHUNK_LENGTH, range.byteLength));
  let position = range.byteOffset;
  while (position < end) {
    const chunk = read(position, Math.min(CHUNK_LENGTH, end - position));
    yield chunk;
    position += chunk.length;
  }
  assert(position === end, "chunks cover the range exactly");
}

/** As `chunksOf`, telling where each chunk lies in the source. */
export function forEachChunk(
  source: ByteSource,
  range: { byteOffset: number; byteLength: number },
  visit: (chunk: Uint8Array, byteOffset: number) => void,
): void {
  let position = range.byteOffset;
  for (const chunk of chunksOf(source, range)) {
    visit(chunk, position);
    position += chunk.length;
  }
}

/** Reads into one buffer where the source can; else every read is a view, or a buffer of its own. */
function chunkReader(
  source: ByteSource,
  bufferByteLength: number,
): (byteOffset: number, byteLength: number) => Uint8Array {
  if (source.readInto === undefined) return (...range) => source.read(...range);
  const buffer = new Uint8Array(bufferByteLength);
  return (byteOffset, byteLength) => {
    const target = buffer.subarray(0, byteLength);
    source.readInto?.(byteOffset, target);
    return target;
  };
}
