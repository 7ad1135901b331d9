// The end of a payload, and the base as it was before one was added.
import { describe, expect, test } from "bun:test";
import { baseStamp } from "../../src/about/index.ts";
import {
  baseEnd,
  CodeSigner,
  canonicalBase,
  findStamp,
  hasBaseLength,
  isSignedAtEnd,
  payloadEnd,
  signatureByteLength,
  signedBase,
} from "../../src/executable/index.ts";
import { type ByteSource, joinSources, MemorySource } from "../../src/io/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { fakeBaseBytes } from "../helper/fake-base.ts";
import { machOFaults } from "../helper/mach-o-check.ts";
import { type MachOOptions, machOBytes, PLACES } from "../helper/mach-o-file.ts";

const source = (bytes: Uint8Array) => new MemorySource(bytes, "x");
const readAll = (from: ByteSource) => from.read(0, from.byteLength);
const IDENTITY = { version: "1", target: "darwin-arm64", onnxruntime: "2" };

/** A base with a stamp, signed by us. */
function signedBytes(options: MachOOptions = {}): Uint8Array {
  const stamped = (length: number) => {
    const bytes = machOBytes({ ...options, text: baseStamp({ ...IDENTITY, length }) });
    return signedBase(source(bytes), payloadEnd(source(bytes)));
  };
  return readAll(stamped(stamped(0).byteLength));
}

/** The base with bytes between it and a new signature. */
function carrying(base: Uint8Array, payload: Uint8Array): Uint8Array {
  const signer = new CodeSigner(source(base), payloadEnd(source(base)) + payload.length);
  const held = base.slice(0, signer.heldByteLength);
  held.set(signer.head);
  const content = Uint8Array.from(Buffer.concat([held, payload]));
  signer.see(content, 0);
  return Uint8Array.from(Buffer.concat([content, signer.sign()]));
}

const PAYLOAD = Uint8Array.from({ length: 160 }, (_, index) => index);

describe("payloadEnd()", () => {
  test("payloadEnd() is the end of a file without signature", () => {
    expect(payloadEnd(source(new Uint8Array(0)))).toBe(0);
    const plain = source(fakeBaseBytes());
    expect(payloadEnd(plain)).toBe(plain.byteLength);
    expect(isSignedAtEnd(plain)).toBe(false);
    const unsigned = source(machOBytes({ signatureLength: 0 }));
    expect(payloadEnd(unsigned)).toBe(unsigned.byteLength);
  });

  test("payloadEnd() is the start of the signature that ends the file, whoever signed it", () => {
    const bytes = machOBytes();
    expect(payloadEnd(source(bytes))).toBe(bytes.length - 100);
    expect(isSignedAtEnd(source(bytes))).toBe(true);
    const file = source(carrying(signedBytes(), PAYLOAD));
    expect(file.byteLength - payloadEnd(file)).toBe(signatureByteLength(payloadEnd(file)));
  });

  test("payloadEnd() is the end of a file that goes on behind its signature, or is cut short", () => {
    const bytes = machOBytes();
    expect(payloadEnd(source(bytes.subarray(0, -1)))).toBe(bytes.length - 1);
    const longer = joinSources([source(bytes), source(PAYLOAD)], "x");
    expect(payloadEnd(longer)).toBe(longer.byteLength);
    const empty = machOBytes({ signatureLength: 16 });
    new DataView(empty.buffer).setUint32(PLACES.signatureLength, 0, true);
    new DataView(empty.buffer).setUint32(PLACES.signatureOffset, empty.length, true);
    expect(payloadEnd(source(empty))).toBe(empty.length);
    expect(isSignedAtEnd(source(empty))).toBe(false);
  });
});

describe("signedBase()", () => {
  test.each<[MachOOptions]>([
    [{}],
    [{ arch: "x64", textLength: 20_000 }],
    [{ stringsLength: 48, signatureLength: 5000 }],
    [{ textLength: 4096 * 4 - 64, stringsLength: 48 }],
  ])("signedBase() makes an executable that holds, and again the same: %j", (options) => {
    const bytes = signedBytes(options);
    expect(machOFaults(bytes)).toEqual([]);
    expect(readAll(signedBase(source(bytes), payloadEnd(source(bytes))))).toEqual(bytes);
    expect(readAll(canonicalBase(source(bytes)))).toEqual(bytes);
  });

  test("signedBase() leaves a string table alone that is not the last", () => {
    const bytes = machOBytes();
    const view = new DataView(bytes.buffer);
    view.setUint32(PLACES.stringsLength, 3, true);
    const signed = readAll(signedBase(source(bytes), payloadEnd(source(bytes))));
    expect(new DataView(signed.buffer).getUint32(PLACES.stringsLength, true)).toBe(3);
  });

  test("signedBase() reads its signature without reading it twice, and any part of it", () => {
    const base = signedBase(source(machOBytes()), 5056);
    const whole = readAll(base);
    expect(base.read(5050, 40)).toEqual(whole.slice(5050, 5090));
    expect(() => base.checkUnchanged?.()).not.toThrow();
  });

  test.each([
    ["text", "it must have a segment __TEXT"],
    ["linkEdit", "it must have a segment __LINKEDIT"],
  ] as const)("signedBase() refuses a file without %s", (without, message) => {
    const error = thrownBy(() => signedBase(source(machOBytes({ without: [without] })), 5056));
    expect(error.code).toBe("EXECUTABLE_INVALID");
    expect(error.message).toContain(message);
  });

  test("signedBase() refuses a file that never was signed, and places where no signature begins", () => {
    const refusal = (options: MachOOptions, place: number) =>
      thrownBy(() => signedBase(source(machOBytes(options)), place)).message;
    expect(refusal({ signatureLength: 0 }, 5056)).toContain("it must have a code signature");
    expect(refusal({}, 5063)).toContain("its code signature cannot begin at byte 5063");
    expect(refusal({}, 4992)).toContain("its code signature cannot begin at byte 4992");
    const early = machOBytes();
    new DataView(early.buffer).setUint32(PLACES.textFileSize, 0, true);
    new DataView(early.buffer).setUint32(PLACES.linkEditOffset, 16, true);
    expect(thrownBy(() => signedBase(source(early), 64)).message).toContain(
      "its segment __LINKEDIT must lie behind its load commands",
    );
  });
});

describe("canonicalBase()", () => {
  test("canonicalBase() gives the base back from what carries a payload, bit by bit", () => {
    for (const stringsLength of [37, 48, 33]) {
      const base = signedBytes({ stringsLength });
      const file = carrying(base, PAYLOAD);
      expect(machOFaults(file)).toEqual([]);
      expect(readAll(canonicalBase(source(file)))).toEqual(base);
      expect(readAll(canonicalBase(source(file), base.length))).toEqual(base);
      // From what carries a payload another file can be made, too.
      const again = readAll(canonicalBase(source(carrying(file, PAYLOAD)), base.length));
      expect(again).toEqual(base);
    }
  });

  test("canonicalBase() is the first bytes of a file without signature", () => {
    const base = fakeBaseBytes();
    const file = Uint8Array.from(Buffer.concat([base, PAYLOAD]));
    expect(readAll(canonicalBase(source(file)))).toEqual(Uint8Array.from(base));
    expect(thrownBy(() => canonicalBase(source(base), base.length + 1)).code).toBe(
      "IO_OUT_OF_BOUNDS",
    );
    // Without a stamp there is nothing but the file.
    expect(readAll(canonicalBase(source(PAYLOAD)))).toEqual(PAYLOAD);
  });

  test("canonicalBase() is the first bytes of a file with a payload behind its signature", () => {
    const base = signedBytes();
    const file = Uint8Array.from(Buffer.concat([base, PAYLOAD]));
    expect(readAll(canonicalBase(source(file)))).toEqual(base);
  });

  test("canonicalBase() undoes the signature of another program", () => {
    const base = signedBytes();
    const held = payloadEnd(source(base));
    const other = Uint8Array.from(Buffer.concat([base.subarray(0, held), new Uint8Array(999)]));
    new DataView(other.buffer).setUint32(PLACES.signatureLength, 999, true);
    new DataView(other.buffer).setUint32(PLACES.linkEditLength, 999 + held - 5000, true);
    expect(readAll(canonicalBase(source(other)))).toEqual(base);
    const identity = findStamp(source(other));
    expect(identity).toEqual({ ...IDENTITY, length: base.length });
    expect(hasBaseLength(identity!, source(other))).toBe(true);
  });
});

test("baseEnd() and hasBaseLength() tell a base from one that carries something", () => {
  const base = signedBytes();
  const file = carrying(base, PAYLOAD);
  const held = payloadEnd(source(base));
  const identity = { ...IDENTITY, length: base.length };
  expect([baseEnd(source(base), base.length), baseEnd(source(file), base.length)]).toEqual([
    held,
    held,
  ]);
  expect(hasBaseLength(identity, source(base))).toBe(true);
  expect(hasBaseLength(identity, source(file))).toBe(false);
  expect(hasBaseLength(identity, source(base.subarray(0, -1)))).toBe(false);
});
