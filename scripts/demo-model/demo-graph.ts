// What the graphs of the demo models have in common: inputs, producer, the window of neighbours.
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

/** relu(bias + kernel over the neighbours): [batch, sequence, from] to [batch, sequence, to]. */
export function addWindow(
  graph: GraphBuilder,
  input: string,
  window: {
    /** [before + 1 + after, from, to], as training holds it. */
    kernel: Float32Array;
    bias: Float32Array;
    sizes: { from: number; to: number; before: number; after: number };
  },
): string {
  const { from, to, before, after } = window.sizes;
  const width = before + 1 + after;
  // Conv wants [to, from, width].
  const turned = new Float32Array(window.kernel.length);
  for (let k = 0; k < width; k++) {
    for (let f = 0; f < from; f++) {
      for (let t = 0; t < to; t++) {
        turned[(t * from + f) * width + k] = window.kernel[(k * from + f) * to + t]!;
      }
    }
  }
  const kernel = graph.weight("window.weight", [to, from, width], () => turned);
  const bias = graph.weight("window.bias", [to], () => window.bias);
  const turn = { perm: { ints: [0, 2, 1] } };
  const mixed = graph.add(
    "/window",
    "Conv",
    [graph.add("/window", "Transpose", [input], turn), kernel, bias],
    {
      kernel_shape: { ints: [width] },
      pads: { ints: [before, after] },
    },
  );
  return graph.add("/window", "Transpose", [graph.add("/window", "Relu", [mixed])], turn);
}
