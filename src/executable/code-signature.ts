// The ad-hoc code signature macOS wants behind an executable: one CodeDirectory with a SHA-256 for each page. It says
// that the file is whole, not who made it. Its length is known before its content; equal files get equal signatures.
import { assert } from "../error/index.ts";
import type { MachO } from "./mach-o.ts";

/** The system takes 4 KiB or pages of the processor; linkers take these. */
export const PAGE_LENGTH = 4096;
export const DIGEST_LENGTH = 32;
/** Signatures begin at multiples of this, and so do their page digests. */
export const SIGNATURE_ALIGNMENT = 16;
/** Everything before the digest of the first page. */
export const SIGNATURE_HEAD_LENGTH = 128;
/** "embedded signature" and "code directory". */
export const SUPER_BLOB_MAGIC = 0xfade0cc0;
export const CODE_DIRECTORY_MAGIC = 0xfade0c02;
/** The oldest that states the executable segment, which processors of Apple ask for. */
const VERSION = 0x20400;
/** CS_ADHOC | CS_LINKER_SIGNED: as a linker's, it is replaced when a person signs the file. */
const FLAGS = 0x20002;
/** CS_HASHTYPE_SHA256. */
const HASH_TYPE = 2;
/** CS_EXECSEG_MAIN_BINARY. */
const MAIN_BINARY = 1n;
/** Part of every signature, whatever the file is called: a name would make equal files differ. */
export const IDENTIFIER = "encoderfile";

/** Byte offset and size of each field from the start of the signature. SPEC.md has the same table; a test compares them. */
export const SIGNATURE_FIELDS = {
  magic: { offset: 0, size: 4 },
  length: { offset: 4, size: 4 },
  count: { offset: 8, size: 4 },
  blob_type: { offset: 12, size: 4 },
  blob_offset: { offset: 16, size: 4 },
  directory_magic: { offset: 20, size: 4 },
  directory_length: { offset: 24, size: 4 },
  version: { offset: 28, size: 4 },
  flags: { offset: 32, size: 4 },
  hash_offset: { offset: 36, size: 4 },
  ident_offset: { offset: 40, size: 4 },
  special_slots: { offset: 44, size: 4 },
  code_slots: { offset: 48, size: 4 },
  code_limit: { offset: 52, size: 4 },
  hash_size: { offset: 56, size: 1 },
  hash_type: { offset: 57, size: 1 },
  platform: { offset: 58, size: 1 },
  page_size: { offset: 59, size: 1 },
  reserved: { offset: 60, size: 24 },
  exec_seg_base: { offset: 84, size: 8 },
  exec_seg_limit: { offset: 92, size: 8 },
  exec_seg_flags: { offset: 100, size: 8 },
  identifier: { offset: 108, size: 12 },
  padding: { offset: 120, size: 8 },
} as const;

/** Bytes of the signature of a file in which it begins at `byteOffset`. */
export function signatureByteLength(byteOffset: number): number {
  return SIGNATURE_HEAD_LENGTH + DIGEST_LENGTH * pageCount(byteOffset);
}

export function pageCount(byteLength: number): number {
  return Math.ceil(byteLength / PAGE_LENGTH);
}

/** Where the signature begins in a file of this length; undefined when none of ours ends such a file. */
export function signatureByteOffset(byteLength: number): number | undefined {
  const count = Math.ceil((byteLength - SIGNATURE_HEAD_LENGTH) / (PAGE_LENGTH + DIGEST_LENGTH));
  const byteOffset = byteLength - SIGNATURE_HEAD_LENGTH - DIGEST_LENGTH * count;
  const isOne = byteOffset > 0 && pageCount(byteOffset) === count;
  return isOne && byteOffset % SIGNATURE_ALIGNMENT === 0 ? byteOffset : undefined;
}

/** The whole signature of the `codeLimit` bytes whose pages have these digests, one after the other. */
export function encodeSignature(
  { text, isMain }: Pick<MachO, "text" | "isMain">,
  codeLimit: number,
  digests: Uint8Array,
): Uint8Array {
  assert(digests.length === DIGEST_LENGTH * pageCount(codeLimit), "every page has a digest");
  const bytes = new Uint8Array(signatureByteLength(codeLimit));
  const view = new DataView(bytes.buffer);
  // All integers of a signature are big-endian.
  const set = (field: keyof typeof SIGNATURE_FIELDS, value: number) =>
    view.setUint32(SIGNATURE_FIELDS[field].offset, value);
  const blobByteOffset = SIGNATURE_FIELDS.directory_magic.offset;
  set("magic", SUPER_BLOB_MAGIC);
  set("length", bytes.length);
  set("count", 1);
  set("blob_type", 0);
  set("blob_offset", blobByteOffset);
  set("directory_magic", CODE_DIRECTORY_MAGIC);
  set("directory_length", bytes.length - blobByteOffset);
  set("version", VERSION);
  set("flags", FLAGS);
  set("hash_offset", SIGNATURE_HEAD_LENGTH - blobByteOffset);
  set("ident_offset", SIGNATURE_FIELDS.identifier.offset - blobByteOffset);
  set("special_slots", 0);
  set("code_slots", pageCount(codeLimit));
  set("code_limit", codeLimit);
  bytes[SIGNATURE_FIELDS.hash_size.offset] = DIGEST_LENGTH;
  bytes[SIGNATURE_FIELDS.hash_type.offset] = HASH_TYPE;
  bytes[SIGNATURE_FIELDS.page_size.offset] = Math.log2(PAGE_LENGTH);
  // 60  24  no scatter, no team, no 64-bit limit: a file is shorter than its 32-bit offsets reach
  view.setBigUint64(SIGNATURE_FIELDS.exec_seg_base.offset, BigInt(text?.byteOffset ?? 0));
  view.setBigUint64(SIGNATURE_FIELDS.exec_seg_limit.offset, BigInt(text?.byteLength ?? 0));
  view.setBigUint64(SIGNATURE_FIELDS.exec_seg_flags.offset, isMain ? MAIN_BINARY : 0n);
  bytes.set(new TextEncoder().encode(IDENTIFIER), SIGNATURE_FIELDS.identifier.offset);
  bytes.set(digests, SIGNATURE_HEAD_LENGTH);
  return bytes;
}
