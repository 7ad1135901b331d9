// Names and sizes of ONNX element types (TensorProto.DataType).

export const FLOAT32 = 1;
export const INT32 = 6;
export const INT64 = 7;
export const STRING = 8;
export const FLOAT16 = 10;
export const BFLOAT16 = 16;

/** Index = TensorProto.DataType; bits per element, 0 for those without a fixed size. */
const ELEMENT_TYPES: readonly (readonly [name: string, bits: number])[] = [
  ["undefined", 0],
  ["float32", 32],
  ["uint8", 8],
  ["int8", 8],
  ["uint16", 16],
  ["int16", 16],
  ["int32", 32],
  ["int64", 64],
  ["string", 0],
  ["bool", 8],
  ["float16", 16],
  ["float64", 64],
  ["uint32", 32],
  ["uint64", 64],
  ["complex64", 64],
  ["complex128", 128],
  ["bfloat16", 16],
  ["float8e4m3fn", 8],
  ["float8e4m3fnuz", 8],
  ["float8e5m2", 8],
  ["float8e5m2fnuz", 8],
  ["uint4", 4],
  ["int4", 4],
];

export function elementTypeName(elementType: number): string {
  return ELEMENT_TYPES[elementType]?.[0] ?? `type ${elementType}`;
}

/** Bytes of a tensor, or undefined when the type has no fixed size or the product is not exact. */
export function tensorByteLength(elementType: number, dims: readonly number[]): number | undefined {
  const bits = ELEMENT_TYPES[elementType]?.[1] ?? 0;
  if (bits === 0) return undefined;
  const count = dims.reduce((product, dim) => product * dim, 1);
  const byteLength = Math.ceil((count * bits) / 8);
  return Number.isSafeInteger(byteLength) && byteLength >= 0 ? byteLength : undefined;
}
