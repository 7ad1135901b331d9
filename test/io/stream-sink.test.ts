// Devices and pipes are written to as they are; everything else is none of this file's business.
import { describe, expect, test } from "bun:test";
import { chmodSync, symlinkSync, writeFileSync } from "node:fs";
import { openStream, StreamSink } from "../../src/io/stream-sink.ts";
import { thrownBy } from "../helper/coded.ts";
import { makePipe } from "../helper/special-file.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("openStream()", () => {
  test("openStream() writes to a device, through a link, too", () => {
    using folder = createTempDir();
    symlinkSync("/dev/null", folder.join("null"));
    for (const path of ["/dev/null", folder.join("null")]) {
      using stream = openStream(path);
      stream?.write(bytes("x"));
      expect(stream).toBeInstanceOf(StreamSink);
    }
  });

  test("openStream() writes to a pipe whatever comes after another, more than it holds", async () => {
    using folder = createTempDir();
    makePipe(folder.join("pipe"));
    // Not to this process, which cannot read while it waits.
    const stdout = Bun.file(folder.join("read"));
    const reader = Bun.spawn(["cat", folder.join("pipe")], { stdout });
    const stream = openStream(folder.join("pipe"));
    stream?.write(bytes("one\n"));
    stream?.write(bytes("x".repeat(1_000_000)));
    stream?.close();
    stream?.close();
    expect(await reader.exited).toBe(0);
    expect(await stdout.text()).toBe(`one\n${"x".repeat(1_000_000)}`);
  });

  test("openStream() leaves files, folders and what is not there to others", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("file"), "old");
    symlinkSync(folder.join("none"), folder.join("dangling"));
    for (const name of ["file", "dangling", "none", "file/below", ""]) {
      expect(openStream(folder.join(name))).toBeUndefined();
    }
  });

  test("openStream() says why a device cannot be opened", () => {
    using folder = createTempDir();
    makePipe(folder.join("pipe"));
    chmodSync(folder.join("pipe"), 0);
    // Root may open every pipe, but no device that is not there: 0:0 has no driver.
    const path = process.getuid?.() === 0 ? missingDevice(folder.join("device")) : undefined;
    const error = thrownBy(() => openStream(path ?? folder.join("pipe")));
    expect(error.message).toStartWith('Cannot write to "');
    expect(error.kind).toBe("environment");
  });
});

/** A device node nobody serves; making one is for root only. */
function missingDevice(path: string): string {
  const { exitCode } = Bun.spawnSync(["mknod", path, "c", "0", "0"]);
  if (exitCode !== 0) throw new Error("mknod failed");
  return path;
}

describe("StreamSink", () => {
  test("write() says that the reader has gone", async () => {
    using folder = createTempDir();
    makePipe(folder.join("pipe"));
    const reader = Bun.spawn(["head", "-c1", folder.join("pipe")], { stdout: "ignore" });
    using stream = openStream(folder.join("pipe"));
    stream?.write(bytes("x"));
    await reader.exited;
    const error = thrownBy(() => stream?.write(bytes("y")));
    expect([error.code, error.detail["errno"]]).toEqual(["IO_WRITE_FAILED", "EPIPE"]);
  });
});
