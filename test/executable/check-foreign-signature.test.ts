// Signatures of other programs: what fits the file is taken, whoever signed; whatever does not is told.
import { describe, expect, test } from "bun:test";
import {
  findForeignFaults,
  findHeadFault,
  payloadEnd,
  signedBase,
} from "../../src/executable/index.ts";
import { type ByteSource, MemorySource } from "../../src/io/index.ts";
import {
  blob,
  type ForeignBlob,
  type ForeignOptions,
  foreignlySigned,
  REQUIREMENTS,
  setForeignHead,
  superBlob,
  WRAPPER,
} from "../helper/foreign-signature.ts";
import { machOBytes, PLACES } from "../helper/mach-o-file.ts";

const source = (bytes: Uint8Array) => new MemorySource(bytes, "x");
const readAll = (from: ByteSource) => from.read(0, from.byteLength);

/** Signed by us: the string table reaches up to the signature. */
const OWN = (() => {
  const bytes = machOBytes({ textLength: 40_000 });
  return readAll(signedBase(source(bytes), payloadEnd(source(bytes))));
})();
const END = payloadEnd(source(OWN));
const SIGNED = foreignlySigned(OWN, END);

function faults(bytes: Uint8Array): readonly string[] {
  return findForeignFaults(source(bytes), END).map(({ message }) => message);
}

/** The file with big-endian words within its signature set, at places from its start. */
function set(places: Readonly<Record<number, number>>, bytes = SIGNED): Uint8Array {
  const changed = bytes.slice();
  const view = new DataView(changed.buffer);
  for (const [place, value] of Object.entries(places)) view.setUint32(END + Number(place), value);
  return changed;
}

function withSignature(signature: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(Buffer.concat([SIGNED.subarray(0, END), signature]));
  setForeignHead(bytes, END, signature.length);
  return bytes;
}

const wrapper = (length: number): ForeignBlob => [0x10000, blob(WRAPPER, Buffer.alloc(length))];

/** A list without its last entry, so that eight bytes lie between. */
function withGap(value: number): Uint8Array {
  const list = superBlob([wrapper(5), [0, blob(0xfade0c02, Buffer.alloc(50))]]);
  list.writeUInt32BE(1, 8);
  list.fill(0, 20, 28).writeUInt32BE(value, 20);
  return withSignature(list);
}

/** Where the code directory lies: behind three entries. */
const CODE = 12 + 8 * 3;

describe("findForeignFaults()", () => {
  test.each<[ForeignOptions]>([
    [{}],
    [{ pageSize: 14 }],
    [{ algorithms: ["sha1", "sha256"] }],
    [{ algorithms: ["sha256", "sha256"], room: 0 }],
    [{ blobs: [], room: 20_000 }],
  ])("findForeignFaults() finds none where another program signed: %j", (options) => {
    const bytes = foreignlySigned(OWN, END, options);
    expect(faults(bytes)).toEqual([]);
    expect(findHeadFault(source(bytes), END)).toBeUndefined();
  });

  test("findForeignFaults() takes the directory of a version that has fewer fields", () => {
    expect(faults(set({ [CODE + 8]: 0x20001, [CODE + 44]: 7, [CODE + 60]: 7 }))).toEqual([]);
  });

  test("findForeignFaults() takes what an older signature left behind the last blob", () => {
    const bytes = SIGNED.slice();
    bytes.fill(0xab, SIGNED.length - 300);
    expect(faults(bytes)).toEqual([]);
    expect(faults(withGap(0))).toEqual([expect.stringContaining("directory of SHA-256")]);
  });

  test("findForeignFaults() names every page whose digest differs, also of an alternate directory", () => {
    for (const algorithms of [["sha256"], ["sha1", "sha256"]] as const) {
      const bytes = foreignlySigned(OWN, END, { algorithms, pageSize: 14 });
      bytes[20_000]! ^= 1;
      bytes[END - 1]! ^= 1;
      const found = findForeignFaults(source(bytes), END);
      expect(found.map(({ page }) => page)).toEqual([
        { byteOffset: 16_384, byteLength: 16_384 },
        { byteOffset: 32_768, byteLength: END - 32_768 },
      ]);
      expect(found[0]?.message).toBe(
        "The digest of the page at byte 16384 is not that of the page",
      );
    }
  });

  test.each<[string, Uint8Array, string]>([
    ["zeros", withSignature(new Uint8Array(16)), "be a list of blobs"],
    ["less than a head", withSignature(new Uint8Array(8)), "be a list of blobs"],
    ["no blobs", withSignature(superBlob([])), "have a directory of SHA-256 digests"],
    ["no directory", withSignature(superBlob([wrapper(5)])), "have a directory of SHA-256 digests"],
    [
      "only SHA-1",
      foreignlySigned(OWN, END, { algorithms: ["sha1"] }),
      "have a directory of SHA-256 digests",
    ],
    ["a length behind the end", set({ 4: 100_000 }), "found 100000"],
    ["too many blobs", set({ 8: 33 }), "have at most 32 blobs within its length: found 33"],
    ["an index behind the end", set({ 4: 20 }), "have at most 32 blobs within its length: found 3"],
    ["a blob behind the end", set({ 16: 0xffff_fff0 }), "hold its blobs"],
    ["a blob in the index", set({ 16: 12 }), "hold its blobs, one behind the other"],
    ["two blobs in one place", set({ 24: CODE }), "hold its blobs, one behind the other"],
    ["a blob that is too long", set({ [CODE + 4]: 100_000 }), "one behind the other"],
    ["a blob that is too short", set({ [CODE + 4]: 7 }), "one behind the other"],
    ["two of a type", set({ 20: 0x10000 }), "have one blob of each type"],
    ["bytes between blobs", withGap(1), "have zeros between"],
    [
      "megabytes behind the last blob",
      foreignlySigned(OWN, END, { room: 1_048_576 }),
      "have at most 1048576 bytes beside its digests",
    ],
    ["an unknown type", set({ 28: 0x20000 }), "have blobs of known types: found 131072"],
    [
      "megabytes that nothing vouches for",
      foreignlySigned(OWN, END, { blobs: [wrapper(1_100_000)] }),
      "have at most 1048576 bytes beside its digests",
    ],
    ["a directory that is none", set({ [CODE]: 0xfade0c03 }), "have code directories where"],
    [
      "a directory without pages",
      withSignature(superBlob([[0, blob(0xfade0c02, Buffer.alloc(50))]])),
      "have code directories where",
    ],
    ["no main directory", set({ 12: 0x1001 }), "have a directory of SHA-256 digests"],
    ["pages that are scattered", set({ [CODE + 44]: 8 }), `cover bytes 0 to ${END}`],
    ["another limit of 64 bits", set({ [CODE + 60]: 16 }), `cover bytes 0 to ${END}`],
    ["another limit", set({ [CODE + 32]: END - 16 }), `cover bytes 0 to ${END}`],
    ["another hash", set({ [CODE + 36]: 0x2004000c }), "have digests of SHA-256 or SHA-1"],
    ["another hash length", set({ [CODE + 36]: 0x1402000c }), "have digests of SHA-256 or SHA-1"],
    ["one page", set({ [CODE + 36]: 0x20020000 }), "have pages of 4 to 16 KiB"],
    ["fewer pages", set({ [CODE + 28]: 3 }), "have a digest for every page"],
    ["digests behind the end", set({ [CODE + 16]: 0x7fff_ffff }), "have a digest for every page"],
    ["many special slots", set({ [CODE + 24]: 33 }), "have a digest for every page"],
    ["special slots in the head", set({ [CODE + 16]: 44 }), "have a digest for every page"],
    ["no identifier", set({ [CODE + 20]: 0 }), "have an identifier"],
    ["an identifier behind the end", set({ [CODE + 20]: 1_000_000 }), "have an identifier"],
    [
      "requirements without digest",
      foreignlySigned(OWN, END, { blobs: [[7, blob(REQUIREMENTS, Buffer.alloc(4))]] }),
      "have the digest of its blob of type 7",
    ],
  ])("findForeignFaults() refuses %s", (_what, bytes, message) => {
    const found = faults(bytes);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain("as its code signature must ");
    expect(found[0]).toContain(message);
  });

  test("findForeignFaults() finds a flip of every bit but in what only certificates vouch for", () => {
    const bytes = foreignlySigned(OWN, END, {
      blobs: [[2, blob(REQUIREMENTS, Buffer.alloc(4))]],
      room: 0,
    });
    // Without these a directory still has all that the pages need.
    const free = new Set<number>();
    const start = 12 + 8 * 2;
    const unread = (from: number, byteLength: number) => {
      for (let at = 0; at < byteLength; at++) free.add(END + start + from + at);
    };
    // version, flags and identifier's place; platform; what follows the limit; name and empty slots
    for (const [from, byteLength] of [
      [8, 8],
      [20, 4],
      [38, 1],
      [40, 4],
      [48, 8],
      [64, 24 + 20],
    ]) {
      unread(from ?? 0, byteLength ?? 0);
    }
    // The list's length, which room is left for, and how many of the empty slots there are.
    for (const at of [6, 7, start + 27]) free.add(END + at);
    unread(88 + 20, 3 * 32);
    unread(88 + 20 + 4 * 32, 32);
    const missed: number[] = [];
    for (let at = END; at < bytes.length; at++) {
      if (free.has(at)) continue;
      for (let bit = 0; bit < 8; bit++) {
        bytes[at]! ^= 1 << bit;
        if (faults(bytes).length === 0) missed.push(at - END);
        bytes[at]! ^= 1 << bit;
      }
    }
    expect(missed).toEqual([]);
  }, 60_000);
});

describe("findHeadFault() of signatures of others", () => {
  const LENGTH =
    SIGNED.length - Number(new DataView(SIGNED.buffer).getBigUint64(PLACES.linkEditOffset, true));

  test.each<[string, number, number, string | undefined]>([
    ["no bytes", PLACES.linkEditLength, 0, "bytes in the file: found 0"],
    ["one byte less", PLACES.linkEditLength, LENGTH - 1, `must have ${LENGTH} bytes`],
    ["no memory", PLACES.linkEditAddressLength, 0, "bytes in memory: found 0"],
    ["less memory than bytes", PLACES.linkEditAddressLength, LENGTH - 1, `must have ${LENGTH} to `],
    ["as much memory as bytes", PLACES.linkEditAddressLength, LENGTH, undefined],
    ["all of the last page", PLACES.linkEditAddressLength, 16_384, undefined],
    ["a page more", PLACES.linkEditAddressLength, 20_480, "to 16384 bytes in memory"],
    ["1 TiB", PLACES.linkEditAddressLength, 2 ** 40, "in memory: found 1099511627776"],
  ])("findHeadFault() knows what __LINKEDIT may have: %s", (_what, place, value, message) => {
    const bytes = SIGNED.slice();
    new DataView(bytes.buffer).setBigUint64(place, BigInt(value), true);
    const found = findHeadFault(source(bytes), END);
    if (message === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(message);
  });

  test("findHeadFault() wants the string table to reach up to the signature, where it is the last", () => {
    const view = new DataView(SIGNED.slice().buffer);
    const length = view.getUint32(PLACES.stringsLength, true);
    view.setUint32(PLACES.stringsLength, length - 15, true);
    const found = findHeadFault(source(new Uint8Array(view.buffer)), END);
    expect(found).toContain("string table must end at its code signature: found 15 bytes between");
  });

  test("findHeadFault() refuses a place where none begins", () => {
    const at = foreignlySigned(OWN, END - 4);
    expect(findHeadFault(source(at), END - 4)).toContain(`cannot begin at byte ${END - 4}`);
    expect(findHeadFault(source(SIGNED), 16)).toContain("cannot begin at byte 16");
  });
});
