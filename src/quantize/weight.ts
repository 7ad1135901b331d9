// Finds the constant behind the input of a layer, through the nodes exporters put between.
import type { NodeProto, TensorProto } from "../gen/onnx_pb.ts";
import { elementTypeName, FLOAT32 } from "../onnx/index.ts";
import { countOf, dimsOf } from "./constant.ts";
import { type Graph, operatorOf } from "./graph.ts";

/** Fewer numbers than this weigh less than the operator and the scales that would replace them. */
const WEIGHTS_MIN = 1024;
/** Nodes between a constant and its reader; exporters write one or two. */
const HOPS_MAX = 8;

/** Why a layer whose weights are no constant, but computed of constants, has none to be rounded. */
export const COMPUTED = "its weights are computed in the graph";

/** A matrix of float32 numbers, [rows, columns] as it is stored. */
export type Weight = {
  /** Name of the constant: the same name is the same matrix. */
  readonly name: string;
  readonly tensor: TensorProto;
  readonly rows: number;
  readonly columns: number;
  /** Whether the layer reads it with rows and columns exchanged. */
  readonly transposed: boolean;
};

const ROUNDED = /^(?:DequantizeLinear|com\.microsoft:Dequantize\w+)$/;

/** The weight a layer reads by this name, or why it has none to be rounded. */
export function findWeight(graph: Graph, input: string): Weight | string {
  let name = input;
  let transposed = false;
  for (let hops = 0; hops < HOPS_MAX; hops++) {
    const constant = graph.constant(name);
    if (constant !== undefined) return checkWeight({ name, tensor: constant.tensor, transposed });
    const node = graph.producer(name);
    const operator = node === undefined ? "" : operatorOf(node);
    if (ROUNDED.test(operator)) return "already quantised";
    const isTurned = operator === "Transpose" && exchangesTwo(node);
    if (node === undefined || (operator !== "Identity" && !isTurned)) break;
    if (isTurned) transposed = !transposed;
    name = node.input[0] ?? "";
  }
  return COMPUTED;
}

/** Why a layer this small stays as it is. */
export function tooFew(subject: string, count: number, min: number): string {
  return `${subject} has ${count} weights (the least worth rounding is ${min})`;
}

/** Whether a value is made of constants alone, which makes it a weight; else it is an activation. */
export function isMadeOfConstants(graph: Graph, input: string): boolean {
  const seen = new Set<string>();
  const names = [input];
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    if (seen.has(name) || graph.constant(name) !== undefined) continue;
    seen.add(name);
    const node = graph.producer(name);
    if (node === undefined || seen.size > HOPS_MAX) return false;
    names.push(...node.input.filter((each) => each !== ""));
  }
  return true;
}

/** Without `perm` all axes are reversed, which is the same for two; whether there are two is seen at the constant. */
function exchangesTwo(node: NodeProto | undefined): boolean {
  const perm = node?.attribute.find(({ name }) => name === "perm")?.ints;
  return perm === undefined || perm.length === 0 || perm.join() === "1,0";
}

function checkWeight(found: Pick<Weight, "name" | "tensor" | "transposed">): Weight | string {
  const { tensor } = found;
  const { dataType = 0 } = tensor;
  if (dataType !== FLOAT32) return `its weights are ${elementTypeName(dataType)}, not float32`;
  const dims = dimsOf(tensor);
  const [rows = 0, columns = 0] = dims;
  if (dims.length !== 2) return `its weights have ${dims.length} axes, not 2`;
  // Sizes may be chosen by an attacker: two negative ones have a positive product.
  if (!(rows >= 0 && columns >= 0)) return `its weights have the sizes ${rows} and ${columns}`;
  const count = countOf(tensor);
  if (count < WEIGHTS_MIN) return tooFew("it", count, WEIGHTS_MIN);
  return { ...found, rows, columns };
}
