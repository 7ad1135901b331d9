// The digest of each page of a file that is being written or read, made from its bytes as they pass by in any order.
import { assert } from "../error/index.ts";
import { sha256Into } from "../io/index.ts";
import { DIGEST_LENGTH, PAGE_LENGTH, pageCount } from "./code-signature.ts";

/** A page of which some bytes were seen; the others are zero. */
type OpenPage = { readonly bytes: Uint8Array; seen: number };

export class PageDigests {
  readonly #limit: number;
  readonly #digests: Uint8Array;
  readonly #isDone: Uint8Array;
  readonly #open = new Map<number, OpenPage>();

  /** Of the first `limit` bytes; what lies behind them is ignored. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#digests = new Uint8Array(DIGEST_LENGTH * pageCount(limit));
    this.#isDone = new Uint8Array(pageCount(limit));
  }

  /** Every byte may be shown once only. */
  see(bytes: Uint8Array, byteOffset: number): void {
    const end = Math.min(byteOffset + bytes.length, this.#limit);
    let position = byteOffset;
    while (position < end) {
      const page = Math.floor(position / PAGE_LENGTH);
      const pageEnd = Math.min((page + 1) * PAGE_LENGTH, end);
      this.#seeWithin(page, bytes.subarray(position - byteOffset, pageEnd - byteOffset), position);
      position = pageEnd;
    }
  }

  /** Of a page all of which was shown. */
  digestOf(page: number): Uint8Array {
    assert(this.#isDone[page] === 1, "the page was shown");
    return this.#digests.subarray(page * DIGEST_LENGTH, (page + 1) * DIGEST_LENGTH);
  }

  /** The digests one after the other. Bytes that were not shown count as zeros, as those of a file that were skipped. */
  finish(): Uint8Array {
    for (const [page, { bytes }] of this.#open) this.#close(page, bytes);
    this.#open.clear();
    const zeros = new Uint8Array(PAGE_LENGTH);
    for (const [page, isDone] of this.#isDone.entries()) {
      if (isDone === 0) this.#close(page, zeros.subarray(0, this.#lengthOf(page)));
    }
    return this.#digests;
  }

  #seeWithin(page: number, bytes: Uint8Array, byteOffset: number): void {
    const byteLength = this.#lengthOf(page);
    if (bytes.length === byteLength) {
      this.#close(page, bytes);
      return;
    }
    const open = this.#open.get(page) ?? { bytes: new Uint8Array(byteLength), seen: 0 };
    open.bytes.set(bytes, byteOffset - page * PAGE_LENGTH);
    open.seen += bytes.length;
    this.#open.set(page, open);
    if (open.seen < byteLength) return;
    this.#close(page, open.bytes);
    this.#open.delete(page);
  }

  #close(page: number, bytes: Uint8Array): void {
    assert(this.#isDone[page] === 0, "every byte is shown once");
    this.#isDone[page] = 1;
    const start = page * DIGEST_LENGTH;
    sha256Into(bytes, this.#digests.subarray(start, start + DIGEST_LENGTH));
  }

  #lengthOf(page: number): number {
    return Math.min(PAGE_LENGTH, this.#limit - page * PAGE_LENGTH);
  }
}
