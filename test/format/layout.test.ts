// Where parts lie, as arithmetic.
import { describe, expect, test } from "bun:test";
import { AssertionError } from "../../src/error/index.ts";
import { BULK_ALIGNMENT, planLayout, SMALL_ALIGNMENT } from "../../src/format/layout.ts";

const small = (byteLength: number) => ({ byteLength, bulk: false });
const bulk = (byteLength: number) => ({ byteLength, bulk: true });

describe("planLayout()", () => {
  test("aligns the manifest, small assets and bulk assets", () => {
    const layout = planLayout({
      baseByteLength: 100_000,
      manifestByteLength: 200,
      assets: [small(5), small(17), bulk(70_000), bulk(1)],
      compatibility: false,
    });
    expect(layout).toEqual({
      manifestByteOffset: 131_072,
      assetByteOffsets: [131_280, 131_296, 196_608, 327_680],
      sealByteOffset: 327_681,
      footerByteOffset: 327_841,
      codeSignatureByteOffset: undefined,
      byteLength: 327_873,
    });
  });

  test("lets a code signature begin on a multiple of 16, right behind the footer", () => {
    const layout = planLayout({
      baseByteLength: 100_000,
      manifestByteLength: 200,
      assets: [bulk(5)],
      compatibility: false,
      codeSigned: true,
    });
    expect(layout).toMatchObject({
      sealByteOffset: 196_624,
      footerByteOffset: 196_784,
      codeSignatureByteOffset: 196_816,
      // 128 bytes and a digest for each of 49 pages.
      byteLength: 196_816 + 128 + 49 * 32,
    });
  });

  test("leaves no gap in compatibility mode and has no seal", () => {
    const layout = planLayout({
      baseByteLength: 128,
      manifestByteLength: 186,
      assets: [bulk(7), small(6), small(9)],
      compatibility: true,
    });
    expect(layout).toEqual({
      manifestByteOffset: 128,
      assetByteOffsets: [314, 321, 327],
      sealByteOffset: undefined,
      footerByteOffset: 336,
      codeSignatureByteOffset: undefined,
      byteLength: 368,
    });
  });

  test("keeps parts in order, apart and aligned for many sizes", () => {
    for (const size of [0, 1, 15, 16, 17, 65_535, 65_536, 65_537]) {
      const assets = [small(size), small(size), bulk(size), bulk(size)];
      const sizes = { baseByteLength: size, manifestByteLength: size + 1 };
      const layout = planLayout({ ...sizes, assets, compatibility: false });
      expect(layout.manifestByteOffset % BULK_ALIGNMENT).toBe(0);
      expect(layout.manifestByteOffset).toBeGreaterThanOrEqual(size);
      let end = layout.manifestByteOffset + size + 1;
      for (const [index, { byteLength, bulk }] of assets.entries()) {
        const byteOffset = layout.assetByteOffsets[index]!;
        expect(byteOffset % (bulk ? BULK_ALIGNMENT : SMALL_ALIGNMENT)).toBe(0);
        expect(byteOffset).toBeGreaterThanOrEqual(end);
        end = byteOffset + byteLength;
      }
      expect(layout.sealByteOffset).toBe(end);
    }
  });

  test("asserts that the file is not longer than a number is exact", () => {
    const sizes = { baseByteLength: 1, manifestByteLength: 1 };
    const assets = [bulk(2 ** 53)];
    expect(() => planLayout({ ...sizes, assets, compatibility: true })).toThrow(AssertionError);
  });
});
