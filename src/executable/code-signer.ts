// Signs a file while it is written, from the bytes that pass by: nothing is read twice.
import { assert } from "../error/index.ts";
import { type ByteSource, overlaySource, sha256Into } from "../io/index.ts";
import { DIGEST_LENGTH, encodeSignature, PAGE_LENGTH, pageCount } from "./code-signature.ts";
import { parseMachO } from "./mach-o.ts";
import { PageDigests } from "./page-digests.ts";
import { headPatches, requireSignable, type Signable } from "./signed-head.ts";

/** Of a file that begins as a base and ends in a signature of our making. */
export class CodeSigner {
  /** Where the signature begins. */
  readonly byteOffset: number;
  /** Bytes of the base that are part of the file: those before its own signature. */
  readonly heldByteLength: number;
  /** The start of the file, to be written instead of as many bytes of the base. */
  readonly head: Uint8Array;
  /** The start of the base when we sign it alone. */
  readonly baseHead: Uint8Array;
  readonly #base: ByteSource;
  readonly #machO: Signable;
  readonly #pages: PageDigests;

  /** The signature will begin at `byteOffset`. Throws `EXECUTABLE_INVALID` and `EXECUTABLE_TOO_LARGE`. */
  constructor(base: ByteSource, byteOffset: number) {
    this.#base = base;
    this.#machO = requireSignable(base, parseMachO(base));
    this.heldByteLength = this.#machO.signature.byteOffset;
    assert(byteOffset >= this.heldByteLength, "the signature lies behind the base");
    this.byteOffset = byteOffset;
    this.#pages = new PageDigests(byteOffset);
    this.head = this.#patchedFor(byteOffset).read(0, this.#machO.commandsEnd);
    this.baseHead = this.#patchedFor(this.heldByteLength).read(0, this.#machO.commandsEnd);
  }

  /** Every byte before the signature, once each and in any order. Bytes that are skipped count as zeros. */
  see(bytes: Uint8Array, byteOffset: number): void {
    this.#pages.see(bytes, byteOffset);
  }

  /** Our signature of the base alone, once all of the base was seen. */
  signBase(): Uint8Array {
    const digests = new Uint8Array(DIGEST_LENGTH * pageCount(this.heldByteLength));
    const patched = this.#patchedFor(this.heldByteLength);
    for (let start = 0; start < this.heldByteLength; start += PAGE_LENGTH) {
      const page = start / PAGE_LENGTH;
      const target = digests.subarray(page * DIGEST_LENGTH, (page + 1) * DIGEST_LENGTH);
      const end = start + PAGE_LENGTH;
      // Only pages at both ends of the base differ from those of the file.
      const isShared = start >= this.head.length && end <= this.heldByteLength;
      if (isShared) target.set(this.#pages.digestOf(page));
      else sha256Into(patched.read(start, Math.min(end, this.heldByteLength) - start), target);
    }
    return encodeSignature(this.#machO, this.heldByteLength, digests);
  }

  /** Our signature of the file, once all of it was seen. */
  sign(): Uint8Array {
    return encodeSignature(this.#machO, this.byteOffset, this.#pages.finish());
  }

  #patchedFor(byteOffset: number): ByteSource {
    return overlaySource(this.#base, headPatches(this.#base, this.#machO, byteOffset));
  }
}
