// A byte source over bytes that are in memory already.
import { type ByteSource, checkRange } from "./byte-source.ts";

/** Reads are views, not copies: whoever changes one changes the source. */
export class MemorySource implements ByteSource {
  readonly name: string;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.name = name;
  }

  get byteLength(): number {
    return this.#bytes.length;
  }

  read(byteOffset: number, byteLength: number): Uint8Array {
    checkRange(this, byteOffset, byteLength);
    return this.#bytes.subarray(byteOffset, byteOffset + byteLength);
  }
}
