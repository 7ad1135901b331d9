// The seam under everything that reads bytes: a length and a bounded read.

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
}
