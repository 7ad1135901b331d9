// What the graphs of all demo models have in common: inputs, opset, producer.
import type { GraphBuilder } from "../fixture/graph-builder.ts";
import type { OnnxModel, OnnxValue } from "../fixture/onnx-writer.ts";

/** Wraps a graph over input_ids and attention_mask (and token_type_ids if `pairs`). */
export function demoModel(
  graph: GraphBuilder,
  output: { name: string; dims: readonly (number | string)[]; pairs?: boolean },
): OnnxModel {
  const names = ["input_ids", "attention_mask", ...(output.pairs ? ["token_type_ids"] : [])];
  return {
    irVersion: 8,
    producerName: "encoderfile-demo-model",
    producerVersion: "1",
    opsets: [{ domain: "", version: graph.opset }],
    graphName: "main_graph",
    nodes: graph.nodes,
    initializers: graph.initializers,
    inputs: names.map((name): OnnxValue => {
      return { name, type: "int64", dims: ["batch_size", "sequence_length"] };
    }),
    outputs: [{ name: output.name, type: "float32", dims: output.dims }],
  };
}
