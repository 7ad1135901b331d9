// Positional writes and copies that hash what they write.
import { describe, expect, test } from "bun:test";
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { FileSink } from "../../src/io/file-sink.ts";
import {
  FileSource,
  MemorySource,
  sha256,
  toHex,
  writeFileAtomically,
  writeFileAtomicallyAsync,
} from "../../src/io/index.ts";
import { rejectedBy, thrownBy } from "../helper/coded.ts";
import { createTempDir } from "../helper/temp-dir.ts";

describe("FileSink", () => {
  test("copies a source to its place, returns the digest and reports progress", () => {
    using folder = createTempDir();
    const bytes = Uint8Array.from({ length: 2_500_000 }, (_, index) => index % 251);
    let done = 0;
    const digest = writeFileAtomically(folder.join("x"), { force: false, mode: 0o600 }, (sink) =>
      sink.copy(new MemorySource(bytes, "x"), 5, (byteLength) => {
        done += byteLength;
      }),
    );
    expect(toHex(digest)).toBe(toHex(sha256(bytes)));
    expect(done).toBe(bytes.length);
    const written = readFileSync(folder.join("x"));
    expect(Buffer.compare(written.subarray(5), bytes)).toBe(0);
    expect(written.subarray(0, 5)).toEqual(Buffer.alloc(5));
  });

  test("shows what it writes with its place, and copies a part of a source", () => {
    using folder = createTempDir();
    const bytes = Uint8Array.from({ length: 1_200_000 }, (_, index) => index % 251);
    const seen = new Uint8Array(bytes.length + 7);
    let chunks = 0;
    writeFileAtomically(folder.join("x"), { force: false, mode: 0o600 }, (sink) => {
      sink.write(Uint8Array.of(1), 0);
      sink.observe((part, byteOffset) => seen.set(part, byteOffset));
      sink.write(Uint8Array.of(2, 3), 1);
      const part = { start: 5, byteLength: bytes.length - 5, byteOffset: 7 };
      sink.copyRange(new MemorySource(bytes, "x"), part, () => chunks++);
    });
    const expected = Buffer.concat([Buffer.alloc(12), bytes.subarray(5)]);
    expected.set([2, 3], 1);
    expect(Buffer.compare(seen, expected)).toBe(0);
    expect(chunks).toBe(2);
    expected[0] = 1;
    expect(Buffer.compare(readFileSync(folder.join("x")), expected)).toBe(0);
  });

  test("copies in turns what it copies at once, and lets others run in between", async () => {
    using folder = createTempDir();
    const bytes = Uint8Array.from({ length: 35_000_000 }, (_, index) => index % 251);
    let turns = 0;
    const ticking = setInterval(() => turns++, 0);
    const options = { force: false, mode: 0o600 };
    const digest = await writeFileAtomicallyAsync(folder.join("x"), options, (sink) =>
      sink.copyInTurns(new MemorySource(bytes, "x"), 5),
    );
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(1);
    expect(toHex(digest)).toBe(toHex(sha256(bytes)));
    expect(Buffer.compare(readFileSync(folder.join("x")).subarray(5), bytes)).toBe(0);
  });

  test("throws IO_CHANGED when the source changed, at once and in turns", async () => {
    using folder = createTempDir();
    writeFileSync(folder.join("source"), "old");
    using source = new FileSource(folder.join("source"));
    writeFileSync(folder.join("source"), "another");
    const options = { force: false, mode: 0o600 };
    const atOnce = () => writeFileAtomically(folder.join("x"), options, (x) => x.copy(source, 0));
    expect(thrownBy(atOnce).code).toBe("IO_CHANGED");
    const inTurns = writeFileAtomicallyAsync(folder.join("x"), options, (x) =>
      x.copyInTurns(source, 0),
    );
    expect((await rejectedBy(inTurns)).code).toBe("IO_CHANGED");
    expect(readdirSync(folder.path)).toEqual(["source"]);
  });

  test("throws IO_NO_SPACE when the device is full", () => {
    const descriptor = openSync("/dev/full", "w");
    try {
      const error = thrownBy(() => new FileSink(descriptor, "x").write(new Uint8Array(1), 0));
      expect(error.code).toBe("IO_NO_SPACE");
      expect(error.message).toBe(
        'Cannot write "x" as the device is full (ENOSPC): free some space or choose a path on another device',
      );
    } finally {
      closeSync(descriptor);
    }
  });

  test("throws IO_WRITE_FAILED when the system refuses otherwise", () => {
    using folder = createTempDir();
    const descriptor = openSync(folder.join("x"), "w");
    closeSync(descriptor);
    const read = openSync(folder.join("x"), "r");
    try {
      const error = thrownBy(() => new FileSink(read, "x").write(new Uint8Array(1), 0));
      expect(error.code).toBe("IO_WRITE_FAILED");
    } finally {
      closeSync(read);
    }
  });
});
