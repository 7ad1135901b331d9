// Sizes in, offsets out: where each part of a file lies. Pure; reads and writes nothing.
import { assert } from "../error/index.ts";
import { SIGNATURE_ALIGNMENT, signatureByteLength } from "../executable/index.ts";
import { FOOTER_LENGTH } from "./footer.ts";
import { SEAL_LENGTH } from "./seal.ts";

/** Largest page size of the targets (arm64 Linux) and the granularity of mappings on Windows. */
export const BULK_ALIGNMENT = 65_536;
/** Lets the numbers in an asset be viewed in place, whatever their type. */
export const SMALL_ALIGNMENT = 16;

export type LayoutRequest = {
  /** Bytes of the base that are part of the file. */
  baseByteLength: number;
  manifestByteLength: number;
  /** In the order they are to lie in the file. */
  assets: readonly { byteLength: number; bulk: boolean }[];
  /** No alignment and no seal: the bytes the published writer would make. */
  compatibility: boolean;
  /** A code signature follows the footer; without it none does. */
  codeSigned?: boolean;
};

/** Absolute positions. */
export type Layout = {
  manifestByteOffset: number;
  assetByteOffsets: readonly number[];
  sealByteOffset: number | undefined;
  footerByteOffset: number;
  codeSignatureByteOffset: number | undefined;
  byteLength: number;
};

export function planLayout(request: LayoutRequest): Layout {
  const align = (position: number, alignment: number): number =>
    request.compatibility ? position : Math.ceil(position / alignment) * alignment;
  const manifestByteOffset = align(request.baseByteLength, BULK_ALIGNMENT);
  let position = manifestByteOffset + request.manifestByteLength;
  const assetByteOffsets = request.assets.map((asset) => {
    const byteOffset = align(position, asset.bulk ? BULK_ALIGNMENT : SMALL_ALIGNMENT);
    position = byteOffset + asset.byteLength;
    return byteOffset;
  });
  const codeSigned = request.codeSigned ?? false;
  assert(!(request.compatibility && codeSigned), "the published writer signs nothing");
  // Seal and footer together have a multiple of this: the signature begins where it must.
  if (codeSigned) position = align(position, SIGNATURE_ALIGNMENT);
  const sealByteOffset = request.compatibility ? undefined : position;
  const footerByteOffset = position + (request.compatibility ? 0 : SEAL_LENGTH);
  const end = footerByteOffset + FOOTER_LENGTH;
  const byteLength = end + (codeSigned ? signatureByteLength(end) : 0);
  assert(Number.isSafeInteger(byteLength), "the file is shorter than 2^53 bytes");
  const codeSignatureByteOffset = codeSigned ? end : undefined;
  return {
    manifestByteOffset,
    assetByteOffsets,
    sealByteOffset,
    footerByteOffset,
    codeSignatureByteOffset,
    byteLength,
  };
}
