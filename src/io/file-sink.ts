// The writing end of a file: positional, complete writes, and copying that hashes the very bytes it writes.
import { writeSync } from "node:fs";
import { type ByteSource, CHUNK_LENGTH, forEachChunk } from "./byte-source.ts";
import { createSha256 } from "./digest.ts";
import { systemError } from "./system-error.ts";

/** Some hundredths of a second: soon enough for a person who wants it to stop, rare enough to cost nothing. */
const TURN_LENGTH = 16 * CHUNK_LENGTH;

/** Does not own its descriptor. Bytes that are skipped are zero. */
export class FileSink {
  readonly #descriptor: number;
  readonly #name: string;
  #observe: ((bytes: Uint8Array, byteOffset: number) => void) | undefined;

  constructor(descriptor: number, name: string) {
    this.#descriptor = descriptor;
    this.#name = name;
  }

  /** Shows whatever is written from now on, in the order of writing. The bytes are only valid during the visit. */
  observe(see: (bytes: Uint8Array, byteOffset: number) => void): void {
    this.#observe = see;
  }

  write(bytes: Uint8Array, byteOffset: number): void {
    this.#observe?.(bytes, byteOffset);
    let done = 0;
    while (done < bytes.length) {
      try {
        done += writeSync(this.#descriptor, bytes, done, bytes.length - done, byteOffset + done);
      } catch (thrown) {
        throw systemError(thrown, `Cannot write "${this.#name}"`, "IO_WRITE_FAILED");
      }
    }
  }

  /**
   * Copies the whole source and returns the SHA-256 of what was written: the digest is true of the copy even when the
   * source changes meanwhile. That it did change is reported as `IO_CHANGED` where the source can tell.
   */
  copy(
    source: ByteSource,
    byteOffset: number,
    onProgress?: (byteLength: number) => void,
  ): Uint8Array {
    const hash = createSha256();
    this.copyRange(source, { start: 0, byteLength: source.byteLength, byteOffset }, (chunk) => {
      hash.update(chunk);
      onProgress?.(chunk.length);
    });
    source.checkUnchanged?.();
    return hash.digest();
  }

  /** As `copy`, but lets the event loop turn now and then, so that a signal need not wait for the end. */
  async copyInTurns(source: ByteSource, byteOffset: number): Promise<Uint8Array> {
    const hash = createSha256();
    for (let start = 0; start < source.byteLength; start += TURN_LENGTH) {
      const byteLength = Math.min(TURN_LENGTH, source.byteLength - start);
      this.copyRange(source, { start, byteLength, byteOffset }, (chunk) => hash.update(chunk));
      await new Promise((resolve) => setImmediate(resolve));
    }
    source.checkUnchanged?.();
    return hash.digest();
  }

  /**
   * Copies a part of the source and shows each chunk that is written. `start` is a place in the source, `byteOffset`
   * that of the source in this file. Whether the source changed meanwhile is for the caller to ask.
   */
  copyRange(
    source: ByteSource,
    { start, byteLength, byteOffset }: { start: number; byteLength: number; byteOffset: number },
    see: (chunk: Uint8Array) => void,
  ): void {
    forEachChunk(source, { byteOffset: start, byteLength }, (chunk, position) => {
      see(chunk);
      this.write(chunk, byteOffset + position);
    });
  }
}
