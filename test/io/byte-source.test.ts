// Sources in memory, on disk and as windows answer alike; ranges are checked before anything is allocated.
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { checkRange } from "../../src/io/byte-source.ts";
import {
  type ByteSource,
  CHUNK_LENGTH,
  FileSource,
  forEachChunk,
  MemorySource,
  sliceSource,
} from "../../src/io/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const BYTES = Uint8Array.from({ length: 10 }, (_, index) => index);

/** Each kind of source over the same ten bytes. */
function withSources(use: (source: ByteSource, kind: string) => void): void {
  using folder = createTempDir();
  writeFileSync(folder.join("ten"), BYTES);
  const padded = Uint8Array.from([99, 99, ...BYTES, 99]);
  writeFileSync(folder.join("padded"), padded);
  using file = new FileSource(folder.join("ten"));
  using paddedFile = new FileSource(folder.join("padded"));
  const range = { byteOffset: 2, byteLength: 10 };
  use(new MemorySource(BYTES, "memory"), "MemorySource");
  use(file, "FileSource");
  use(sliceSource(new MemorySource(padded, "memory"), range, "slice"), "slice of memory");
  use(sliceSource(paddedFile, range, "slice"), "slice of file");
}

describe("every ByteSource", () => {
  test("reads exactly the bytes that are asked for", () => {
    withSources((source) => {
      expect(source.byteLength).toBe(10);
      expect([...source.read(0, 10)]).toEqual([...BYTES]);
      expect([...source.read(3, 4)]).toEqual([3, 4, 5, 6]);
      expect(source.read(10, 0)).toHaveLength(0);
      const target = new Uint8Array(2);
      source.readInto?.(8, target);
      if (source.readInto !== undefined) expect([...target]).toEqual([8, 9]);
      source.checkUnchanged?.();
    });
  });

  test("throws IO_OUT_OF_BOUNDS for every range that is not within it", () => {
    const ranges: readonly (readonly [number, number])[] = [
      [0, 11],
      [10, 1],
      [11, 0],
      [-1, 1],
      [0, -1],
      [0.5, 1],
      [0, Number.NaN],
      [0, Number.POSITIVE_INFINITY],
      [2 ** 53, 1],
      [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
      [0, 2 ** 40],
    ];
    withSources((source) => {
      for (const [byteOffset, byteLength] of ranges) {
        const error = thrownBy(() => source.read(byteOffset, byteLength));
        expect(error.code).toBe("IO_OUT_OF_BOUNDS");
      }
      if (source.readInto === undefined) return;
      const readInto = source.readInto.bind(source);
      expect(thrownBy(() => readInto(9, new Uint8Array(2))).code).toBe("IO_OUT_OF_BOUNDS");
    });
  });
});

test("checkRange() names the range, the source and its length", () => {
  const error = thrownBy(() => checkRange(new MemorySource(BYTES, "x"), 5, 6));
  expect(error.message).toStartWith('Cannot read 6 bytes at byte 5 of "x" as it has only 10 bytes');
  expect(error.detail).toEqual({ byteOffset: 5, byteLength: 6, found: 10 });
});

test("sliceSource() refuses a window beyond its source", () => {
  const source = new MemorySource(BYTES, "x");
  const slice = () => sliceSource(source, { byteOffset: 5, byteLength: 6 }, "slice");
  expect(thrownBy(slice).code).toBe("IO_OUT_OF_BOUNDS");
});

describe("forEachChunk()", () => {
  test("covers the range in order in chunks of at most 1 MiB", () => {
    const bytes = new Uint8Array(2 * CHUNK_LENGTH + 5).fill(1);
    const seen: [number, number][] = [];
    forEachChunk(
      new MemorySource(bytes, "x"),
      { byteOffset: 2, byteLength: bytes.length - 2 },
      (chunk, byteOffset) => seen.push([byteOffset, chunk.length]),
    );
    expect(seen).toEqual([
      [2, CHUNK_LENGTH],
      [2 + CHUNK_LENGTH, CHUNK_LENGTH],
      [2 + 2 * CHUNK_LENGTH, 3],
    ]);
  });

  test("gives the same bytes from every kind of source and visits nothing of an empty range", () => {
    withSources((source) => {
      const seen: number[] = [];
      forEachChunk(source, { byteOffset: 1, byteLength: 3 }, (chunk) => seen.push(...chunk));
      forEachChunk(source, { byteOffset: 10, byteLength: 0 }, () => seen.push(-1));
      expect(seen).toEqual([1, 2, 3]);
    });
  });

  test("refuses a range beyond the source before it visits anything", () => {
    const visit = () =>
      forEachChunk(new MemorySource(BYTES, "x"), { byteOffset: 0, byteLength: 11 }, () => {});
    expect(thrownBy(visit).code).toBe("IO_OUT_OF_BOUNDS");
  });
});
