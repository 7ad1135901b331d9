// Signing what is being written.
import { expect, test } from "bun:test";
import { CodeSigner, payloadEnd, signedBase } from "../../src/executable/index.ts";
import { MemorySource } from "../../src/io/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { machOFaults } from "../helper/mach-o-check.ts";
import { machOBytes } from "../helper/mach-o-file.ts";

const source = (bytes: Uint8Array) => new MemorySource(bytes, "x");

test.each([
  [5000, 5056 + 320],
  [20_000, 90_000 + 48],
  [4096 * 3 - 64, 40_000],
])("CodeSigner signs the base and the file in one go (%d bytes of text)", (textLength, place) => {
  const bytes = machOBytes({ textLength });
  const held = payloadEnd(source(bytes));
  const signer = new CodeSigner(source(bytes), place);
  expect(signer.heldByteLength).toBe(held);
  const file = new Uint8Array(place);
  file.set(bytes.subarray(0, held));
  file.set(signer.head);
  // The base, then the last bytes of the file: what is between is skipped.
  file.fill(7, place - 100);
  signer.see(file.subarray(0, 312), 0);
  signer.see(file.subarray(312, held), 312);
  const base = signedBase(source(bytes), held);
  expect(signer.signBase()).toEqual(base.read(held, base.byteLength - held));
  expect(base.read(0, signer.baseHead.length)).toEqual(signer.baseHead);
  signer.see(file.subarray(place - 100), place - 100);
  expect(machOFaults(Uint8Array.from(Buffer.concat([file, signer.sign()])))).toEqual([]);
});

test("CodeSigner throws EXECUTABLE_TOO_LARGE where 32 bits do not reach", () => {
  const error = thrownBy(() => new CodeSigner(source(machOBytes()), 0xffff_fff0));
  expect(error.code).toBe("EXECUTABLE_TOO_LARGE");
  expect(error.message).toContain("executables for macOS hold at most 4294967295: use a smaller");
});

test("CodeSigner is not asked to cut the base", () => {
  expect(() => new CodeSigner(source(machOBytes()), 5040)).toThrow("lies behind the base");
});
