// The 160 bytes before the footer of a sealed file: they vouch for the manifest and the footer, and say where a
// signature lies. Making or checking signatures is not done here.
import { assert, CodedError } from "../error/index.ts";
import { equalBytes, SHA256_BYTE_LENGTH, sha256, toHex } from "../io/index.ts";
import { FOOTER_LENGTH } from "./footer.ts";

/** "ENCSEAL" and a zero byte. */
export const SEAL_MAGIC: Uint8Array = new TextEncoder().encode("ENCSEAL\0");
export const SEAL_LENGTH = 160;
export const SEAL_VERSION = 1;

/** Byte offset and size of each field, in file order. SPEC.md has the same table; a test compares them. */
export const SEAL_FIELDS = {
  magic: { offset: 0, size: 8 },
  seal_version: { offset: 8, size: 4 },
  reserved: { offset: 12, size: 4 },
  manifest_sha256: { offset: 16, size: 32 },
  footer_copy: { offset: 48, size: 32 },
  signature_offset: { offset: 80, size: 8 },
  signature_length: { offset: 88, size: 8 },
  signature_sha256: { offset: 96, size: 32 },
  seal_sha256: { offset: 128, size: 32 },
} as const;

/** Where a signature block lies and what its bytes hash to. */
export type SignaturePlace = {
  /** Distance from the first byte of the manifest, as for assets. */
  offset: number;
  byteLength: number;
  sha256: Uint8Array;
};

export type Seal = {
  manifestSha256: Uint8Array;
  /** The footer as it was written. */
  footer: Uint8Array;
  signature: SignaturePlace | undefined;
};

export function encodeSeal(seal: Seal): Uint8Array {
  assert(seal.manifestSha256.length === SHA256_BYTE_LENGTH, "a digest has 32 bytes");
  assert(seal.footer.length === FOOTER_LENGTH, "a footer has 32 bytes");
  const bytes = new Uint8Array(SEAL_LENGTH);
  const view = new DataView(bytes.buffer);
  bytes.set(SEAL_MAGIC, SEAL_FIELDS.magic.offset);
  view.setUint32(SEAL_FIELDS.seal_version.offset, SEAL_VERSION, true);
  // 12  u32  reserved: stays zero
  bytes.set(seal.manifestSha256, SEAL_FIELDS.manifest_sha256.offset);
  bytes.set(seal.footer, SEAL_FIELDS.footer_copy.offset);
  if (seal.signature !== undefined) {
    const { offset, byteLength } = seal.signature;
    view.setBigUint64(SEAL_FIELDS.signature_offset.offset, BigInt(offset), true);
    view.setBigUint64(SEAL_FIELDS.signature_length.offset, BigInt(byteLength), true);
    bytes.set(seal.signature.sha256, SEAL_FIELDS.signature_sha256.offset);
  }
  bytes.set(sealDigest(bytes), SEAL_FIELDS.seal_sha256.offset);
  return bytes;
}

/** Throws `FORMAT_DAMAGED_SEAL`; `name` is the file, for messages. */
export function decodeSeal(bytes: Uint8Array, name: string): Seal {
  assert(bytes.length === SEAL_LENGTH, "a seal has 160 bytes");
  const fault = findFault(bytes);
  if (fault !== undefined) {
    throw new CodedError(
      "FORMAT_DAMAGED_SEAL",
      `Cannot open "${name}" as its seal ${fault.what}: found ${fault.found}, ` +
        `expected ${fault.expected}: the file is damaged, get it anew`,
      { detail: { found: fault.found, expected: fault.expected } },
    );
  }
  return {
    manifestSha256: field(bytes, "manifest_sha256"),
    footer: field(bytes, "footer_copy"),
    signature: decodeSignature(bytes),
  };
}

/** What a damaged seal says of manifest and footer: true all the same when the damage lies elsewhere in it. */
export function statedByDamagedSeal(bytes: Uint8Array): Pick<Seal, "manifestSha256" | "footer"> {
  return { manifestSha256: field(bytes, "manifest_sha256"), footer: field(bytes, "footer_copy") };
}

type Fault = { what: string; found: string; expected: string };

/** The digest is checked last, so that a newer seal is told apart from a damaged one in words. */
function findFault(bytes: Uint8Array): Fault | undefined {
  const magic = field(bytes, "magic");
  if (!equalBytes(magic, SEAL_MAGIC)) {
    return { what: "has no magic", found: toHex(magic), expected: toHex(SEAL_MAGIC) };
  }
  const found = toHex(field(bytes, "seal_sha256"));
  const expected = toHex(sealDigest(bytes));
  if (found !== expected) return { what: "does not match its own digest", found, expected };
  const version = toHex(bytes.subarray(SEAL_FIELDS.seal_version.offset, 16));
  const versionExpected = "0100000000000000";
  if (version !== versionExpected) {
    return { what: "has an unknown version", found: version, expected: versionExpected };
  }
  return undefined;
}

function decodeSignature(bytes: Uint8Array): SignaturePlace | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const offset = view.getBigUint64(SEAL_FIELDS.signature_offset.offset, true);
  const byteLength = view.getBigUint64(SEAL_FIELDS.signature_length.offset, true);
  if (byteLength === 0n) return undefined;
  // Numbers beyond 2^53 lose their last digits here, which does not matter: they lie beyond the end of any file.
  return {
    offset: Number(offset),
    byteLength: Number(byteLength),
    sha256: field(bytes, "signature_sha256"),
  };
}

function field(bytes: Uint8Array, name: keyof typeof SEAL_FIELDS): Uint8Array {
  const { offset, size } = SEAL_FIELDS[name];
  return bytes.slice(offset, offset + size);
}

function sealDigest(bytes: Uint8Array): Uint8Array {
  return sha256(bytes.subarray(0, SEAL_FIELDS.seal_sha256.offset));
}
