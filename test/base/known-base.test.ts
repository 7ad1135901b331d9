// The list of digests in a released builder: written, read back, and read from files of strangers.
import { describe, expect, test } from "bun:test";
import {
  appendKnownBases,
  encodeKnownBases,
  hasOnlyKnownBases,
  type KnownBases,
  knownBases,
  readBaseIdentity,
} from "../../src/base/index.ts";
import { canonicalBase } from "../../src/executable/index.ts";
import { MemorySource, sha256 } from "../../src/io/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { fakeBaseBytes } from "../helper/fake-base.ts";

const FACTS = { byteLength: 5, sha256: "0123456789abcdef".repeat(4) };
const KNOWN: KnownBases = {
  version: "1.2.3",
  bases: [
    { target: "linux-arm64", asset: FACTS, base: { ...FACTS, byteLength: 7 } },
    { target: "darwin-arm64", asset: FACTS, base: FACTS },
  ],
};

const TAIL_LENGTH = 48;

function sourceOf(...parts: readonly Uint8Array[]): MemorySource {
  return new MemorySource(Buffer.concat(parts), "file");
}

/** A list of any text, sealed as it should be. */
function sealed(text: string, fields: { version?: number; length?: number } = {}): Uint8Array {
  const list = new TextEncoder().encode(text);
  const head = Buffer.alloc(16);
  head.write("ENCBASES");
  head.writeUInt32LE(fields.version ?? 1, 8);
  head.writeUInt32LE(fields.length ?? list.length, 12);
  return Buffer.concat([list, head, sha256(Buffer.concat([list, head]))]);
}

describe("knownBases()", () => {
  test("knownBases() gives what encodeKnownBases() wrote, in multiples of 16 bytes", () => {
    const bytes = encodeKnownBases(KNOWN);
    expect(bytes.length % 16).toBe(0);
    expect(knownBases(sourceOf(new Uint8Array(100), bytes))).toEqual(KNOWN);
    expect(encodeKnownBases(KNOWN)).toEqual(bytes);
  });

  test("knownBases() is undefined for what carries no list", () => {
    expect(knownBases(sourceOf())).toBeUndefined();
    expect(knownBases(sourceOf(new Uint8Array(20)))).toBeUndefined();
    expect(knownBases(sourceOf(fakeBaseBytes()))).toBeUndefined();
  });

  test("knownBases() throws BASE_LIST_DAMAGED for every flipped byte but those of its mark", () => {
    const bytes = encodeKnownBases(KNOWN);
    const mark = bytes.length - TAIL_LENGTH;
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x20;
      const read = () => knownBases(sourceOf(damaged));
      if (at >= mark && at < mark + 8) expect(read()).toBeUndefined();
      else expect(thrownBy(read).code).toBe("BASE_LIST_DAMAGED");
    }
  });

  test("knownBases() throws nothing uncoded for every length of a builder", () => {
    const bytes = encodeKnownBases(KNOWN);
    for (let length = 0; length < bytes.length; length++) {
      expect(knownBases(sourceOf(bytes.subarray(0, length)))).toBeUndefined();
      const rest = bytes.subarray(length);
      if (length === 0) continue;
      if (rest.length < TAIL_LENGTH) expect(knownBases(sourceOf(rest))).toBeUndefined();
      else expect(thrownBy(() => knownBases(sourceOf(rest))).code).toBe("BASE_LIST_DAMAGED");
    }
  });

  const bases = (value: unknown) => JSON.stringify({ version: "1", bases: value });
  const target = "linux-x64";
  test.each([
    ["no JSON"],
    ["null"],
    ["[]"],
    ['{"version":"1"}'],
    ['{"version":7,"bases":[]}'],
    ['{"version":"a/b","bases":[]}'],
    [bases("x")],
    [bases([null])],
    [bases([{ target, asset: FACTS }])],
    [bases([{ target: "../x", asset: FACTS, base: FACTS }])],
    [bases([{ target, asset: { ...FACTS, byteLength: -1 }, base: FACTS }])],
    [bases([{ target, asset: { ...FACTS, byteLength: 1.5 }, base: FACTS }])],
    [bases([{ target, asset: { ...FACTS, byteLength: "1" }, base: FACTS }])],
    [bases([{ target, asset: { ...FACTS, sha256: "A".repeat(64) }, base: FACTS }])],
    [bases([{ target, asset: { ...FACTS, sha256: 1 }, base: FACTS }])],
    [bases(Array(101).fill({ target, asset: FACTS, base: FACTS }))],
    [`"${"\ufffd".repeat(3)}`],
  ])("knownBases() refuses the sealed list %#", (text) => {
    const error = thrownBy(() => knownBases(sourceOf(sealed(text))));
    expect(error.code).toBe("BASE_LIST_DAMAGED");
  });

  test("knownBases() refuses another version, and lengths that are not there", () => {
    for (const [fields, message] of [
      [{ version: 2 }, "must have version 1: found 2"],
      [{ length: 70_000 }, "must have at most 65536 bytes: found 70000"],
      [{ length: 0xffff_ffff }, "found 4294967295"],
      [{ length: 500 }, "must have at most 65536 bytes: found 500"],
    ] as const) {
      const error = thrownBy(() => knownBases(sourceOf(sealed("{}", fields))));
      expect(error.message).toContain(message);
    }
  });
});

describe("appendKnownBases()", () => {
  test("appendKnownBases() makes a builder whose canonical base is the base", () => {
    const base = sourceOf(fakeBaseBytes());
    const builder = appendKnownBases(base, KNOWN);
    expect(builder.byteLength).toBe(base.byteLength + encodeKnownBases(KNOWN).length);
    expect(knownBases(builder)).toEqual(KNOWN);
    const identity = readBaseIdentity(builder);
    expect(identity).toEqual(readBaseIdentity(base));
    const canonical = canonicalBase(builder, identity.length);
    expect(canonical.read(0, canonical.byteLength)).toEqual(base.read(0, base.byteLength));
  });

  test("hasOnlyKnownBases() wants the list right behind the base", () => {
    const base = fakeBaseBytes();
    const list = encodeKnownBases(KNOWN);
    expect(hasOnlyKnownBases(sourceOf(base, list), base.length)).toBe(true);
    expect(hasOnlyKnownBases(sourceOf(base), base.length)).toBe(false);
    const apart = sourceOf(base, new Uint8Array(16), list);
    expect(hasOnlyKnownBases(apart, base.length)).toBe(false);
    expect(thrownBy(() => readBaseIdentity(apart)).code).toBe("BASE_INVALID");
  });
});
