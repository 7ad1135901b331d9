// Lengths of signatures, forwards and backwards.
import { expect, test } from "bun:test";
import {
  encodeSignature,
  SIGNATURE_FIELDS,
  SIGNATURE_HEAD_LENGTH,
  signatureByteLength,
  signatureByteOffset,
} from "../../src/executable/code-signature.ts";

test("signatureByteOffset() undoes signatureByteLength() at every place, and finds none elsewhere", () => {
  const known = new Map<number, number>();
  for (let place = 16; place <= 5 * 4096 + 32; place += 16) {
    known.set(place + signatureByteLength(place), place);
  }
  for (let length = 0; length < 5 * 4096; length++) {
    expect([length, signatureByteOffset(length)]).toEqual([length, known.get(length)]);
  }
});

test("encodeSignature() fills the fields in order without gap", () => {
  let position = 0;
  const fields: readonly { offset: number; size: number }[] = Object.values(SIGNATURE_FIELDS);
  for (const { offset, size } of fields) {
    expect(offset).toBe(position);
    position += size;
  }
  expect(position).toBe(SIGNATURE_HEAD_LENGTH);
});

test("encodeSignature() says who is no program, and wants a digest for every page", () => {
  const library = encodeSignature({ text: undefined, isMain: false }, 16, new Uint8Array(32));
  expect(library.slice(84, 108)).toEqual(new Uint8Array(24));
  expect(() => encodeSignature({ text: undefined, isMain: true }, 4097, library)).toThrow(
    "every page has a digest",
  );
});
