// Whether a signature at the end of a file is what our signer would have made of that file. Tells apart damage in the
// signature, in the fields at the start of the file, and in the pages whose digests differ.
import { isCodedError } from "../error/index.ts";
import { type ByteSource, equalBytes, forEachChunk } from "../io/index.ts";
import { foreignHeadFault } from "./check-foreign-signature.ts";
import {
  DIGEST_LENGTH,
  encodeSignature,
  PAGE_LENGTH,
  SIGNATURE_FIELDS,
  SIGNATURE_HEAD_LENGTH,
  SUPER_BLOB_MAGIC,
  signatureByteLength,
  signatureByteOffset,
} from "./code-signature.ts";
import { findMachO } from "./mach-o.ts";
import { PageDigests } from "./page-digests.ts";
import { headPatches, requireSignable } from "./signed-head.ts";

/** Bytes of a signature that are not what they must be. */
export type SignatureFault = {
  /** A field of the signature, or the page whose digest it is. */
  readonly field: keyof typeof SIGNATURE_FIELDS | undefined;
  readonly page: { readonly byteOffset: number; readonly byteLength: number } | undefined;
  readonly found: Uint8Array;
  readonly expected: Uint8Array;
};

/** Where a signature of ours begins when one seems to end the file, whatever the start of the file says. */
export function findOwnSignature(source: ByteSource): number | undefined {
  const byteOffset = signatureByteOffset(source.byteLength);
  if (byteOffset === undefined) return undefined;
  const magic = source.read(byteOffset, 4);
  const found = new DataView(magic.buffer, magic.byteOffset, 4).getUint32(0);
  return found === SUPER_BLOB_MAGIC ? byteOffset : undefined;
}

/** Whether the signature that begins at `byteOffset` has the length of ours: those of others have not. */
export function hasOwnLength(source: ByteSource, byteOffset: number): boolean {
  return source.byteLength - byteOffset === signatureByteLength(byteOffset);
}

/**
 * Why the start of the file does not fit the signature at `byteOffset`, ours or another's; undefined when it does. That
 * of others leaves a choice of memory only.
 */
export function findHeadFault(source: ByteSource, byteOffset: number): string | undefined {
  const machO = findMachO(source);
  if (machO === undefined) return "Its header is not that of an executable for macOS";
  try {
    const signable = requireSignable(source, machO);
    if (!hasOwnLength(source, byteOffset)) return foreignHeadFault(source, signable, byteOffset);
    const patches = headPatches(source, signable, byteOffset);
    const wrong = patches.find(
      (patch) => !equalBytes(source.read(patch.byteOffset, patch.bytes.length), patch.bytes),
    );
    if (wrong === undefined) return undefined;
    return `Its load commands do not fit the code signature, at byte ${wrong.byteOffset}`;
  } catch (thrown) {
    if (!isCodedError(thrown, "EXECUTABLE_INVALID", "EXECUTABLE_TOO_LARGE")) throw thrown;
    return thrown.message;
  }
}

/**
 * What is wrong with the signature at `byteOffset`, which has the length of ours: a digest is wrong, too, when its page
 * was damaged. Fields that repeat the start of the file are only compared with it when that `isHeadIntact`.
 */
export function findSignatureFaults(
  source: ByteSource,
  byteOffset: number,
  isHeadIntact: boolean,
): readonly SignatureFault[] {
  const found = source.read(byteOffset, source.byteLength - byteOffset);
  const pages = new PageDigests(byteOffset);
  const range = { byteOffset: 0, byteLength: byteOffset };
  forEachChunk(source, range, (chunk, place) => pages.see(chunk, place));
  const machO = isHeadIntact ? findMachO(source) : undefined;
  const header = machO ?? { text: undefined, isMain: false };
  const expected = encodeSignature(header, byteOffset, pages.finish());
  const faults: SignatureFault[] = [];
  for (const field of fieldNames()) {
    if (machO === undefined && field.startsWith("exec_seg_")) continue;
    const { offset, size } = SIGNATURE_FIELDS[field];
    const fault = compare(found, expected, { offset, size });
    if (fault !== undefined) faults.push({ ...fault, field, page: undefined });
  }
  for (let page = 0; page * PAGE_LENGTH < byteOffset; page++) {
    const offset = SIGNATURE_HEAD_LENGTH + page * DIGEST_LENGTH;
    const fault = compare(found, expected, { offset, size: DIGEST_LENGTH });
    if (fault === undefined) continue;
    const start = page * PAGE_LENGTH;
    const byteLength = Math.min(PAGE_LENGTH, byteOffset - start);
    faults.push({ ...fault, field: undefined, page: { byteOffset: start, byteLength } });
  }
  return faults;
}

function fieldNames(): readonly (keyof typeof SIGNATURE_FIELDS)[] {
  // The keys of a constant are those of its type.
  return Object.keys(SIGNATURE_FIELDS) as (keyof typeof SIGNATURE_FIELDS)[];
}

function compare(
  found: Uint8Array,
  expected: Uint8Array,
  { offset, size }: { offset: number; size: number },
): Pick<SignatureFault, "found" | "expected"> | undefined {
  const part = {
    found: found.slice(offset, offset + size),
    expected: expected.slice(offset, offset + size),
  };
  return equalBytes(part.found, part.expected) ? undefined : part;
}
