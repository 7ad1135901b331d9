// Writes the small twin of a model: the same graph, its large tensors replaced by references to the bytes where they
// already lie on disk, so that ONNX Runtime maps them in place instead of copying them.
import { assert, CodedError } from "../error/index.ts";
import type { ByteSource } from "../io/index.ts";
import type { Initializer, ScannedModel } from "./scan.ts";
import type { WireField } from "./wire.ts";

/** Tensors below stay in the graph: shape inference reads small constants, and a mapping costs a page anyway. */
const MAPPED_BYTES_MIN = 4096;
/** What remains is node names and small tensors; more means a graph that holds weights where they cannot be mapped. */
const RENDERED_BYTES_MAX = 1024 * 1024 * 1024;

/** A byte range of a file on disk. The path is absolute and real: no link on the way. */
export type FileRange = {
  readonly path: string;
  readonly byteOffset: number;
  readonly byteLength: number;
};

/** Where a tensor's bytes lie: file name within the folder ONNX Runtime is told, and offset in that file. */
type Reference = { location: string; byteOffset: number; byteLength: number };

/**
 * Returns the bytes of the small model. `locate` gives the file that holds the model itself (no argument) or an
 * external data file by the name the graph gives it; all must lie in the same folder.
 */
export function renderModel(
  scanned: ScannedModel,
  source: ByteSource,
  locate: (externalFile?: string) => FileRange,
): Uint8Array {
  const graphEnd = scanned.graphField.byteOffset + scanned.graphField.byteLength;
  const content: Uint8Array[] = [];
  let copied = scanned.graphField.byteOffset;
  for (const initializer of scanned.initializers) {
    const reference = referenceOf(initializer, locate);
    if (reference === undefined) continue;
    content.push(readSpan(source, copied, initializer.field.keyOffset));
    content.push(...renderTensor(source, initializer, reference));
    copied = initializer.field.byteOffset + initializer.field.byteLength;
  }
  content.push(readSpan(source, copied, graphEnd));
  return Buffer.concat([
    readSpan(source, 0, scanned.graphField.keyOffset),
    lengthDelimited(7, content),
    readSpan(source, graphEnd, source.byteLength),
  ]);
}

function referenceOf(
  { name, place }: Initializer,
  locate: (externalFile?: string) => FileRange,
): Reference | undefined {
  if (place.kind === "inline") return undefined;
  if (place.kind === "raw" && place.byteLength < MAPPED_BYTES_MIN) return undefined;
  const range = place.kind === "raw" ? locate() : locate(place.location);
  if (place.byteOffset + place.byteLength > range.byteLength) {
    throw new CodedError(
      "ONNX_MALFORMED",
      `Cannot place tensor "${name}" as it must lie within its file of ${range.byteLength} bytes: ` +
        `found offset ${place.byteOffset}, length ${place.byteLength}: is the external data file complete?`,
      { detail: { tensor: name } },
    );
  }
  return {
    location: range.path.slice(range.path.lastIndexOf("/") + 1),
    byteOffset: range.byteOffset + place.byteOffset,
    byteLength: place.byteLength,
  };
}

/** The initializer field with its data fields replaced by `external_data` (13) and `data_location` (14) EXTERNAL. */
function renderTensor(source: ByteSource, tensor: Initializer, reference: Reference): Uint8Array[] {
  const { field, dataFields } = tensor;
  const parts: Uint8Array[] = [];
  let copied = field.byteOffset;
  for (const data of dataFields) {
    parts.push(readSpan(source, copied, data.keyOffset));
    copied = endOf(data);
  }
  parts.push(readSpan(source, copied, endOf(field)));
  parts.push(entry("location", reference.location));
  parts.push(entry("offset", String(reference.byteOffset)));
  parts.push(entry("length", String(reference.byteLength)));
  parts.push(Uint8Array.of((14 << 3) | 0, 1));
  return [lengthDelimited(5, parts)];
}

function endOf(field: WireField): number {
  return field.byteOffset + field.byteLength;
}

function entry(key: string, value: string): Uint8Array {
  return lengthDelimited(13, [
    lengthDelimited(1, [Buffer.from(key)]),
    lengthDelimited(2, [Buffer.from(value)]),
  ]);
}

/** Bytes of the file from `start` to before `end`, which may be empty; throws `ONNX_UNSUPPORTED` for too many. */
export function readSpan(source: ByteSource, start: number, end: number): Uint8Array {
  assert(start <= end, "spans are in file order");
  if (end - start > RENDERED_BYTES_MAX) {
    throw new CodedError(
      "ONNX_UNSUPPORTED",
      `Cannot map the weights of "${source.name}" as at most ${RENDERED_BYTES_MAX} bytes may lie outside of raw ` +
        `initializers: found ${end - start}: export the model with its weights as initializers`,
      { detail: { byteLength: end - start } },
    );
  }
  return start === end ? new Uint8Array(0) : source.read(start, end - start);
}

/** A protobuf field of bytes. */
export function lengthDelimited(fieldNumber: number, parts: readonly Uint8Array[]): Uint8Array {
  const byteLength = parts.reduce((sum, part) => sum + part.byteLength, 0);
  return Buffer.concat([varint((fieldNumber << 3) | 2), varint(byteLength), ...parts]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
