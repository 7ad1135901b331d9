// The writing end of a file: positional, complete writes, and copying that hashes the very bytes it writes.
import { writeSync } from "node:fs";
import { type ByteSource, forEachChunk } from "./byte-source.ts";
import { createSha256 } from "./digest.ts";
import { systemError } from "./system-error.ts";

/** Does not own its descriptor. Bytes that are skipped are zero. */
export class FileSink {
  readonly #descriptor: number;
  readonly #name: string;

  constructor(descriptor: number, name: string) {
    this.#descriptor = descriptor;
    this.#name = name;
  }

  write(bytes: Uint8Array, byteOffset: number): void {
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
    forEachChunk(source, { byteOffset: 0, byteLength: source.byteLength }, (chunk, position) => {
      hash.update(chunk);
      this.write(chunk, byteOffset + position);
      onProgress?.(chunk.length);
    });
    source.checkUnchanged?.();
    return hash.digest();
  }
}
