// Reads the header of a safetensors file: which arrays it holds and where. Never reads their numbers.
import { CodedError } from "../error/index.ts";
import type { ByteSource } from "../io/index.ts";
import { keyFault } from "./duplicate-key.ts";

/** One array of a file, checked to lie within it. */
export type StoredArray = {
  readonly name: string;
  /** As the file names it: "F32", "BF16", "I64"; may be one this program does not know. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Distance from the start of the file. */
  readonly byteOffset: number;
  readonly byteLength: number;
};

/** 8 bytes u64: length of the header. */
const PREFIX_BYTE_LENGTH = 8;

/**
 * An entry takes about 150 bytes: room for 100,000 arrays, where the largest models have some
 * thousands. The header is parsed in memory, and its length is chosen by whoever wrote the file.
 */
const HEADER_BYTE_LENGTH_MAX = 16 * 1024 * 1024;

/** Header, entry, list of numbers. */
const DEPTH_MAX = 3;

/** More than any framework can make; keeps a shape from being a second header. */
const RANK_MAX = 64;

/** Free text of whoever wrote the file. */
const METADATA_KEY = "__metadata__";

/** Bytes of one element. Types of less than a byte, and those not known, are not computed with. */
const ELEMENT_BYTE_LENGTH: ReadonlyMap<string, number> = new Map([
  ["BOOL", 1],
  ["U8", 1],
  ["I8", 1],
  ["F8_E5M2", 1],
  ["F8_E4M3", 1],
  ["F8_E8M0", 1],
  ["U16", 2],
  ["I16", 2],
  ["F16", 2],
  ["BF16", 2],
  ["U32", 4],
  ["I32", 4],
  ["F32", 4],
  ["U64", 8],
  ["I64", 8],
  ["F64", 8],
  ["C64", 8],
]);

/**
 * The arrays of a file by name, in the order of their bytes. Throws `SAFETENSORS_INVALID` unless
 * they fill the file without gap or overlap and each is as long as its type and shape say.
 */
export function scanSafetensors(source: ByteSource): ReadonlyMap<string, StoredArray> {
  const { header, byteLength } = readHeader(source);
  const data = { byteOffset: PREFIX_BYTE_LENGTH + byteLength, byteLength: 0 };
  data.byteLength = source.byteLength - data.byteOffset;
  const arrays: StoredArray[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === METADATA_KEY) checkMetadata(source, entry);
    else arrays.push(readEntry(source, name, { entry, data }));
  }
  arrays.sort(byPlace);
  checkCoverage(source, arrays, data);
  return new Map(arrays.map((array) => [array.name, array]));
}

type Fields = Readonly<Record<string, unknown>>;
type Range = { readonly byteOffset: number; readonly byteLength: number };

function readHeader(source: ByteSource): { header: Fields; byteLength: number } {
  if (source.byteLength < PREFIX_BYTE_LENGTH) {
    throw invalid(source, `it has ${source.byteLength} bytes where the header's length takes 8`);
  }
  // 0  u64  length of the header
  const prefix = source.read(0, PREFIX_BYTE_LENGTH);
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  const byteLength = view.getBigUint64(0, true);
  const room = Math.min(HEADER_BYTE_LENGTH_MAX, source.byteLength - PREFIX_BYTE_LENGTH);
  if (byteLength > BigInt(room)) {
    throw invalid(source, `its header is ${byteLength} bytes long: expected at most ${room}`);
  }
  // 8  UTF-8  header, an object, perhaps with spaces after it
  const bytes = source.read(PREFIX_BYTE_LENGTH, Number(byteLength));
  return { header: parseHeader(source, bytes), byteLength: bytes.length };
}

function parseHeader(source: ByteSource, bytes: Uint8Array): Fields {
  let header: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const fault = keyFault(text, DEPTH_MAX);
    if (fault !== undefined) throw invalid(source, `of its header: ${fault}`);
    header = JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof CodedError) throw thrown;
    throw invalid(source, "its header is no JSON in UTF-8", thrown);
  }
  if (!isObject(header)) throw invalid(source, "its header is no JSON object");
  return header;
}

function checkMetadata(source: ByteSource, metadata: unknown): void {
  if (isObject(metadata) && Object.values(metadata).every((text) => typeof text === "string")) {
    return;
  }
  throw invalid(source, `${METADATA_KEY} is not a map of texts`);
}

function readEntry(
  source: ByteSource,
  name: string,
  { entry, data }: { readonly entry: unknown; readonly data: Range },
): StoredArray {
  const refuse = (reason: string) => invalid(source, `the tensor ${quoted(name)} ${reason}`);
  if (!isObject(entry)) throw refuse("is no JSON object");
  const { dtype, shape, data_offsets: range, ...others } = entry;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw refuse(`has the unknown member ${quoted(unknown)}`);
  if (typeof dtype !== "string") throw refuse("has no dtype");
  if (!isCounts(shape) || shape.length > RANK_MAX) {
    throw refuse(`has no shape: expected at most ${RANK_MAX} whole numbers`);
  }
  const [begin, end] = isCounts(range) && range.length === 2 ? range : [];
  if (begin === undefined || end === undefined || begin > end) {
    throw refuse("has no data_offsets: expected two ascending whole numbers");
  }
  if (end > data.byteLength) {
    throw refuse(`ends at byte ${end} of the data, which has ${data.byteLength}`);
  }
  const byteLength = end - begin;
  const expected = byteLengthOf(dtype, shape);
  if (expected !== undefined && byteLength !== expected) {
    const found = `has ${byteLength} bytes`;
    throw refuse(`${found}: expected ${expected} for ${dtype} [${shape.join(", ")}]`);
  }
  return { name, dtype, shape, byteOffset: data.byteOffset + begin, byteLength };
}

/** Infinite, or at least no safe integer, for shapes no file could hold. */
function byteLengthOf(dtype: string, shape: readonly number[]): number | undefined {
  const size = ELEMENT_BYTE_LENGTH.get(dtype);
  if (size === undefined) return undefined;
  // A zero makes it empty, whatever else it holds: infinity times zero would be NaN.
  return shape.includes(0) ? 0 : shape.reduce((product, count) => product * count, size);
}

function byPlace(one: StoredArray, other: StoredArray): number {
  return one.byteOffset - other.byteOffset || one.byteLength - other.byteLength;
}

/** Bytes of no array could hide something; bytes of two would be read in two ways. */
function checkCoverage(source: ByteSource, arrays: readonly StoredArray[], data: Range): void {
  let end = data.byteOffset;
  for (const { name, byteOffset, byteLength } of arrays) {
    if (byteOffset !== end) {
      const found = `begins at byte ${byteOffset} of the file`;
      const fault = byteOffset < end ? "overlaps another" : "leaves a gap";
      throw invalid(source, `the tensor ${quoted(name)} ${fault}: it ${found}, expected ${end}`);
    }
    end += byteLength;
  }
  if (end === source.byteLength) return;
  throw invalid(source, `its tensors end at byte ${end} of ${source.byteLength}`);
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}

function invalid(source: ByteSource, reason: string, cause?: unknown): CodedError {
  return new CodedError(
    "SAFETENSORS_INVALID",
    `Cannot read "${source.name}" as ${reason}: is it a whole safetensors file?`,
    { detail: { file: source.name, reason }, cause },
  );
}
