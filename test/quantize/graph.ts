// Hand-made graphs, a node or two each, and runs of them before and after rounding.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import * as ort from "onnxruntime-node";
import { createRandom } from "../../scripts/fixture/random-weight.ts";
import {
  type AttributeProto,
  AttributeProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "../../src/gen/onnx_pb.ts";
import { MemorySource } from "../../src/io/index.ts";
import {
  type QuantizedGraph,
  type QuantizeOptions,
  quantizeGraph,
  type ReadExternal,
} from "../../src/quantize/index.ts";

/** Numbers around 0, the same for the same name. */
export function randomFloats(name: string, count: number): Float32Array {
  const random = createRandom(name);
  return Float32Array.from({ length: count }, () => (random() / 2 ** 31 - 1) * 0.1);
}

export function floatTensor(
  name: string,
  dims: readonly number[],
  values = randomFloats(
    name,
    dims.reduce((product, size) => product * size, 1),
  ),
): TensorProto {
  const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType: 1, rawData });
}

export function node(
  opType: string,
  inputs: readonly string[],
  output: string,
  attribute: readonly AttributeProto[] = [],
): NodeProto {
  const names = { name: `/${output}/${opType}`, opType };
  return create(NodeProtoSchema, {
    ...names,
    input: [...inputs],
    output: [output],
    attribute: [...attribute],
  });
}

export function int(name: string, i: number): AttributeProto {
  return create(AttributeProtoSchema, { name, type: 2, i: BigInt(i) });
}

export function ints(name: string, values: readonly number[]): AttributeProto {
  return create(AttributeProtoSchema, { name, type: 7, ints: values.map(BigInt) });
}

export function float(name: string, f: number): AttributeProto {
  return create(AttributeProtoSchema, { name, type: 1, f });
}

export function constant(tensor: TensorProto): NodeProto {
  const value = create(AttributeProtoSchema, { name: "value", type: 4, t: tensor });
  return node("Constant", [], tensor.name ?? "", [value]);
}

const DATA_TYPE = { float32: 1, int64: 7, bool: 9 } as const;

/** A graph input or output whose shape is open. */
function value(name: string, type: keyof typeof DATA_TYPE): ValueInfoProto {
  // TypeProto { tensor_type = 1 { elem_type = 1 } }
  return create(ValueInfoProtoSchema, {
    name,
    type: Uint8Array.of(0x0a, 2, 0x08, DATA_TYPE[type]),
  });
}

export type HandMade = {
  readonly nodes: readonly NodeProto[];
  readonly tensors?: readonly TensorProto[];
  readonly inputs?: Readonly<Record<string, keyof typeof DATA_TYPE>>;
  readonly outputs?: readonly string[];
  readonly opset?: number;
  readonly irVersion?: number;
};

export function handMade(graph: HandMade): ModelProto {
  const { nodes, tensors = [], inputs = { x: "float32" }, outputs = ["y"], opset = 14 } = graph;
  return create(ModelProtoSchema, {
    irVersion: BigInt(graph.irVersion ?? 8),
    opsetImport: [{ version: BigInt(opset) }],
    graph: {
      name: "hand made",
      node: [...nodes],
      initializer: [...tensors],
      input: Object.entries(inputs).map(([name, type]) => value(name, type)),
      output: outputs.map((name) => value(name, "float32")),
    },
  });
}

export function bytesOf(model: ModelProto): Uint8Array {
  return toBinary(ModelProtoSchema, model);
}

export function parsed(bytes: Uint8Array): ModelProto {
  return fromBinary(ModelProtoSchema, bytes);
}

/** No file lies beside the graph. */
export const NO_FILES: ReadExternal = () => {
  throw new Error("nothing is external");
};

export function quantize(
  graph: HandMade,
  options: QuantizeOptions = {},
  readExternal: ReadExternal = NO_FILES,
): QuantizedGraph {
  const source = new MemorySource(bytesOf(handMade(graph)), "hand-made.onnx");
  return quantizeGraph(source, readExternal, options);
}

/** Operators of the top level in their order; those of Microsoft without their domain. */
export function operators({ bytes }: QuantizedGraph): readonly string[] {
  return parsed(bytes).graph?.node.map(({ opType = "" }) => opType) ?? [];
}

export type Feeds = Readonly<Record<string, ort.Tensor>>;

export function floatInput(name: string, dims: readonly number[]): Feeds {
  const count = dims.reduce((product, size) => product * size, 1);
  return { [name]: new ort.Tensor("float32", randomFloats(`input ${name}`, count), dims) };
}

/** All outputs of a graph. */
export async function run(
  bytes: Uint8Array,
  feeds: Feeds,
): Promise<Readonly<Record<string, Float32Array>>> {
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  const results = await session.run(feeds);
  const copied = Object.entries(results).map(
    ([name, { data }]) => [name, Float32Array.from(data as Float32Array)] as const,
  );
  await session.release();
  return Object.fromEntries(copied);
}

/** Length of the difference beside that of the original; 0 is the same. */
export function distance(original: Float32Array, rounded: Float32Array): number {
  if (original.length !== rounded.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let size = 0;
  for (const [index, number] of original.entries()) {
    difference += (number - rounded[index]!) ** 2;
    size += number ** 2;
  }
  return Math.sqrt(difference / size);
}
