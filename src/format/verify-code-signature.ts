// Checks the two parts that differ where a code signature follows the footer: the base, whose first bytes changed when
// the file was signed, and the signature, which holds a digest of every page.
import { isCodedError } from "../error/index.ts";
import {
  findForeignFaults,
  findHeadFault,
  findSignatureFaults,
  hasOwnLength,
  type SignatureFault,
  signedBase,
} from "../executable/index.ts";
import { type ByteSource, sha256Source, toHex } from "../io/index.ts";
import {
  compare,
  damaged,
  intact,
  type Place,
  place,
  unchecked,
  type VerifiedPart,
} from "./verified-part.ts";

/** A file and where its code signature begins, or began before the file was cut short. */
export type SignedFile = {
  readonly source: ByteSource;
  readonly end: number;
  readonly isCut: boolean;
};

const DAMAGED_PAGES = "It does not fit the damaged part, so that it cannot be checked against it";

/** Its digest is that of the base alone: without payload, and with the signature it had. */
export function verifySignedBase(
  { source, end, isCut }: SignedFile,
  where: Place,
  expected: Uint8Array,
): VerifiedPart {
  // The fields that change with the signature are not part of the digest.
  const fault = isCut ? undefined : findHeadFault(source, end);
  if (fault !== undefined) return damaged(where, fault);
  try {
    const base = signedBase(source, where.byteLength);
    return compare(where, toHex(sha256Source(base)), toHex(expected));
  } catch (thrown) {
    if (!isCodedError(thrown, "EXECUTABLE_INVALID", "EXECUTABLE_TOO_LARGE")) throw thrown;
    return damaged(where, thrown.message);
  }
}

/**
 * `others` are the parts before it: where one is damaged, the digests of its pages accuse it and not themselves, and
 * the signature is unchecked at best.
 */
export function verifyCodeSignature(
  { source, end, isCut }: SignedFile,
  others: readonly VerifiedPart[],
): VerifiedPart {
  const where = place("code_signature", end, source.byteLength - end);
  if (isCut) return damaged(where, "The file ends before it does: it was cut short");
  const broken = others.filter((part) => part.status === "damaged");
  if (!hasOwnLength(source, end)) {
    const faults = findForeignFaults(source, end);
    const fault = faults.find(({ page }) => !broken.some((part) => overlaps(part, page)));
    if (fault !== undefined) return damaged(where, fault.message);
    return unchecked(where, "Another program signed the file after it was built");
  }
  const isHeadIntact = broken.every((part) => part.part !== "base");
  const faults = findSignatureFaults(source, end, isHeadIntact);
  const fault = faults.find(({ page }) => !broken.some((part) => overlaps(part, page)));
  if (fault === undefined) {
    // What does not fit, or was not compared, is about parts that are damaged: these bytes may be right or wrong.
    if (faults.length === 0 && isHeadIntact) return intact(where);
    return unchecked(where, DAMAGED_PAGES);
  }
  const { found, expected } = fault;
  return {
    ...damaged(where, describe(fault)),
    found: toHex(found),
    expected: toHex(expected),
  };
}

function overlaps(
  part: VerifiedPart,
  page: { byteOffset: number; byteLength: number } | undefined,
): boolean {
  if (page === undefined) return false;
  return (
    part.byteOffset < page.byteOffset + page.byteLength &&
    page.byteOffset < part.byteOffset + part.byteLength
  );
}

function describe({ field, page }: SignatureFault): string {
  return page === undefined
    ? `Its field ${field} is not what it must be`
    : `The digest of the page at byte ${page.byteOffset} is not that of the page`;
}
