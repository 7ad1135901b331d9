// Reads the numbers of one array as float32.
import { assert, CodedError } from "../error/index.ts";
import type { ByteSource } from "../io/index.ts";
import type { StoredArray } from "./scan.ts";

/**
 * Layers outside of a graph are matrices of some thousand rows and columns; a file may claim what
 * no memory holds. This is a matrix of 16,384 x 16,384 in float32.
 */
const ARRAY_BYTE_LENGTH_MAX = 1024 ** 3;

type Reader = (bytes: Uint8Array<ArrayBuffer>) => Float32Array;

const READER: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["F32", ({ buffer }) => new Float32Array(buffer)],
  ["F16", ({ buffer }) => new Float32Array(new Float16Array(buffer))],
  ["BF16", ({ buffer }) => bfloat16ToFloat32(new Uint16Array(buffer))],
  ["F64", ({ buffer }) => new Float32Array(new Float64Array(buffer))],
]);

/**
 * The numbers of an array that `scanSafetensors` found in this source, row-major, in memory of
 * their own. F16 and BF16 are exact, F64 is rounded. Throws `SAFETENSORS_UNSUPPORTED` for other
 * types and for arrays above 1 GiB.
 */
export function readFloats(source: ByteSource, array: StoredArray): Float32Array {
  const { name, dtype, byteOffset, byteLength } = array;
  const reader = READER.get(dtype);
  if (reader === undefined) {
    throw unsupported(source, name, {
      reason: `has the type ${dtype.slice(0, 60)}: expected ${[...READER.keys()].join(", ")}`,
      remedy: "save the model in float32",
    });
  }
  if (byteLength > ARRAY_BYTE_LENGTH_MAX) {
    throw unsupported(source, name, {
      reason: `has ${byteLength} bytes: expected at most ${ARRAY_BYTE_LENGTH_MAX}`,
      remedy: "export the model with this layer inside the graph",
    });
  }
  // A copy: within the file numbers lie at any distance from its start, views need whole elements.
  const bytes = new Uint8Array(byteLength);
  if (source.readInto === undefined) bytes.set(source.read(byteOffset, byteLength));
  else source.readInto(byteOffset, bytes);
  const floats = reader(bytes);
  const count = array.shape.reduce((product, size) => product * size, 1);
  assert(floats.length === count, "the scan compared shape and bytes");
  return floats;
}

/** A bfloat16 is the upper half of a float32. */
function bfloat16ToFloat32(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  return new Float32Array(bits.buffer);
}

function unsupported(
  source: ByteSource,
  name: string,
  { reason, remedy }: { readonly reason: string; readonly remedy: string },
): CodedError {
  const tensor = JSON.stringify(name.slice(0, 60));
  return new CodedError(
    "SAFETENSORS_UNSUPPORTED",
    `Cannot read the tensor ${tensor} of "${source.name}" as it ${reason}: ${remedy}`,
    { detail: { file: source.name, tensor: name.slice(0, 60), reason } },
  );
}
