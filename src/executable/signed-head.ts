// What a Mach-O file says at its start of a signature at its end: the fields that change when something is put between.
import { CodedError } from "../error/index.ts";
import type { ByteSource, Patch } from "../io/index.ts";
import { SIGNATURE_ALIGNMENT, signatureByteLength } from "./code-signature.ts";
import {
  CODE_SIGNATURE_FIELDS,
  type CommandRange,
  invalid,
  type MachO,
  SEGMENT_FIELDS,
  type Segment,
  SYMTAB_FIELDS,
} from "./mach-o.ts";

/** Segments are mapped in pages of the processor: 16 KiB on those of Apple, which is a multiple of the others'. */
export const SEGMENT_ALIGNMENT = 16_384;
/** The fields are of 32 bits. */
const BYTE_LENGTH_MAX = 0xffff_ffff;

/** A file that can be signed: what a signature depends on is there, each in its place. */
export type Signable = MachO & {
  readonly text: Segment;
  readonly linkEdit: Segment;
  readonly signature: CommandRange;
};

/** Throws `EXECUTABLE_INVALID` when the file cannot be signed anew. */
export function requireSignable(source: ByteSource, machO: MachO): Signable {
  const { text, linkEdit, signature } = machO;
  if (text === undefined) throw invalid(source, "it must have a segment __TEXT");
  if (linkEdit === undefined) throw invalid(source, "it must have a segment __LINKEDIT");
  if (signature === undefined) throw invalid(source, "it must have a code signature");
  if (machO.commandsEnd > linkEdit.byteOffset) {
    throw invalid(source, "its segment __LINKEDIT must lie behind its load commands");
  }
  return { ...machO, text, linkEdit, signature };
}

/**
 * The fields as they must be when our signature begins at `byteOffset`. Throws `EXECUTABLE_INVALID` when none can begin
 * there, and `EXECUTABLE_TOO_LARGE`.
 */
export function headPatches(
  source: ByteSource,
  { linkEdit, signature, strings }: Signable,
  byteOffset: number,
): readonly Patch[] {
  if (byteOffset % SIGNATURE_ALIGNMENT !== 0 || byteOffset < linkEdit.byteOffset) {
    throw invalid(source, `its code signature cannot begin at byte ${byteOffset}`);
  }
  const byteLength = signatureByteLength(byteOffset);
  const end = byteOffset + byteLength;
  if (end > BYTE_LENGTH_MAX) throw tooLarge(source, end);
  const linkEditLength = end - linkEdit.byteOffset;
  const addressLength = Math.ceil(linkEditLength / SEGMENT_ALIGNMENT) * SEGMENT_ALIGNMENT;
  const patches = [
    patch64(linkEdit.commandByteOffset + SEGMENT_FIELDS.vmsize, addressLength),
    patch64(linkEdit.commandByteOffset + SEGMENT_FIELDS.filesize, linkEditLength),
    patch32(signature.commandByteOffset + CODE_SIGNATURE_FIELDS.dataoff, byteOffset),
    patch32(signature.commandByteOffset + CODE_SIGNATURE_FIELDS.datasize, byteLength),
  ];
  // Apple's tools sign a file anew only if its tables leave no gap: the string table, the last of them, grows to the
  // signature, so that whoever ships the file can sign it with a name.
  if (strings === undefined || !isLast(strings, signature)) return patches;
  const place = strings.commandByteOffset + SYMTAB_FIELDS.strsize;
  return [...patches, patch32(place, byteOffset - strings.byteOffset)];
}

/** Whether the string table is the last one before the signature. */
export function isLast(strings: CommandRange, signature: CommandRange): boolean {
  const gap = signature.byteOffset - (strings.byteOffset + strings.byteLength);
  return gap >= 0 && gap < SIGNATURE_ALIGNMENT;
}

function patch32(byteOffset: number, value: number): Patch {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return { byteOffset, bytes };
}

function patch64(byteOffset: number, value: number): Patch {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return { byteOffset, bytes };
}

function tooLarge(source: ByteSource, found: number): CodedError {
  return new CodedError(
    "EXECUTABLE_TOO_LARGE",
    `Cannot sign "${source.name}" with ${found} bytes as executables for macOS hold at most ${BYTE_LENGTH_MAX}: ` +
      "use a smaller or quantised model",
    { detail: { found, expected: BYTE_LENGTH_MAX } },
  );
}
