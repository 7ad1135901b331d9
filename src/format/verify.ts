// Checks every byte of a file that something vouches for, and names the part a damage lies in. Where openFile stops at
// the first fault, this one goes on as long as what it goes by is intact.
import { isCodedError } from "../error/index.ts";
import {
  baseEnd,
  findOwnSignature,
  findStamp,
  payloadEndBefore,
  statedSignature,
} from "../executable/index.ts";
import type { Base, EncoderfileManifest } from "../gen/manifest_pb.ts";
import {
  type ByteSource,
  CHUNK_LENGTH,
  equalBytes,
  forEachChunk,
  sha256,
  sha256Source,
  toHex,
} from "../io/index.ts";
import { decodeFooter, FOOTER_LENGTH, type Footer, notAnEncoderfile } from "./footer.ts";
import { checkLength, decodeManifest, listAssets } from "./manifest.ts";
import {
  checkFooterRange,
  checkRanges,
  findSeal,
  hasPayload,
  hasPayloadWithin,
  tailByteOffset,
  unsignedPart,
} from "./open.ts";
import { decodeSeal, SEAL_LENGTH, type Seal, statedByDamagedSeal } from "./seal.ts";
import {
  compare,
  damaged,
  intact,
  type Place,
  place,
  unchecked,
  type VerifiedPart,
} from "./verified-part.ts";
import { type SignedFile, verifyCodeSignature, verifySignedBase } from "./verify-code-signature.ts";

export type VerifyReport = {
  /** No part is damaged. */
  ok: boolean;
  /** No part is unchecked. Never so for files of other writers, which do not state the digest of their base. */
  complete: boolean;
  byteLength: number;
  modelDigest?: string;
  /** In the order of the file, without gaps as long as the manifest is intact. */
  parts: readonly VerifiedPart[];
};

/** Never throws for what is in the file; throws what reading throws when the system fails. */
export function verifyFile(source: ByteSource): VerifyReport {
  const signed = findSigned(source);
  const unsigned = unsignedPart(source, signed?.end ?? source.byteLength);
  const tail = verifyTail(unsigned);
  const parts = [...tail.parts];
  let modelDigest: string | undefined;
  if (tail.footer !== undefined) {
    const known = { ...tail, footer: tail.footer, signed };
    const head = verifyManifest(unsigned, known);
    parts.push(head.part);
    if (head.manifest !== undefined) {
      modelDigest = head.digest;
      parts.push(...verifyContent(unsigned, known, head.manifest));
    }
    if (signed !== undefined) parts.push(verifyCodeSignature(signed, parts));
  }
  parts.sort((left, right) => left.byteOffset - right.byteOffset);
  return {
    ok: parts.every((part) => part.status !== "damaged"),
    complete: parts.every((part) => part.status === "intact"),
    byteLength: source.byteLength,
    ...(modelDigest === undefined ? {} : { modelDigest }),
    parts,
  };
}

/** The code signature behind the payload: as the start of the file states it, or where it is if the start is damaged. */
function findSigned(source: ByteSource): SignedFile | undefined {
  const stated = statedSignature(source);
  const end = payloadEndBefore(source, stated);
  if (end < source.byteLength) return { source, end, isCut: false };
  const own = hasPayload(source) ? undefined : findOwnSignature(source);
  if (own !== undefined) return { source, end: own, isCut: false };
  if (stated === undefined || stated.byteOffset + stated.byteLength < end) return undefined;
  return { source, end: Math.min(stated.byteOffset, end), isCut: true };
}

type Tail = {
  /** As it was written; undefined when that cannot be known. */
  footer: Footer | undefined;
  /** Only when it is intact. */
  seal: Seal | undefined;
  /** What a damaged seal says of the manifest, which may be true all the same. */
  statedManifestSha256?: Uint8Array;
  parts: readonly VerifiedPart[];
};

/** Seal and footer vouch for each other: when one is damaged, the other one tells. */
function verifyTail(source: ByteSource): Tail {
  const footerByteLength = Math.min(FOOTER_LENGTH, source.byteLength);
  const footerByteOffset = source.byteLength - footerByteLength;
  const sealByteLength = Math.min(SEAL_LENGTH, footerByteOffset);
  const bytes = {
    seal: source.read(footerByteOffset - sealByteLength, sealByteLength),
    footer: source.read(footerByteOffset, footerByteLength),
  };
  const sealPlace = place("seal", footerByteOffset - sealByteLength, sealByteLength);
  const footerPlace = place("footer", footerByteOffset, footerByteLength);
  const seal = findSeal(bytes.seal);
  // A damaged footer is read from its copy, so that the rest of the file can still be checked.
  const decoded = attempt(() => decodeUsableFooter(source, seal?.footer ?? bytes.footer));
  if (decoded.message !== undefined) {
    const part = damaged(footerPlace, decoded.message);
    return {
      footer: undefined,
      seal,
      parts: seal === undefined ? [part] : [intact(sealPlace), part],
    };
  }
  const footer = decoded.value;
  if (seal !== undefined) {
    const part = compare(footerPlace, toHex(bytes.footer), toHex(seal.footer));
    return { footer, seal, parts: [intact(sealPlace), part] };
  }
  if (!footer.sealed) {
    return { footer, seal, parts: [unchecked(footerPlace, "The file has no seal")] };
  }
  const fault = attempt(() => decodeSeal(bytes.seal, source.name));
  const stated = statedByDamagedSeal(bytes.seal);
  const footerPart = equalBytes(stated.footer, bytes.footer)
    ? intact(footerPlace)
    : unchecked(footerPlace, SEAL_IS_DAMAGED);
  const sealPart = damaged(sealPlace, fault.message ?? SEAL_IS_DAMAGED);
  return {
    footer,
    seal,
    statedManifestSha256: stated.manifestSha256,
    parts: [sealPart, footerPart],
  };
}

const SEAL_IS_DAMAGED = "The seal that would vouch for it is damaged";

/** A footer that locates a manifest within the file. */
function decodeUsableFooter(source: ByteSource, bytes: Uint8Array): Footer {
  if (bytes.length < FOOTER_LENGTH) throw notAnEncoderfile(source.name, bytes);
  const footer = decodeFooter(bytes, source.name);
  checkFooterRange(source, footer);
  checkLength(footer.manifestByteLength, source.name);
  return footer;
}

type KnownTail = Tail & {
  footer: Footer;
  /** When a code signature follows the footer. */
  signed: SignedFile | undefined;
};

/** A manifest that cannot be relied on is not returned: its digests would accuse intact parts. */
function verifyManifest(
  source: ByteSource,
  tail: KnownTail,
): { part: VerifiedPart; digest: string; manifest?: EncoderfileManifest } {
  const { footer, seal } = tail;
  const { manifestByteOffset, manifestByteLength } = footer;
  const bytes = source.read(manifestByteOffset, manifestByteLength);
  const digest = sha256(bytes);
  const where = place("manifest", manifestByteOffset, manifestByteLength);
  const shown = toHex(digest);
  if (seal !== undefined && !equalBytes(seal.manifestSha256, digest)) {
    return { part: compare(where, shown, toHex(seal.manifestSha256)), digest: shown };
  }
  const decoded = attempt(() => {
    const manifest = decodeManifest(bytes, source.name);
    const assets = listAssets(manifest, manifestByteOffset);
    checkRanges(source, { footer, seal, manifest, assets });
    return manifest;
  });
  if (decoded.message !== undefined) {
    return { part: damaged(where, decoded.message), digest: shown };
  }
  const vouched = seal?.manifestSha256 ?? tail.statedManifestSha256;
  const message = footer.sealed ? SEAL_IS_DAMAGED : "The file has no seal";
  const isVouchedFor = vouched !== undefined && equalBytes(vouched, digest);
  const part = isVouchedFor ? intact(where) : unchecked(where, message);
  return { part, digest: shown, manifest: decoded.value };
}

/** Everything before the seal but the manifest: with it, these parts leave no gap. */
function verifyContent(
  source: ByteSource,
  tail: KnownTail,
  manifest: EncoderfileManifest,
): readonly VerifiedPart[] {
  const { footer, seal } = tail;
  const parts = [verifyBase(source, tail, manifest)];
  for (const asset of listAssets(manifest, footer.manifestByteOffset)) {
    const { name, byteOffset, byteLength } = asset;
    const where = { part: "asset", name, byteOffset, byteLength } as const;
    parts.push(compare(where, toHex(sha256Source(source, asset)), asset.sha256));
  }
  if (seal?.signature !== undefined) {
    const { offset, byteLength, sha256 } = seal.signature;
    const where = place("signature", footer.manifestByteOffset + offset, byteLength);
    parts.push(compare(where, toHex(sha256Source(source, where)), toHex(sha256)));
  }
  const { manifestByteOffset, manifestByteLength } = footer;
  const occupied = [...parts, place("manifest", manifestByteOffset, manifestByteLength)];
  const end = tailByteOffset(source, footer.sealed);
  for (const gap of findGaps(occupied, end)) {
    // Before a damaged seal a signature may lie, whose place only the seal knows.
    const mustBeZero =
      footer.sealed && (seal !== undefined || gap.byteOffset + gap.byteLength < end);
    parts.push(verifyPadding(source, gap, mustBeZero));
  }
  return parts;
}

function verifyBase(
  source: ByteSource,
  { footer, signed }: KnownTail,
  manifest: EncoderfileManifest,
): VerifiedPart {
  const { base } = manifest;
  const where = place(
    "base",
    0,
    base === undefined ? footer.manifestByteOffset : Number(base.length),
  );
  const message = "The manifest does not state the digest of the base";
  const part =
    base === undefined ? unchecked(where, message) : compareBase(source, where, { base, signed });
  if (part.status === "damaged") return part;
  // Its digest is right: that of a file with a payload, or with bytes hidden behind the base, would be as well.
  if (hasPayloadWithin(source, where.byteLength)) {
    return damaged(where, "It has a payload of its own: only that of the file may be there");
  }
  // Of a file that was cut short the start says no more where the base ends.
  const isTold = base !== undefined && signed?.isCut !== true;
  const stamp = isTold ? findStamp(unsignedPart(source, where.byteLength)) : undefined;
  if (stamp === undefined) return part;
  const expected = baseEnd(signed?.source ?? source, stamp.length);
  if (expected === where.byteLength) return part;
  return damaged(where, `It says of itself that it has ${expected} bytes`);
}

function compareBase(
  source: ByteSource,
  where: Place,
  { base, signed }: { base: Base; signed: SignedFile | undefined },
): VerifiedPart {
  if (signed !== undefined) return verifySignedBase(signed, where, base.sha256);
  return compare(where, toHex(sha256Source(source, where)), toHex(base.sha256));
}

/** The ranges before `end` that no part covers. The parts do not overlap: checkRanges has seen to it. */
function findGaps(parts: readonly Place[], end: number): readonly Place[] {
  const sorted = parts
    .filter((part) => part.byteLength > 0)
    .sort((left, right) => left.byteOffset - right.byteOffset);
  const gaps: Place[] = [];
  let position = 0;
  for (const part of [...sorted, place("seal", end, 0)]) {
    if (part.byteOffset > position) {
      gaps.push(place("padding", position, part.byteOffset - position));
    }
    position = part.byteOffset + part.byteLength;
  }
  return gaps;
}

/** Comparing with zeros is a hundred times as fast as looking at each byte. */
const ZEROS = new Uint8Array(CHUNK_LENGTH);

function isZero(bytes: Uint8Array): boolean {
  return equalBytes(bytes, ZEROS.subarray(0, bytes.length));
}

/** Of bytes that are not all zero. */
function firstNonZero(bytes: Uint8Array): number {
  let low = 0;
  let high = bytes.length;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isZero(bytes.subarray(low, middle))) low = middle;
    else high = middle;
  }
  return low;
}

/** Zeros only, so that nothing can hide between the parts. */
function verifyPadding(source: ByteSource, gap: Place, mustBeZero: boolean): VerifiedPart {
  let faultByteOffset: number | undefined;
  let found = "";
  forEachChunk(source, gap, (chunk, byteOffset) => {
    if (faultByteOffset !== undefined) return;
    if (isZero(chunk)) return;
    const index = firstNonZero(chunk);
    faultByteOffset = byteOffset + index;
    found = toHex(chunk.slice(index, index + 1));
  });
  if (faultByteOffset === undefined) return intact(gap);
  if (!mustBeZero) return unchecked(gap, "No part that is known covers these bytes");
  const message = `Byte ${faultByteOffset} is not zero`;
  return { ...damaged(gap, message), expected: "00", found };
}

type Attempt<Value> = { value: Value; message?: never } | { value?: never; message: string };

/** Turns faults of the file into a message. The action reads nothing, so no failure of the system is among them. */
function attempt<Value>(action: () => Value): Attempt<Value> {
  try {
    return { value: action() };
  } catch (thrown) {
    if (!isCodedError(thrown)) throw thrown;
    return { message: thrown.message };
  }
}
