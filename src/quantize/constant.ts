// Numbers of constant tensors, wherever a model keeps them: raw bytes, lists of numbers, files beside the graph.
import { CodedError } from "../error/index.ts";
import type { TensorProto } from "../gen/onnx_pb.ts";
import { tensorByteLength } from "../onnx/index.ts";

const EXTERNAL = 1;

/** Gives bytes of a file beside the graph, by the name the graph has for it. */
export type ReadExternal = (
  location: string,
  range: { readonly byteOffset: number; readonly byteLength: number },
) => Uint8Array;

/** Sizes of a tensor; those beyond 2^53 are no sizes. */
export function dimsOf({ dims }: TensorProto): readonly number[] {
  return dims.map(Number);
}

export function countOf(tensor: TensorProto): number {
  return dimsOf(tensor).reduce((product, size) => product * size, 1);
}

/** The numbers of a float32 tensor. Throws `ONNX_MALFORMED` when there are more or fewer than its shape says. */
export function readFloats(tensor: TensorProto, readExternal: ReadExternal): Float32Array {
  const count = countOf(tensor);
  const floats = floatsOf(tensor, count, readExternal);
  if (floats.length === count) return floats;
  throw malformed(tensor, `${count} numbers: found ${floats.length}`);
}

function floatsOf(tensor: TensorProto, count: number, readExternal: ReadExternal): Float32Array {
  if (tensor.dataLocation === EXTERNAL) return view(externalBytes(tensor, count * 4, readExternal));
  const { rawData } = tensor;
  if (rawData === undefined || rawData.byteLength === 0) return Float32Array.from(tensor.floatData);
  return view(rawData);
}

/** Bytes in a message begin anywhere; numbers only at multiples of their size. Trailing bytes show in the count. */
function view(bytes: Uint8Array): Float32Array {
  const isAligned = bytes.byteOffset % Float32Array.BYTES_PER_ELEMENT === 0;
  const { buffer, byteOffset, byteLength } = isAligned ? bytes : new Uint8Array(bytes);
  return new Float32Array(buffer, byteOffset, Math.floor(byteLength / 4));
}

/** Moves the bytes of a tensor that lies in a file into the tensor; others stay. Throws as `readFloats`. */
export function takeIn(tensor: TensorProto, readExternal: ReadExternal): void {
  if (tensor.dataLocation !== EXTERNAL) return;
  const expected = tensorByteLength(tensor.dataType ?? 0, dimsOf(tensor));
  tensor.rawData = externalBytes(tensor, expected ?? Number.NaN, readExternal);
  tensor.externalData = [];
  delete tensor.dataLocation;
}

function externalBytes(
  tensor: TensorProto,
  expected: number,
  readExternal: ReadExternal,
): Uint8Array {
  const entries = new Map(tensor.externalData.map(({ key = "", value = "" }) => [key, value]));
  const location = entries.get("location") ?? "";
  const byteOffset = Number(entries.get("offset") ?? "0");
  const byteLength = Number(entries.get("length") ?? String(expected));
  if (location === "" || byteLength !== expected || !Number.isSafeInteger(byteOffset)) {
    throw malformed(tensor, `${expected} bytes of a file: found ${byteLength} of "${location}"`);
  }
  return readExternal(location, { byteOffset, byteLength });
}

function malformed({ name = "" }: TensorProto, expected: string): CodedError {
  return new CodedError(
    "ONNX_MALFORMED",
    `Cannot read the ONNX graph as tensor "${name}" must have ${expected}: export the model again`,
    { detail: { tensor: name } },
  );
}
