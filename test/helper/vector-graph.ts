// Graphs of a few nodes whose vectors can be written out.
import type { OnnxTensor } from "../../scripts/fixture/onnx-writer.ts";
import { floats, node, TINY_ROWS, type TinyGraph, value } from "./tiny-graph.ts";

/** The vector the plain tiny graph has for a token id. */
export function tokenRow(id: number): number[] {
  return Array.from({ length: 4 }, (_, column) => Math.fround(Math.sin(id * 4 + column)));
}

/** Largest of the vectors of the real tokens: one row for each text, `width` wide. */
export function pooledGraph(
  name: string,
  width: number,
  initializers: readonly OnnxTensor[] = [],
): TinyGraph {
  return {
    outputs: [value(name, ["batch", width], "float32")],
    initializers: [floats("table", [TINY_ROWS, width], Math.sin), ...initializers],
    nodes: [
      node("Gather", ["table", "input_ids"], "vectors"),
      node("Cast", ["attention_mask"], "mask", { to: { int: 1 } }),
      node("Constant", [], "last", { value_ints: { ints: [-1] } }),
      node("Unsqueeze", ["mask", "last"], "mask3"),
      node("Mul", ["vectors", "mask3"], "masked"),
      node("ReduceMax", ["masked"], name, { axes: { ints: [1] }, keepdims: { int: 0 } }),
    ],
  };
}
