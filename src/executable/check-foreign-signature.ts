// Whether a signature that another program made fits the file: its structure, the fields that state its place, and its
// page digests. Not who signed: that takes certificates, which macOS has.
import { isCodedError } from "../error/index.ts";
import { type ByteSource, equalBytes, forEachChunk, sha256 } from "../io/index.ts";
import {
  CODE_DIRECTORY_MAGIC,
  DIGEST_LENGTH,
  SIGNATURE_ALIGNMENT,
  SUPER_BLOB_MAGIC,
} from "./code-signature.ts";
import { invalid } from "./mach-o.ts";
import { isLast, SEGMENT_ALIGNMENT, type Signable } from "./signed-head.ts";

/** Why a signature does not fit: one page, when only the digest of that differs. */
export type ForeignFault = {
  readonly message: string;
  readonly page?: { readonly byteOffset: number; readonly byteLength: number };
};

const SUPER_BLOB_HEAD_LENGTH = 12;
const INDEX_LENGTH = 8;
const BLOB_HEAD_LENGTH = 8;
/** Those of Apple's tools have five or six. */
const BLOBS_MAX = 32;
/**
 * All but digests, with the room behind the blobs, where Apple's tool leaves what an older signature had: real ones
 * have some ten thousand bytes. Bounds what can hide and what is held in memory.
 */
const OTHER_LENGTH_MAX = 1024 * 1024;

/** What is read first of a code directory; the shortest have more: an identifier and a digest. */
const DIRECTORY_HEAD_LENGTH = 64;
/** Before these versions, a directory lacks the fields at 44 and at 56. */
const VERSION_SCATTER = 0x20100;
const VERSION_LIMIT_64 = 0x20300;
const IDENTIFIER_OFFSET_MIN = 44;
const SPECIAL_SLOTS_MAX = 32;
/** Pages of 4, 8 and 16 KiB, all of which divide the chunks of a file. */
const PAGE_SIZES: readonly number[] = [12, 13, 14];
const SHA256_TYPE = 2;
/** What Apple's tools make: SHA-1, beside the other and for old systems, and SHA-256. */
const HASH_LENGTHS: ReadonlyMap<number, number> = new Map([
  [1, 20],
  [SHA256_TYPE, DIGEST_LENGTH],
]);

/** Types of blobs: 0 and the alternates are code directories, small ones have digests there, the wrapper has none. */
const ALTERNATES = { first: 0x1000, last: 0x1004 };
const WRAPPER = 0x10000;

type Blob = {
  readonly type: number;
  readonly magic: number;
  /** Absolute. */
  readonly byteOffset: number;
  readonly byteLength: number;
};

type Directory = {
  readonly hashType: number;
  readonly hashLength: number;
  readonly pageLength: number;
  /** Of page `index`; of the blob of type n where the index is -n. Empty when there is none. */
  readonly digestOf: (index: number) => Uint8Array;
};

/** Why the load commands do not fit a signature at `byteOffset` that is not ours; undefined when they do. */
export function foreignHeadFault(
  source: ByteSource,
  { linkEdit, strings, signature }: Signable,
  byteOffset: number,
): string | undefined {
  if (byteOffset % SIGNATURE_ALIGNMENT !== 0 || byteOffset < linkEdit.byteOffset) {
    return `Its code signature cannot begin at byte ${byteOffset}`;
  }
  const { byteLength, addressLength } = linkEdit;
  const expected = source.byteLength - linkEdit.byteOffset;
  if (byteLength !== expected) {
    return `Its segment __LINKEDIT must have ${expected} bytes in the file: found ${byteLength}`;
  }
  const most = Math.ceil(expected / SEGMENT_ALIGNMENT) * SEGMENT_ALIGNMENT;
  if (addressLength < expected || addressLength > most) {
    return `Its segment __LINKEDIT must have ${expected} to ${most} bytes in memory: found ${addressLength}`;
  }
  if (strings === undefined || !isLast(strings, signature)) return undefined;
  const gap = byteOffset - strings.byteOffset - strings.byteLength;
  return gap === 0
    ? undefined
    : `Its string table must end at its code signature: found ${gap} bytes between`;
}

/**
 * What is wrong with the signature from `byteOffset` to the end, whoever made it: one fault of its structure, or else
 * every page whose digest differs.
 */
export function findForeignFaults(source: ByteSource, byteOffset: number): readonly ForeignFault[] {
  try {
    const blobs = listBlobs(source, byteOffset);
    requireZeros(source, blobs, byteOffset);
    const directories = readDirectories(source, blobs, byteOffset);
    const checkable = directories.filter(({ hashType }) => hashType === SHA256_TYPE);
    const hasMain = blobs.some(({ type }) => type === 0);
    if (!hasMain || checkable.length === 0)
      throw unfit(source, "have a directory of SHA-256 digests");
    for (const directory of checkable) checkSpecialSlots(source, blobs, directory);
    return checkable.flatMap((directory) => findWrongPages(source, directory, byteOffset));
  } catch (thrown) {
    if (!isCodedError(thrown, "EXECUTABLE_INVALID")) throw thrown;
    return [{ message: thrown.message }];
  }
}

function unfit(source: ByteSource, expected: string) {
  return invalid(source, `its code signature must ${expected}`);
}

/** In the order of the file. */
function listBlobs(source: ByteSource, byteOffset: number): readonly Blob[] {
  const room = source.byteLength - byteOffset;
  if (room < SUPER_BLOB_HEAD_LENGTH) throw unfit(source, "be a list of blobs");
  const head = viewOf(source.read(byteOffset, SUPER_BLOB_HEAD_LENGTH));
  const [magic, length, count] = [head.getUint32(0), head.getUint32(4), head.getUint32(8)];
  if (magic !== SUPER_BLOB_MAGIC) throw unfit(source, "be a list of blobs");
  if (length > room) throw unfit(source, `have at most ${room} bytes: found ${length}`);
  const indexEnd = SUPER_BLOB_HEAD_LENGTH + INDEX_LENGTH * count;
  if (count > BLOBS_MAX || indexEnd > length) {
    throw unfit(source, `have at most ${BLOBS_MAX} blobs within its length: found ${count}`);
  }
  const index = viewOf(source.read(byteOffset, indexEnd));
  const blobs = Array.from({ length: count }, (_, number): Blob => {
    const place = SUPER_BLOB_HEAD_LENGTH + INDEX_LENGTH * number;
    const start = index.getUint32(place + 4);
    if (start > length - BLOB_HEAD_LENGTH) throw unfit(source, "hold its blobs");
    const blob = viewOf(source.read(byteOffset + start, BLOB_HEAD_LENGTH));
    return {
      type: index.getUint32(place),
      magic: blob.getUint32(0),
      byteOffset: byteOffset + start,
      byteLength: blob.getUint32(4),
    };
  }).sort((left, right) => left.byteOffset - right.byteOffset);
  let position = byteOffset + indexEnd;
  for (const blob of blobs) {
    const isShort = blob.byteLength < BLOB_HEAD_LENGTH;
    const end = blob.byteOffset + blob.byteLength;
    if (isShort || blob.byteOffset < position || end > byteOffset + length) {
      throw unfit(source, "hold its blobs, one behind the other");
    }
    position = end;
  }
  if (new Set(blobs.map(({ type }) => type)).size < count) {
    throw unfit(source, "have one blob of each type");
  }
  return blobs;
}

/** Nothing can hide there. */
function requireZeros(source: ByteSource, blobs: readonly Blob[], byteOffset: number): void {
  let position = byteOffset + SUPER_BLOB_HEAD_LENGTH + INDEX_LENGTH * blobs.length;
  for (const blob of blobs) {
    const gap = { byteOffset: position, byteLength: blob.byteOffset - position };
    forEachChunk(source, gap, (chunk) => {
      if (chunk.some((byte) => byte !== 0)) throw unfit(source, "have zeros between its blobs");
    });
    position = blob.byteOffset + blob.byteLength;
  }
}

/** Also checks that every other blob is of a known kind, and that all of them together are as short as real ones. */
function readDirectories(
  source: ByteSource,
  blobs: readonly Blob[],
  codeLimit: number,
): readonly Directory[] {
  const directories: Directory[] = [];
  let rest = OTHER_LENGTH_MAX;
  const take = (byteLength: number) => {
    rest -= byteLength;
    if (rest < 0) throw unfit(source, `have at most ${OTHER_LENGTH_MAX} bytes beside its digests`);
  };
  const last = blobs.at(-1);
  if (last !== undefined) take(source.byteLength - last.byteOffset - last.byteLength);
  for (const blob of blobs) {
    if (blob.type === 0 || isAlternate(blob.type)) {
      directories.push(readDirectory(source, blob, { codeLimit, take }));
      continue;
    }
    const isKnown = blob.type <= SPECIAL_SLOTS_MAX || blob.type === WRAPPER;
    if (!isKnown) throw unfit(source, `have blobs of known types: found ${blob.type}`);
    take(blob.byteLength);
  }
  return directories;
}

function readDirectory(
  source: ByteSource,
  blob: Blob,
  { codeLimit, take }: { codeLimit: number; take: (byteLength: number) => void },
): Directory {
  if (blob.magic !== CODE_DIRECTORY_MAGIC || blob.byteLength < DIRECTORY_HEAD_LENGTH) {
    throw unfit(source, "have code directories where it states them");
  }
  const head = viewOf(source.read(blob.byteOffset, DIRECTORY_HEAD_LENGTH));
  // 8 version, 16 hashOffset, 20 identOffset, 24 nSpecialSlots, 28 nCodeSlots, 32 codeLimit, 36 hashSize, 37 hashType,
  // 39 pageSize, 44 scatterOffset, 56 codeLimit64
  const version = head.getUint32(8);
  const isPart = version >= VERSION_SCATTER && head.getUint32(44) !== 0;
  const isLarge = version >= VERSION_LIMIT_64 && head.getBigUint64(56) !== 0n;
  if (isPart || isLarge || head.getUint32(32) !== codeLimit) {
    throw unfit(source, `cover bytes 0 to ${codeLimit}, which lie before it`);
  }
  const [hashLength, hashType, pageSize] = [36, 37, 39].map((place) => head.getUint8(place));
  const isKnown = HASH_LENGTHS.get(hashType ?? 0) === hashLength;
  if (!isKnown || hashLength === undefined || hashType === undefined) {
    throw unfit(source, "have digests of SHA-256 or SHA-1");
  }
  if (pageSize === undefined || !PAGE_SIZES.includes(pageSize)) {
    throw unfit(source, "have pages of 4 to 16 KiB");
  }
  const pageLength = 2 ** pageSize;
  const [hashOffset, nameOffset] = [head.getUint32(16), head.getUint32(20)];
  const [specialSlots, codeSlots] = [head.getUint32(24), head.getUint32(28)];
  const hashStart = hashOffset - specialSlots * hashLength;
  const hashEnd = hashOffset + codeSlots * hashLength;
  const isWhole = codeSlots === Math.ceil(codeLimit / pageLength) && hashEnd <= blob.byteLength;
  const isOrdered = specialSlots <= SPECIAL_SLOTS_MAX && hashStart >= IDENTIFIER_OFFSET_MIN;
  if (!isWhole || !isOrdered) throw unfit(source, "have a digest for every page");
  if (nameOffset < IDENTIFIER_OFFSET_MIN || nameOffset >= blob.byteLength) {
    throw unfit(source, "have an identifier");
  }
  take(blob.byteLength - (hashEnd - hashStart));
  const bytes = source.read(blob.byteOffset, blob.byteLength);
  return {
    hashType,
    hashLength,
    pageLength,
    digestOf: (index) =>
      index < -specialSlots
        ? new Uint8Array(0)
        : bytes.subarray(hashOffset + index * hashLength, hashOffset + (index + 1) * hashLength),
  };
}

/** Requirements, entitlements and their like are covered by the directory, at negative places. */
function checkSpecialSlots(
  source: ByteSource,
  blobs: readonly Blob[],
  { digestOf }: Directory,
): void {
  for (const { type, byteOffset, byteLength } of blobs) {
    if (type === 0 || type > SPECIAL_SLOTS_MAX) continue;
    if (!equalBytes(digestOf(-type), sha256(source.read(byteOffset, byteLength)))) {
      throw unfit(source, `have the digest of its blob of type ${type}`);
    }
  }
}

function findWrongPages(
  source: ByteSource,
  { pageLength, digestOf }: Directory,
  codeLimit: number,
): readonly ForeignFault[] {
  const faults: ForeignFault[] = [];
  // Chunks are of whole pages but for the end of the last.
  forEachChunk(source, { byteOffset: 0, byteLength: codeLimit }, (chunk, start) => {
    for (let at = 0; at < chunk.length; at += pageLength) {
      const page = chunk.subarray(at, at + pageLength);
      const byteOffset = start + at;
      if (equalBytes(sha256(page), digestOf(byteOffset / pageLength))) continue;
      faults.push({
        message: `The digest of the page at byte ${byteOffset} is not that of the page`,
        page: { byteOffset, byteLength: page.length },
      });
    }
  });
  return faults;
}

function isAlternate(type: number): boolean {
  return type >= ALTERNATES.first && type <= ALTERNATES.last;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
