// Compressed files of strangers.
import { expect, test } from "bun:test";
import { gunzip, isGzip } from "../../src/base/gunzip.ts";
import { type ByteSource, MemorySource } from "../../src/io/index.ts";
import { rejectedBy } from "../helper/coded.ts";
import { FailingSource } from "../helper/failing-source.ts";

const CONTENT = Uint8Array.from({ length: 3_000_000 }, (_, place) => place * 7 + (place >> 10));
const COMPRESSED = Bun.gzipSync(CONTENT, { level: 0 });

async function unpack(source: ByteSource, byteLengthMax = CONTENT.length): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of gunzip(source, byteLengthMax)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const source = (bytes: Uint8Array) => new MemorySource(bytes, "base.gz");

test("gunzip() gives back what was compressed, in pieces", async () => {
  expect((await unpack(source(COMPRESSED))).equals(CONTENT)).toBe(true);
  expect(isGzip(source(COMPRESSED))).toBe(true);
  expect(isGzip(source(CONTENT))).toBe(false);
  expect(isGzip(source(new Uint8Array(1)))).toBe(false);
});

test("gunzip() stops at a bomb", async () => {
  const bomb = Bun.gzipSync(new Uint8Array(50_000_000));
  const error = await rejectedBy(unpack(source(bomb), 1_000_000));
  expect(error.code).toBe("BASE_INVALID");
  expect(error.message).toContain("at most 1000000 bytes must come out of it: found more");
});

test("gunzip() refuses what is cut, flipped or no gzip", async () => {
  const flipped = Uint8Array.from(COMPRESSED);
  flipped[1_500_000] = (flipped[1_500_000] ?? 0) ^ 1;
  for (const bytes of [COMPRESSED.subarray(0, -100), flipped, CONTENT]) {
    const error = await rejectedBy(unpack(source(bytes)));
    expect(error.code).toBe("BASE_INVALID");
    expect(error.message).toContain(
      'Cannot decompress "base.gz" as it must be compressed with gzip',
    );
  }
});

test("gunzip() passes failures of the disk on", async () => {
  const failing = new FailingSource(source(COMPRESSED), 1);
  expect((await rejectedBy(unpack(failing))).code).toBe("IO_READ_FAILED");
});
