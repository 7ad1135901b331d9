// Checks the two parts that differ where a code signature follows the footer: the base, whose first bytes changed when
// the file was signed, and the signature, which holds a digest of every page.
import { isCodedError } from "../error/index.ts";
import {
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

/** Its digest is that of the base alone: without payload, and with the signature it had. */
export function verifySignedBase(
  { source, end }: SignedFile,
  where: Place,
  expected: Uint8Array,
): VerifiedPart {
  // The fields that change with the signature are not part of the digest. Another signer may fill them differently.
  const fault = hasOwnLength(source, end) ? findHeadFault(source, end) : undefined;
  if (fault !== undefined) return damaged(where, fault);
  try {
    const base = signedBase(source, where.byteLength);
    return compare(where, toHex(sha256Source(base)), toHex(expected));
  } catch (thrown) {
    if (!isCodedError(thrown, "EXECUTABLE_INVALID")) throw thrown;
    return damaged(where, thrown.message);
  }
}

/** `others` are the parts before it: where one is damaged, the digests of its pages accuse it and not themselves. */
export function verifyCodeSignature(
  { source, end, isCut }: SignedFile,
  others: readonly VerifiedPart[],
): VerifiedPart {
  const where = place("code_signature", end, source.byteLength - end);
  if (isCut) return damaged(where, "The file ends before it does: it was cut short");
  if (!hasOwnLength(source, end)) {
    return unchecked(where, "Another program signed the file after it was built");
  }
  const broken = others.filter((part) => part.status === "damaged");
  const isHeadIntact = broken.every((part) => part.part !== "base");
  const faults = findSignatureFaults(source, end, isHeadIntact);
  const fault = faults.find(({ page }) => !broken.some((part) => overlaps(part, page)));
  if (fault === undefined) return intact(where);
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
