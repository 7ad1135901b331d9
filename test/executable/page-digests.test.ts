// Digests of pages from bytes in any order.
import { expect, test } from "bun:test";
import { PageDigests } from "../../src/executable/page-digests.ts";
import { sha256 } from "../../src/io/index.ts";

const PAGE = 4096;
const BYTES = Uint8Array.from({ length: 5 * PAGE + 100 }, (_, index) => (index * 7) % 251);

function digestsOf(bytes: Uint8Array): Uint8Array {
  const pages: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += PAGE) pages.push(sha256(bytes.subarray(at, at + PAGE)));
  return Uint8Array.from(Buffer.concat(pages));
}

test.each([[1 << 20], [PAGE], [1000], [4097], [16]])(
  "PageDigests has the same digests from pieces of %d bytes, forwards and backwards",
  (length) => {
    const starts: number[] = [];
    for (let at = 0; at < BYTES.length; at += length) starts.push(at);
    for (const order of [starts, starts.toReversed()]) {
      const pages = new PageDigests(BYTES.length);
      for (const at of order) pages.see(BYTES.subarray(at, at + length), at);
      expect(pages.finish()).toEqual(digestsOf(BYTES));
    }
  },
);

test("PageDigests takes what was not shown for zeros and leaves out what lies behind the limit", () => {
  const pages = new PageDigests(BYTES.length);
  pages.see(BYTES.subarray(100, 200), 100);
  pages.see(new Uint8Array(300).fill(1), BYTES.length);
  pages.see(BYTES.subarray(-50), BYTES.length - 50);
  pages.see(new Uint8Array(0), 7);
  const expected = new Uint8Array(BYTES.length);
  expected.set(BYTES.subarray(100, 200), 100);
  expected.set(BYTES.subarray(-50), BYTES.length - 50);
  expect(pages.finish()).toEqual(digestsOf(expected));
});

test("PageDigests gives the digest of a page that was shown, and of no other", () => {
  const pages = new PageDigests(BYTES.length);
  pages.see(BYTES.subarray(PAGE, 2 * PAGE), PAGE);
  expect(pages.digestOf(1)).toEqual(sha256(BYTES.subarray(PAGE, 2 * PAGE)));
  expect(() => pages.digestOf(0)).toThrow("the page was shown");
  expect(() => pages.see(BYTES.subarray(PAGE, 2 * PAGE), PAGE)).toThrow("shown once");
});
