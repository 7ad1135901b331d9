// ModelProto in and out of bytes. Weights are views of what was read until the model is written.
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { CodedError } from "../error/index.ts";
import {
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
} from "../gen/onnx_pb.ts";
import type { ByteSource } from "../io/index.ts";

/** protobuf's own limit: no reader takes a longer message. */
const MODEL_BYTES_MAX = 2 ** 31 - 1;

/** Throws `ONNX_MALFORMED` for bytes that are no ONNX model, `QUANTIZE_TOO_LARGE` for more than one message holds. */
export function readModel(source: ByteSource): ModelProto {
  if (source.byteLength > MODEL_BYTES_MAX) throw tooLarge("read", source.byteLength);
  const bytes = source.read(0, source.byteLength);
  return decode(source.name, () => fromBinary(ModelProtoSchema, bytes));
}

/** The body of If, Loop or Scan; `name` is the file's, for messages. */
export function readSubgraph(bytes: Uint8Array, name: string): GraphProto {
  return decode(name, () => fromBinary(GraphProtoSchema, bytes));
}

/** `byteLength` is what the weights have at least: known before a copy of them is made. */
export function writeModel(model: ModelProto): Uint8Array {
  const weights = (model.graph?.initializer ?? []).reduce(
    (sum, { rawData }) => sum + (rawData?.byteLength ?? 0),
    0,
  );
  if (weights > MODEL_BYTES_MAX) throw tooLarge("write", weights);
  const bytes = toBinary(ModelProtoSchema, model);
  if (bytes.byteLength > MODEL_BYTES_MAX) throw tooLarge("write", bytes.byteLength);
  return bytes;
}

function decode<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new CodedError(
      "ONNX_MALFORMED",
      `Cannot read "${name}" as it must hold an ONNX model: found that ${reason}: is the file complete?`,
      { cause: thrown },
    );
  }
}

function tooLarge(action: string, byteLength: number): CodedError {
  return new CodedError(
    "QUANTIZE_TOO_LARGE",
    `Cannot ${action} the graph as one message holds at most ${MODEL_BYTES_MAX} bytes: found ${byteLength}: ` +
      "quantise more of its layers, or build it without --quantize",
    { detail: { byteLength } },
  );
}
