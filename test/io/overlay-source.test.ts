// Sources made of others: with bytes replaced, and joined.
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import {
  type ByteSource,
  FileSource,
  joinSources,
  MemorySource,
  overlaySource,
  sha256,
  sha256Into,
  sliceSource,
  toHex,
} from "../../src/io/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const BYTES = Uint8Array.from({ length: 12 }, (_, index) => index);
const memory = (bytes = BYTES) => new MemorySource(bytes, "m");
const PATCHES = [
  { byteOffset: 2, bytes: Uint8Array.of(102, 103, 104) },
  { byteOffset: 11, bytes: Uint8Array.of(111) },
];
const PATCHED = Uint8Array.of(0, 1, 102, 103, 104, 5, 6, 7, 8, 9, 10, 111);

/** Every range of the source must hold what the same range of the bytes does, read in either way. */
function expectEveryRange(source: ByteSource, bytes: Uint8Array): void {
  expect(source.byteLength).toBe(bytes.length);
  for (let start = 0; start <= bytes.length; start++) {
    for (let length = 0; length <= bytes.length - start; length++) {
      const expected = bytes.slice(start, start + length);
      expect(source.read(start, length)).toEqual(expected);
      const target = new Uint8Array(length).fill(99);
      source.readInto?.(start, target);
      if (source.readInto !== undefined) expect(target).toEqual(expected);
    }
  }
  for (const [start, length] of [
    [0, 13],
    [-1, 1],
    [12, 1],
    [0.5, 1],
  ] as const) {
    expect(thrownBy(() => source.read(start, length)).code).toBe("IO_OUT_OF_BOUNDS");
  }
}

/** A file on disk, as the other kind of source. */
function withFile(use: (file: FileSource, change: () => void) => void): void {
  using folder = createTempDir();
  writeFileSync(folder.join("x"), BYTES);
  using file = new FileSource(folder.join("x"));
  use(file, () => writeFileSync(folder.join("x"), "changed"));
}

describe("overlaySource()", () => {
  test("overlaySource() replaces bytes of memory and leaves the memory as it was", () => {
    const bytes = BYTES.slice();
    expectEveryRange(overlaySource(memory(bytes), PATCHES), PATCHED);
    expect(bytes).toEqual(BYTES);
  });

  test("overlaySource() replaces bytes of a file, and tells when that changes", () => {
    withFile((file, change) => {
      const overlay = overlaySource(file, PATCHES, "other");
      expect(overlay.name).toBe("other");
      expectEveryRange(overlay, PATCHED);
      change();
      expect(thrownBy(() => overlay.checkUnchanged?.()).code).toBe("IO_CHANGED");
    });
  });

  test("overlaySource() keeps the name, asks no source that cannot tell, and copies nothing untouched", () => {
    const overlay = overlaySource(memory(), PATCHES);
    expect(overlay.name).toBe("m");
    overlay.checkUnchanged?.();
    expect(overlay.read(5, 3).buffer).toBe(BYTES.buffer);
  });

  test("overlaySource() refuses a patch beyond the source", () => {
    const patch = { byteOffset: 11, bytes: new Uint8Array(2) };
    expect(thrownBy(() => overlaySource(memory(), [patch])).code).toBe("IO_OUT_OF_BOUNDS");
  });
});

describe("joinSources()", () => {
  test("joinSources() reads across its parts, whatever they are", () => {
    withFile((file, change) => {
      const part = (start: number, length: number) =>
        sliceSource(file, { byteOffset: start, byteLength: length }, "part");
      const empty = memory(new Uint8Array(0));
      const joined = joinSources([part(0, 5), empty, memory(BYTES.slice(5, 6)), part(6, 6)], "j");
      expect(joined.name).toBe("j");
      expectEveryRange(joined, BYTES);
      joined.checkUnchanged?.();
      change();
      expect(thrownBy(() => joined.checkUnchanged?.()).code).toBe("IO_CHANGED");
    });
  });
});

test("sha256Into() writes the digest that sha256() returns", () => {
  const target = new Uint8Array(40);
  sha256Into(BYTES, target.subarray(4, 36));
  expect(toHex(target.slice(4, 36))).toBe(toHex(sha256(BYTES)));
  expect([...target.slice(0, 4), ...target.slice(36)]).toEqual(Array<number>(8).fill(0));
});
