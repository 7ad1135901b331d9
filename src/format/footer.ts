// The last 32 bytes of every encoderfile: where the manifest lies. Knows nothing of what is in it.
import { assert, CodedError } from "../error/index.ts";

/** "ENCFILE" and a zero byte. */
export const FOOTER_MAGIC: Uint8Array = new TextEncoder().encode("ENCFILE\0");
export const FOOTER_LENGTH = 32;
export const FORMAT_VERSION = 1;

/** Byte offset and size of each field, in file order. SPEC.md has the same table; a test compares them. */
export const FOOTER_FIELDS = {
  magic: { offset: 0, size: 8 },
  format_version: { offset: 8, size: 4 },
  manifest_offset: { offset: 12, size: 8 },
  manifest_length: { offset: 20, size: 8 },
  flags: { offset: 28, size: 4 },
} as const;

/** The manifest is protobuf. Always set: the published format knows no other encoding. */
export const FLAG_PROTOBUF = 1;
/** A seal lies right before the footer. */
export const FLAG_SEALED = 2;

export type Footer = {
  /** Absolute position of the first byte of the manifest. */
  manifestByteOffset: number;
  manifestByteLength: number;
  sealed: boolean;
};

export function encodeFooter(footer: Footer): Uint8Array {
  assert(Number.isSafeInteger(footer.manifestByteOffset), "manifest offset is a safe integer");
  assert(Number.isSafeInteger(footer.manifestByteLength), "manifest length is a safe integer");
  const bytes = new Uint8Array(FOOTER_LENGTH);
  const view = new DataView(bytes.buffer);
  bytes.set(FOOTER_MAGIC, FOOTER_FIELDS.magic.offset);
  view.setUint32(FOOTER_FIELDS.format_version.offset, FORMAT_VERSION, true);
  view.setBigUint64(FOOTER_FIELDS.manifest_offset.offset, BigInt(footer.manifestByteOffset), true);
  view.setBigUint64(FOOTER_FIELDS.manifest_length.offset, BigInt(footer.manifestByteLength), true);
  view.setUint32(FOOTER_FIELDS.flags.offset, flagsOf(footer), true);
  return bytes;
}

function flagsOf(footer: Footer): number {
  return footer.sealed ? FLAG_PROTOBUF | FLAG_SEALED : FLAG_PROTOBUF;
}

export function hasFooterMagic(bytes: Uint8Array): boolean {
  return FOOTER_MAGIC.every((byte, index) => byte === bytes[index]);
}

/**
 * Decodes exactly 32 bytes; `name` is the file, for messages. Whether the manifest lies within the file is for the
 * caller to check, who knows its length.
 */
export function decodeFooter(bytes: Uint8Array, name: string): Footer {
  assert(bytes.length === FOOTER_LENGTH, "a footer has 32 bytes");
  if (!hasFooterMagic(bytes)) throw notAnEncoderfile(name, bytes.subarray(0, FOOTER_MAGIC.length));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  checkVersion(view.getUint32(FOOTER_FIELDS.format_version.offset, true), name);
  const flags = view.getUint32(FOOTER_FIELDS.flags.offset, true);
  checkFlags(flags, name);
  return {
    manifestByteOffset: toNumber(view, "manifest_offset", name),
    manifestByteLength: toNumber(view, "manifest_length", name),
    sealed: (flags & FLAG_SEALED) !== 0,
  };
}

export function notAnEncoderfile(name: string, found: Uint8Array): CodedError {
  const expected = FOOTER_MAGIC.toHex();
  const shown = found.length === 0 ? "an empty file" : found.toHex();
  return new CodedError(
    "FORMAT_NOT_ENCODERFILE",
    `Cannot open "${name}" as an encoderfile as it does not end in a footer with magic ${expected}: ` +
      `found ${shown}: is it complete, and was it made by "build"?`,
    { detail: { found: shown, expected } },
  );
}

function checkVersion(found: number, name: string): void {
  if (found === FORMAT_VERSION) return;
  throw new CodedError(
    "FORMAT_UNKNOWN_VERSION",
    `Cannot open "${name}" as its format version is ${found} and this program knows only ` +
      `${FORMAT_VERSION}: use a newer release, or check the file for damage`,
    { detail: { found, expected: FORMAT_VERSION } },
  );
}

/** Every flag is critical: a bit we do not know may change what the bytes mean. */
function checkFlags(found: number, name: string): void {
  const known = found === FLAG_PROTOBUF || found === (FLAG_PROTOBUF | FLAG_SEALED);
  if (known) return;
  throw new CodedError(
    "FORMAT_UNKNOWN_FLAG",
    `Cannot open "${name}" as its flags are 0x${found.toString(16)} and this program knows only ` +
      "0x1 and 0x3: use a newer release, or check the file for damage",
    { detail: { found, expected: "1 or 3" } },
  );
}

function toNumber(
  view: DataView,
  field: "manifest_offset" | "manifest_length",
  name: string,
): number {
  const found = view.getBigUint64(FOOTER_FIELDS[field].offset, true);
  if (found <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(found);
  throw new CodedError(
    "FORMAT_BAD_FOOTER",
    `Cannot open "${name}" as its ${field} is ${found}, beyond the end of any file: ` +
      "the footer is damaged",
    { detail: { found: String(found), expected: `at most ${Number.MAX_SAFE_INTEGER}` } },
  );
}
