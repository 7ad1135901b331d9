// Where what was put behind an executable ends, and the executable as it was before. On Linux both are the ends of
// files; on macOS a payload lies before the code signature, and the start of the file says so.
import type { BaseIdentity } from "../about/index.ts";
import {
  type ByteSource,
  forEachChunk,
  joinSources,
  MemorySource,
  overlaySource,
  sliceSource,
} from "../io/index.ts";
import { encodeSignature, signatureByteLength, signatureByteOffset } from "./code-signature.ts";
import { type CommandRange, findMachO, parseMachO } from "./mach-o.ts";
import { PageDigests } from "./page-digests.ts";
import { headPatches, requireSignable, type Signable } from "./signed-head.ts";
import { findStamp } from "./stamp.ts";

/**
 * The code signature that the start of an executable for macOS states. It may end before the file does, where other
 * writers put their payload, or behind it, where the file was cut short.
 */
export function statedSignature(source: ByteSource): CommandRange | undefined {
  const signature = findMachO(source)?.signature;
  return signature?.byteLength === 0 ? undefined : signature;
}

/** The end of the file, or the start of the code signature that ends it. */
export function payloadEnd(source: ByteSource): number {
  return payloadEndBefore(source, statedSignature(source));
}

/** As `payloadEnd`, when the signature that the file states is known. */
export function payloadEndBefore(source: ByteSource, signature: CommandRange | undefined): number {
  if (signature === undefined) return source.byteLength;
  const end = signature.byteOffset + signature.byteLength;
  return end === source.byteLength ? signature.byteOffset : source.byteLength;
}

/** Whether a code signature ends the file. */
export function isSignedAtEnd(source: ByteSource): boolean {
  return payloadEnd(source) < source.byteLength;
}

/**
 * How many bytes at the start of a file belong to its base, which alone has `byteLength` bytes: all of them, or those
 * before its code signature where the file has that behind what was added.
 */
export function baseEnd(source: ByteSource, byteLength: number): number {
  const held = isSignedAtEnd(source) ? signatureByteOffset(byteLength) : undefined;
  return held ?? byteLength;
}

/** Whether the file is the whole base of this identity and nothing but it, whoever signed it. */
export function hasBaseLength({ length }: BaseIdentity, source: ByteSource): boolean {
  return payloadEnd(source) === baseEnd(source, length);
}

/**
 * The base of a file as it was released, byte for byte: without what was added to it and with the signature it had.
 * `byteLength` is its length, by default what its stamp says. Throws `IO_OUT_OF_BOUNDS` when the file is shorter, and
 * `EXECUTABLE_INVALID`.
 */
export function canonicalBase(
  source: ByteSource,
  byteLength = findStamp(source)?.length ?? source.byteLength,
): ByteSource {
  const end = baseEnd(source, byteLength);
  const isAlone = end === byteLength || source.byteLength === byteLength;
  if (isAlone) return sliceSource(source, { byteOffset: 0, byteLength }, source.name);
  return signedBase(source, end);
}

/**
 * The first `byteOffset` bytes of an executable for macOS and our signature of them, which is computed when it is read.
 * Throws `EXECUTABLE_INVALID` and `EXECUTABLE_TOO_LARGE`.
 */
export function signedBase(source: ByteSource, byteOffset: number): ByteSource {
  const range = { byteOffset: 0, byteLength: byteOffset };
  const head = sliceSource(source, range, source.name);
  const machO = requireSignable(source, parseMachO(source));
  const signed = overlaySource(head, headPatches(source, machO, byteOffset));
  let signature: MemorySource | undefined;
  const lazy: ByteSource = {
    name: source.name,
    byteLength: signatureByteLength(byteOffset),
    read(...place) {
      signature ??= new MemorySource(signatureOf(signed, machO), source.name);
      return signature.read(...place);
    },
  };
  return joinSources([signed, lazy], source.name);
}

/** Reads all of the source. */
function signatureOf(source: ByteSource, machO: Signable): Uint8Array {
  const pages = new PageDigests(source.byteLength);
  const range = { byteOffset: 0, byteLength: source.byteLength };
  forEachChunk(source, range, (chunk, byteOffset) => pages.see(chunk, byteOffset));
  return encodeSignature(machO, source.byteLength, pages.finish());
}
