// Load commands read from files that anybody may have made.
import { describe, expect, test } from "bun:test";
import { findMachO, isMachO, parseMachO } from "../../src/executable/mach-o.ts";
import { MemorySource } from "../../src/io/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { FailingSource } from "../helper/failing-source.ts";
import { machOBytes, PLACES, segment, words } from "../helper/mach-o-file.ts";

const source = (bytes: Uint8Array) => new MemorySource(bytes, "x");

/** The bytes of a good file with a number of 32 bits written over. */
function patched(byteOffset: number, value: number, bytes = machOBytes()): Uint8Array {
  new DataView(bytes.buffer).setUint32(byteOffset, value, true);
  return bytes;
}

describe("parseMachO()", () => {
  test("parseMachO() finds segments, strings and signature", () => {
    const found = parseMachO(source(machOBytes()));
    expect(found).toEqual({
      isMain: true,
      commandsEnd: 312,
      text: {
        commandByteOffset: 104,
        name: "__TEXT",
        address: 0x1_0000_0000,
        addressLength: 16_384,
        byteOffset: 0,
        byteLength: 5000,
      },
      linkEdit: {
        commandByteOffset: 176,
        name: "__LINKEDIT",
        address: 0x1_0000_4000,
        addressLength: 16_384,
        byteOffset: 5000,
        byteLength: 5056 + 100 - 5000,
      },
      strings: { commandByteOffset: 248, byteOffset: 5016, byteLength: 37 },
      signature: { commandByteOffset: 272, byteOffset: 5056, byteLength: 100 },
    });
  });

  test("parseMachO() says what is missing", () => {
    const bytes = machOBytes({ signatureLength: 0, without: ["text", "linkEdit", "strings"] });
    const found = parseMachO(source(patched(12, 6, bytes)));
    expect(found).toMatchObject({ isMain: false, text: undefined, linkEdit: undefined });
    expect(found).toMatchObject({ signature: undefined, strings: undefined });
  });

  const last = { address: 2 ** 33, addressLength: 1, byteOffset: 0, byteLength: 0 };
  test.each([
    ["no magic", patched(0, 0), "must begin as a Mach-O file does"],
    ["more commands than bytes", patched(20, 6000), "load commands cannot have 6000 bytes"],
    ["more commands than possible", patched(20, 0xffff_ffff), "cannot have 4294967295 bytes"],
    [
      "a hostile number of commands",
      patched(16, 0xffff_ffff),
      "load command 6 cannot have 0 bytes",
    ],
    ["a command without end", patched(36, 0xffff_fff8), "load command 0 cannot have 4294967288"],
    ["an empty command", patched(36, 0), "load command 0 cannot have 0 bytes"],
    ["a crooked command", patched(36, 76), "load command 0 cannot have 76 bytes"],
    ["a short segment", patched(36, 64), "load command 0 cannot have 64 bytes"],
    ["an address beyond all", patched(PLACES.linkEditAddress + 4, 0xffff_ffff), "a segment cannot"],
    ["a place beyond all", patched(PLACES.linkEditOffset + 4, 0xffff_ffff), "a segment cannot"],
    [
      "a segment behind the last",
      machOBytes({ more: [segment("__MORE", last)] }),
      "its segment __LINKEDIT must be the last",
    ],
    ["a segment over the last", patched(PLACES.textFileSize, 5001), "__LINKEDIT must be the last"],
    [
      "two segments of a name",
      machOBytes({ more: [segment("__TEXT", { ...last, address: 0, addressLength: 0 })] }),
      "it must have one segment __TEXT: found 2",
    ],
    [
      "two signatures",
      machOBytes({ more: [words(0x1d, 16, 0, 0)] }),
      "one code signature: found 2",
    ],
    ["two tables", machOBytes({ more: [words(0x2, 24, 0, 0, 0, 0)] }), "one symbol table: found 2"],
  ])("parseMachO() refuses %s", (_what, bytes, message) => {
    const error = thrownBy(() => parseMachO(source(bytes)));
    expect(error.code).toBe("EXECUTABLE_INVALID");
    expect(error.message).toStartWith('Cannot use "x" as an executable for macOS as ');
    expect(error.message).toContain(message);
    expect(findMachO(source(bytes))).toBeUndefined();
  });

  test("parseMachO() throws a coded error or nothing at every truncation and every flip", () => {
    const bytes = machOBytes();
    for (let length = 0; length < 400; length++) {
      const cut = source(bytes.subarray(0, length));
      if (length < 312) expect(thrownBy(() => parseMachO(cut)).code).toBe("EXECUTABLE_INVALID");
    }
    for (let bit = 0; bit < 312 * 8; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      findMachO(source(bytes));
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
  });

  test("findMachO() throws what a failing read throws", () => {
    for (let failAt = 0; failAt < 3; failAt++) {
      const failing = new FailingSource(source(machOBytes()), failAt);
      expect(thrownBy(() => findMachO(failing)).code).toBe("IO_READ_FAILED");
    }
  });

  test("isMachO() takes neither other files nor too short ones", () => {
    expect(isMachO(source(machOBytes()))).toBe(true);
    expect(isMachO(source(new Uint8Array(100)))).toBe(false);
    expect(isMachO(source(machOBytes().subarray(0, 31)))).toBe(false);
  });
});
