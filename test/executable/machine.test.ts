// Which system and processor the header of a file names.
import { expect, test } from "bun:test";
import { readMachine } from "../../src/executable/index.ts";
import { MemorySource } from "../../src/io/index.ts";
import { fakeBaseBytes } from "../helper/fake-base.ts";

/** A DOS header whose field at byte 60 leads to `tail` at byte 128. */
function dos(tail: readonly number[], place = 128): Uint8Array {
  const bytes = Buffer.alloc(128 + tail.length);
  bytes.write("MZ");
  bytes.writeUInt32LE(place, 60);
  bytes.set(tail, 128);
  return bytes;
}

const PE_X64 = [0x50, 0x45, 0, 0, 0x64, 0x86];

function machineOf(bytes: Uint8Array): string | undefined {
  return readMachine(new MemorySource(bytes, "x"));
}

test.each(["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"])(
  "readMachine() knows %s",
  (machine) => {
    expect(machineOf(fakeBaseBytes({ machine }))).toBe(machine);
  },
);

test("readMachine() knows windows-x64", () => {
  expect(machineOf(dos(PE_X64))).toBe("windows-x64");
});

test.each([
  ["nothing", new Uint8Array(0)],
  ["a header cut short", fakeBaseBytes().subarray(0, 63)],
  ["text", Buffer.from("#!/bin/sh\n".repeat(10))],
  ["an unknown processor", dos([0x50, 0x45, 0, 0, 0x4c, 0x01])],
  ["a program for DOS", dos([0x4e, 0x45, 0, 0, 0, 0])],
  ["a header that ends early", dos(PE_X64.slice(0, 5))],
  ["a header beyond the end", dos(PE_X64, 0xffff_ffff)],
])("readMachine() says nothing of %s", (_what, bytes) => {
  expect(machineOf(bytes)).toBeUndefined();
});
