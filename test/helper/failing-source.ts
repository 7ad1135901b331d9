// A byte source whose n-th read fails, as a broken disk would: a loop over n reaches every error path of a reader.
import { CodedError } from "../../src/error/index.ts";
import type { ByteSource } from "../../src/io/index.ts";

/** Reads before number `failAt` (from 0) succeed, that one and all later ones throw `IO_READ_FAILED`. */
export class FailingSource implements ByteSource {
  readonly name: string;
  readonly byteLength: number;
  readCount = 0;
  readonly #source: ByteSource;
  readonly #failAt: number;

  constructor(source: ByteSource, failAt: number) {
    this.name = source.name;
    this.byteLength = source.byteLength;
    this.#source = source;
    this.#failAt = failAt;
  }

  read(byteOffset: number, byteLength: number): Uint8Array {
    if (this.readCount >= this.#failAt) {
      throw new CodedError("IO_READ_FAILED", `Cannot read "${this.name}": planted fault`);
    }
    this.readCount += 1;
    return this.#source.read(byteOffset, byteLength);
  }
}
