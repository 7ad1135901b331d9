// Reads ValueInfoProto: the name, element type and shape of a graph input or output.
import { create } from "@bufbuild/protobuf";
import { type ValueInfo, ValueInfoSchema } from "../gen/manifest_pb.ts";
import { WIRE_VARINT, type WireCursor, type WireField } from "./wire.ts";

const NAME_BYTES_MAX = 4096;
/** Size of a dimension the graph leaves open. */
const OPEN_DIMENSION = -1n;

export function readValueInfo(cursor: WireCursor, valueField: WireField): ValueInfo {
  const info = create(ValueInfoSchema);
  eachPart(cursor, valueField, (field) => {
    if (field.number === 1) info.name = cursor.text(field, NAME_BYTES_MAX);
    // TypeProto.tensor_type
    if (field.number === 2) eachPart(cursor, field, (type) => readTensorType(cursor, type, info));
  });
  return info;
}

function readTensorType(cursor: WireCursor, typeField: WireField, info: ValueInfo): void {
  if (typeField.number !== 1) return;
  eachPart(cursor, typeField, (field) => {
    if (field.number === 1) info.elementType = cursor.integer(field);
    if (field.number === 2) eachPart(cursor, field, (dim) => readDimension(cursor, dim, info));
  });
}

function readDimension(cursor: WireCursor, dimField: WireField, info: ValueInfo): void {
  let size = OPEN_DIMENSION;
  let name = "";
  eachPart(cursor, dimField, (field) => {
    if (field.number === 1 && field.type === WIRE_VARINT) {
      const value = cursor.integer(field);
      if (value >= 0) size = BigInt(value);
    }
    if (field.number === 2) name = cursor.text(field, NAME_BYTES_MAX);
  });
  info.shape.push({ $typeName: "encoderfile.manifest.Dimension", size, name });
}

function eachPart(cursor: WireCursor, field: WireField, visit: (part: WireField) => void): void {
  cursor.eachField(field.byteOffset, field.byteOffset + field.byteLength, visit);
}
