// The digests of the bases of a release, appended to its builders: what they download is compared with this list. It
// lies behind the base, on macOS before the code signature, and is sealed by a digest of its own.
//
//   list   JSON, filled up with spaces to a multiple of 16 bytes
//   tail   48 bytes, below
import { VERSION } from "../about/index.ts";
import { CodedError } from "../error/index.ts";
import { baseEnd, payloadEnd, signedBase } from "../executable/index.ts";
import {
  type ByteSource,
  equalBytes,
  joinSources,
  MemorySource,
  SHA256_BYTE_LENGTH,
  sha256,
  sliceSource,
} from "../io/index.ts";

/** One base of a release. Digests are lower-case hexadecimal SHA-256. */
export type KnownBase = {
  readonly target: string;
  /** The file of the release: the base, compressed. */
  readonly asset: { readonly byteLength: number; readonly sha256: string };
  /** The base itself. */
  readonly base: { readonly byteLength: number; readonly sha256: string };
};

export type KnownBases = { readonly version: string; readonly bases: readonly KnownBase[] };

// 0   8   magic
// 8   u32 version of the list
// 12  u32 bytes of the list
// 16  32  SHA-256 of the list and of the 16 bytes above
const MAGIC = new TextEncoder().encode("ENCBASES");
const LIST_VERSION = 1;
const SEALED_BYTE_LENGTH = 16;
const TAIL_BYTE_LENGTH = SEALED_BYTE_LENGTH + SHA256_BYTE_LENGTH;
/** A code signature begins at a multiple of this, and so the list ends at one where its base does. */
const ALIGNMENT = 16;
/** A base takes some 300 bytes. */
const LIST_BYTES_MAX = 64 * 1024;
const BASES_MAX = 100;

/** The list as it is put behind a base; a multiple of 16 bytes. */
export function encodeKnownBases({ version, bases }: KnownBases): Uint8Array {
  // Named one by one: what else an object may hold is not part of the format.
  const list = bases.map(({ target, asset, base }) => ({
    target,
    asset: { byteLength: asset.byteLength, sha256: asset.sha256 },
    base: { byteLength: base.byteLength, sha256: base.sha256 },
  }));
  const json = new TextEncoder().encode(JSON.stringify({ version, bases: list }));
  const length = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(length + TAIL_BYTE_LENGTH).fill(0x20, 0, length);
  bytes.set(json);
  bytes.set(MAGIC, length);
  const view = new DataView(bytes.buffer);
  view.setUint32(length + 8, LIST_VERSION, true);
  view.setUint32(length + 12, length, true);
  const sealed = length + SEALED_BYTE_LENGTH;
  bytes.set(sha256(bytes.subarray(0, sealed)), sealed);
  return bytes;
}

/** A builder: the base with the list behind it, on macOS signed anew. `base` must be a bare base. */
export function appendKnownBases(base: ByteSource, known: KnownBases): ByteSource {
  const list = new MemorySource(encodeKnownBases(known), base.name);
  const end = payloadEnd(base);
  if (end === base.byteLength) return joinSources([base, list], base.name);
  const head = sliceSource(base, { byteOffset: 0, byteLength: end }, base.name);
  const joined = joinSources([head, list], base.name);
  return signedBase(joined, joined.byteLength);
}

/**
 * The list in an executable; undefined when it carries none. Throws `BASE_LIST_DAMAGED` when what carries its mark is
 * no list of this version, or not the one that was written.
 */
export function knownBases(executable: ByteSource): KnownBases | undefined {
  const found = readList(executable);
  return found === undefined ? undefined : parseList(found.list, executable.name);
}

/** Whether a list, and nothing else, lies behind the base of `byteLength` bytes. */
export function hasOnlyKnownBases(executable: ByteSource, byteLength: number): boolean {
  return readList(executable)?.byteOffset === baseEnd(executable, byteLength);
}

/** What a builder of this version knows of a base. */
export function knownBaseOf(target: string, known: KnownBases | undefined): KnownBase | undefined {
  if (known?.version !== VERSION) return undefined;
  return known.bases.find((base) => base.target === target);
}

type Found = { readonly list: Uint8Array; readonly byteOffset: number };

function readList(source: ByteSource): Found | undefined {
  const end = payloadEnd(source);
  const tailByteOffset = end - TAIL_BYTE_LENGTH;
  if (tailByteOffset < 0) return undefined;
  const tail = source.read(tailByteOffset, TAIL_BYTE_LENGTH);
  if (!equalBytes(tail.subarray(0, MAGIC.length), MAGIC)) return undefined;
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length);
  const version = view.getUint32(8, true);
  const byteLength = view.getUint32(12, true);
  if (version !== LIST_VERSION) {
    throw damaged(source.name, `must have version ${LIST_VERSION}: found ${version}`);
  }
  const byteOffset = tailByteOffset - byteLength;
  if (byteLength > LIST_BYTES_MAX || byteOffset < 0) {
    throw damaged(source.name, `must have at most ${LIST_BYTES_MAX} bytes: found ${byteLength}`);
  }
  const bytes = source.read(byteOffset, byteLength + SEALED_BYTE_LENGTH);
  if (!equalBytes(sha256(bytes), tail.subarray(SEALED_BYTE_LENGTH))) {
    throw damaged(source.name, "must have the digest it was sealed with: found another");
  }
  return { list: bytes.subarray(0, byteLength), byteOffset };
}

function parseList(bytes: Uint8Array, name: string): KnownBases {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw damaged(name, "must be JSON: found something else");
  }
  const { version, bases } = fieldsOf(value);
  const list = Array.isArray(bases) && bases.length <= BASES_MAX ? bases.map(parseBase) : [];
  if (!isName(version) || !Array.isArray(bases) || list.length !== bases.length) {
    throw damaged(name, "must name a version and its bases: found something else");
  }
  const complete = list.filter((base) => base !== undefined);
  if (complete.length === list.length) return { version, bases: complete };
  throw damaged(name, "must state target, lengths and digests of each base: found something else");
}

function parseBase(value: unknown): KnownBase | undefined {
  const { target, asset, base } = fieldsOf(value);
  const [assetFile, baseFile] = [parseFile(asset), parseFile(base)];
  if (!isName(target) || assetFile === undefined || baseFile === undefined) return undefined;
  return { target, asset: assetFile, base: baseFile };
}

function parseFile(value: unknown): KnownBase["base"] | undefined {
  const { byteLength, sha256: digest } = fieldsOf(value);
  if (typeof byteLength !== "number" || !Number.isSafeInteger(byteLength)) return undefined;
  if (byteLength < 0 || typeof digest !== "string" || !isDigest(digest)) return undefined;
  return { byteLength, sha256: digest };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function isName(value: unknown): value is string {
  return typeof value === "string" && /^[\w.+-]{1,64}$/.test(value);
}

/** Whether the text is a SHA-256 in lower-case hexadecimal. */
export function isDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function damaged(name: string, expected: string): CodedError {
  return new CodedError(
    "BASE_LIST_DAMAGED",
    `Cannot read the list of bases in "${name}" as it ${expected}: get this program anew`,
    { detail: { expected } },
  );
}
