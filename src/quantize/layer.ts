// Which nodes of a graph are layers with weights, and which of them can be rounded.
import type { NodeProto } from "../gen/onnx_pb.ts";
import { FLOAT16, FLOAT32 } from "../onnx/index.ts";
import { countOf } from "./constant.ts";
import { type Graph, layerName, operatorOf } from "./graph.ts";
import { findProduct, type Product } from "./product.ts";
import { findTable, type Table } from "./table.ts";

/** A layer that can be rounded. */
export type Layer = Product | Table;

/** A layer that stays in float32, and why. */
export type KeptLayer = { readonly name: string; readonly reason: string };

/** Constants of other operators below this are no weights worth telling of. */
const TOLD_WEIGHTS_MIN = 1024;
const ROUNDED =
  /^(?:com\.microsoft:)?(?:.*Integer\w*|QLinear\w+|Q[A-Z]\w+|DynamicQuantizeMatMul|MatMulNBits)$/;

/** Undefined for nodes without weights. */
export function findLayer(graph: Graph, node: NodeProto): Layer | KeptLayer | undefined {
  const operator = operatorOf(node);
  const found = examine(graph, node, operator);
  return typeof found === "string" ? { name: layerName(node), reason: found } : found;
}

function examine(graph: Graph, node: NodeProto, operator: string): Layer | string | undefined {
  if (operator === "MatMul" || operator === "Gemm") return findProduct(graph, node);
  if (operator === "Gather") return findTable(graph, node);
  if (ROUNDED.test(operator)) return "already quantised";
  if (node.attribute.some(({ g, graphs }) => g !== undefined || graphs.length > 0)) {
    return `the bodies of ${operator} are left as they are`;
  }
  if (operator === "Constant" || operator === "Transpose" || operator === "Identity")
    return undefined;
  const hasWeights = node.input.some((name) => isMatrix(graph, name));
  return hasWeights ? `${operator} is not quantised` : undefined;
}

function isMatrix(graph: Graph, name: string): boolean {
  const tensor = graph.constant(name)?.tensor;
  if (tensor === undefined || tensor.dims.length < 2) return false;
  const isFloat = tensor.dataType === FLOAT32 || tensor.dataType === FLOAT16;
  return isFloat && countOf(tensor) >= TOLD_WEIGHTS_MIN;
}
