// Opens a file that anybody may have made: finds footer, seal and manifest, and checks that every asset lies where one
// may lie. Reads nothing else; the digests of base and assets are for verify.ts.
import { CodedError } from "../error/index.ts";
import { payloadEnd, payloadEndBefore, statedSignature } from "../executable/index.ts";
import type { EncoderfileManifest } from "../gen/manifest_pb.ts";
import { type ByteSource, equalBytes, sha256, sliceSource, toHex } from "../io/index.ts";
import type { AssetSlot } from "./asset.ts";
import {
  decodeFooter,
  FOOTER_LENGTH,
  FOOTER_MAGIC,
  type Footer,
  hasFooterMagic,
  notAnEncoderfile,
} from "./footer.ts";
import { type Asset, checkLength, decodeManifest, listAssets } from "./manifest.ts";
import { decodeSeal, SEAL_LENGTH, type Seal } from "./seal.ts";

export type OpenedFile = {
  source: ByteSource;
  manifest: EncoderfileManifest;
  /** Lower-case hexadecimal SHA-256 of the manifest: the identity of the file. */
  modelDigest: string;
  manifestByteOffset: number;
  manifestByteLength: number;
  /** Files of other writers have no seal: nothing vouches for their manifest. */
  sealed: boolean;
  seal: Seal | undefined;
  /** In the order of the manifest's fields. */
  assets: readonly Asset[];
};

/** Whether a footer ends the payload: an executable without one is a bare base. Reads little. */
export function hasPayload(source: ByteSource): boolean {
  return hasFooterBefore(source, payloadEnd(source));
}

/**
 * Whether the first `byteLength` bytes end in a payload, or hold one before a code signature, whatever follows that: a
 * file with a payload that is made the base of another.
 */
export function hasPayloadWithin(source: ByteSource, byteLength: number): boolean {
  const part = unsignedPart(source, byteLength);
  const signature = statedSignature(part)?.byteOffset ?? byteLength;
  return hasFooterBefore(part, byteLength) || hasFooterBefore(part, signature);
}

function hasFooterBefore(source: ByteSource, end: number): boolean {
  const footerByteOffset = end - FOOTER_LENGTH;
  if (footerByteOffset < 0 || end > source.byteLength) return false;
  return hasFooterMagic(source.read(footerByteOffset, FOOTER_MAGIC.length));
}

/** The file without the code signature that may follow its footer. */
export function unsignedPart(source: ByteSource, byteLength: number): ByteSource {
  if (byteLength === source.byteLength) return source;
  return sliceSource(source, { byteOffset: 0, byteLength }, source.name);
}

/**
 * Throws `FORMAT_*` for whatever is wrong with the file, and what reading throws. A damaged seal, footer or manifest of
 * a sealed file is always found.
 */
export function openFile(source: ByteSource): OpenedFile {
  const signature = statedSignature(source);
  const unsigned = unsignedPart(source, payloadEndBefore(source, signature));
  const { footer, seal } = readTail(unsigned);
  checkSignatureEnd(source, signature);
  checkFooterRange(unsigned, footer);
  checkLength(footer.manifestByteLength, source.name);
  const bytes = source.read(footer.manifestByteOffset, footer.manifestByteLength);
  const digest = sha256(bytes);
  if (seal !== undefined) checkManifestDigest(source, seal, digest);
  const manifest = decodeManifest(bytes, source.name);
  const { manifestByteOffset, manifestByteLength, sealed } = footer;
  const assets = listAssets(manifest, manifestByteOffset);
  const modelDigest = toHex(digest);
  checkRanges(unsigned, { footer, seal, manifest, assets });
  return {
    source,
    manifest,
    modelDigest,
    manifestByteOffset,
    manifestByteLength,
    sealed,
    seal,
    assets,
  };
}

/** The asset in a slot of the published format. */
export function findAsset(opened: OpenedFile, slot: AssetSlot): Asset | undefined {
  return opened.assets.find((asset) => asset.kind === slot);
}

/** As `findAsset`, but throws `FORMAT_MISSING_ASSET`. */
export function requireAsset(opened: OpenedFile, slot: AssetSlot): Asset {
  const asset = findAsset(opened, slot);
  if (asset !== undefined) return asset;
  throw new CodedError(
    "FORMAT_MISSING_ASSET",
    `Cannot use "${opened.source.name}" as it has no ${slot}: build it anew from a complete model`,
    { detail: { expected: slot } },
  );
}

/** The bytes of one asset and nothing beyond them. */
export function assetSource(opened: OpenedFile, asset: Asset): ByteSource {
  return sliceSource(opened.source, asset, `${asset.name} of ${opened.source.name}`);
}

/** A file that ends right behind its footer opens, but no system would start it. */
function checkSignatureEnd(
  source: ByteSource,
  signature: { byteOffset: number; byteLength: number } | undefined,
): void {
  const end = signature === undefined ? 0 : signature.byteOffset + signature.byteLength;
  if (end <= source.byteLength) return;
  const found = `a file of ${source.byteLength} bytes`;
  const expected = `its code signature ends at byte ${end}`;
  throw new CodedError(
    "FORMAT_BAD_LAYOUT",
    `Cannot open "${source.name}" as ${expected}: found ${found}: it was cut short, get it anew`,
    { detail: { found, expected } },
  );
}

type Tail = { footer: Footer; seal: Seal | undefined };

function readTail(source: ByteSource): Tail {
  const byteLength = Math.min(source.byteLength, SEAL_LENGTH + FOOTER_LENGTH);
  const tail = source.read(source.byteLength - byteLength, byteLength);
  if (byteLength < FOOTER_LENGTH) throw notAnEncoderfile(source.name, tail);
  const footerBytes = tail.subarray(byteLength - FOOTER_LENGTH);
  const sealBytes = tail.subarray(0, byteLength - FOOTER_LENGTH);
  // The seal first, whatever the footer says: one flipped bit in the flags must not turn its checks off, and one in the
  // version must not look like a newer format.
  const seal = findSeal(sealBytes);
  if (seal !== undefined) checkFooterCopy(source, seal, footerBytes);
  const footer = decodeFooter(footerBytes, source.name);
  if (!footer.sealed) return { footer, seal: undefined };
  if (sealBytes.length < SEAL_LENGTH) {
    throw badFooter(source, "it says that a seal precedes it", `${sealBytes.length} bytes there`);
  }
  return { footer, seal: seal ?? decodeSeal(sealBytes, source.name) };
}

/** An intact seal in the bytes before a footer, whatever the footer says. */
export function findSeal(bytes: Uint8Array): Seal | undefined {
  if (bytes.length !== SEAL_LENGTH) return undefined;
  try {
    return decodeSeal(bytes, "");
  } catch {
    // Most unsealed files have the end of an asset here; that it is no seal is the answer.
    return undefined;
  }
}

function checkFooterCopy(source: ByteSource, seal: Seal, footerBytes: Uint8Array): void {
  if (equalBytes(seal.footer, footerBytes)) return;
  const found = toHex(footerBytes);
  const expected = toHex(seal.footer);
  throw new CodedError(
    "FORMAT_DAMAGED_FOOTER",
    `Cannot open "${source.name}" as its footer is not the one that was sealed: found ${found}, ` +
      `expected ${expected}: the file is damaged, get it anew`,
    { detail: { found, expected } },
  );
}

function checkManifestDigest(source: ByteSource, seal: Seal, digest: Uint8Array): void {
  if (equalBytes(seal.manifestSha256, digest)) return;
  const found = toHex(digest);
  const expected = toHex(seal.manifestSha256);
  throw new CodedError(
    "FORMAT_DAMAGED_MANIFEST",
    `Cannot open "${source.name}" as its manifest is not the one that was sealed: sha256 found ` +
      `${found}, expected ${expected}: the file is damaged, get it anew`,
    { detail: { found, expected } },
  );
}

/** Where the payload's last asset must end at the latest. */
export function tailByteOffset(source: ByteSource, sealed: boolean): number {
  return source.byteLength - FOOTER_LENGTH - (sealed ? SEAL_LENGTH : 0);
}

export function checkFooterRange(source: ByteSource, footer: Footer): void {
  const { manifestByteOffset, manifestByteLength } = footer;
  const end = tailByteOffset(source, footer.sealed);
  // Both numbers are below 2^53, so their sum is exact enough to compare.
  if (manifestByteOffset + manifestByteLength <= end) return;
  const found = `bytes ${manifestByteOffset} to ${manifestByteOffset + manifestByteLength}`;
  throw badFooter(source, `the manifest must end before byte ${end}`, found);
}

function badFooter(source: ByteSource, expected: string, found: string): CodedError {
  return new CodedError(
    "FORMAT_BAD_FOOTER",
    `Cannot open "${source.name}" as its footer cannot be true: ${expected}, found ${found}: ` +
      "the file is truncated or damaged",
    { detail: { found, expected } },
  );
}

/** A named byte range. */
export type Range = { name: string; byteOffset: number; byteLength: number };

/** Every range that the file states, checked to lie apart from each other and in its bounds. */
export function checkRanges(
  source: ByteSource,
  parts: {
    footer: Footer;
    seal: Seal | undefined;
    manifest: EncoderfileManifest;
    assets: readonly Asset[];
  },
): void {
  const { footer, seal, manifest, assets } = parts;
  const ranges: Range[] = [{ name: "base", byteOffset: 0, byteLength: baseLength(manifest) }];
  const manifestRange = {
    name: "manifest",
    byteOffset: footer.manifestByteOffset,
    byteLength: footer.manifestByteLength,
  };
  ranges.push(manifestRange);
  for (const { name, byteOffset, byteLength } of assets) {
    ranges.push({ name: `asset "${name}"`, byteOffset, byteLength });
  }
  if (seal?.signature !== undefined) {
    const byteOffset = footer.manifestByteOffset + seal.signature.offset;
    ranges.push({ name: "signature", byteOffset, byteLength: seal.signature.byteLength });
  }
  const fault = findRangeFault(ranges, tailByteOffset(source, footer.sealed));
  if (fault === undefined) return;
  throw new CodedError(
    "FORMAT_BAD_LAYOUT",
    `Cannot open "${source.name}" as ${fault.found}, ${fault.expected}: the file is damaged`,
    { detail: fault },
  );
}

/** 0 when the manifest does not state it, as published ones do not. */
function baseLength(manifest: EncoderfileManifest): number {
  return Number(manifest.base?.length ?? 0n);
}

/** Sorted, each range need only be compared with its neighbour: many overlapping ranges cost no more than few. */
function findRangeFault(
  ranges: readonly Range[],
  end: number,
): { found: string; expected: string } | undefined {
  const sorted = ranges
    .filter((range) => range.byteLength > 0 || range.byteOffset > end)
    .sort(
      (left, right) => left.byteOffset - right.byteOffset || left.byteLength - right.byteLength,
    );
  let previous: Range = { name: "start", byteOffset: 0, byteLength: 0 };
  for (const range of sorted) {
    const found = `its ${range.name} has bytes ${range.byteOffset} to ${endOf(range)}`;
    if (endOf(range) > end) return { found, expected: `but must end before byte ${end}` };
    if (range.byteOffset < endOf(previous)) {
      return { found, expected: `but its ${previous.name} ends at byte ${endOf(previous)}` };
    }
    previous = range;
  }
  return undefined;
}

function endOf(range: Range): number {
  return range.byteOffset + range.byteLength;
}
