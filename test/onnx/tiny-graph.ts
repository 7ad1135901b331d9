// Small ONNX graphs for tests, with the sizes and types a test asks for: ids -> Cast -> Gather(table) -> output.
import {
  encodeOnnxModel,
  type OnnxModel,
  type OnnxTensor,
} from "../../scripts/fixture/onnx-writer.ts";

export type TinyGraph = {
  readonly vocabulary?: number;
  readonly width?: number;
  readonly inputType?: "int64" | "int32" | "float32";
  readonly dims?: readonly (number | string)[];
  readonly tableName?: string;
};

/** Row i of the table holds i, i + 0.5, i + 1 ... so that answers can be read off. */
export function tableValues(vocabulary: number, width: number): Float32Array {
  return Float32Array.from({ length: vocabulary * width }, (_, index) => {
    const row = Math.floor(index / width);
    return row + 0.5 * (index % width);
  });
}

export function tinyModel(graph: TinyGraph = {}): OnnxModel {
  const { vocabulary = 64, width = 32, inputType = "int64", tableName = "table" } = graph;
  const dims = graph.dims ?? ["batch", "sequence"];
  const table: OnnxTensor = {
    name: tableName,
    type: "float32",
    dims: [vocabulary, width],
    bytes: () => new Uint8Array(tableValues(vocabulary, width).buffer),
  };
  return {
    irVersion: 8,
    producerName: "test",
    producerVersion: "1",
    opsets: [{ domain: "", version: 14 }],
    graphName: "tiny",
    nodes: [
      {
        name: "cast",
        opType: "Cast",
        inputs: ["input_ids"],
        outputs: ["index"],
        attributes: { to: { int: 7 } },
      },
      { name: "gather", opType: "Gather", inputs: [tableName, "index"], outputs: ["hidden"] },
    ],
    initializers: [table],
    inputs: [{ name: "input_ids", type: inputType, dims }],
    outputs: [{ name: "hidden", type: "float32", dims: [...dims, width] }],
  };
}

export function modelBytes(model: OnnxModel): Uint8Array {
  return Uint8Array.from(Buffer.concat([...encodeOnnxModel(model)]));
}
