// Products of activations and constant weights: recognises MatMul and Gemm with what belongs to them, and writes them
// as products of bytes.
import type { NodeProto } from "../gen/onnx_pb.ts";
import { FLOAT32 } from "../onnx/index.ts";
import { countOf, dimsOf, type ReadExternal, readFloats } from "./constant.ts";
import {
  floatAttribute,
  type Graph,
  intAttribute,
  layerName,
  MICROSOFT,
  makeNode,
  operatorOf,
} from "./graph.ts";
import { COMPUTED, findWeight, isMadeOfConstants, type Weight } from "./weight.ts";

/** Sums of products of a byte and a signed byte fit 32 bits up to 2^31 / (255 * 127) terms. */
const TERMS_MAX = 65_536;

export type Product = {
  readonly kind: "product";
  readonly name: string;
  readonly node: NodeProto;
  /** Where the new nodes go: the node itself, or the addition behind it, which they take in. */
  readonly place: NodeProto;
  readonly activation: string;
  readonly weight: Weight;
  /** What the weights are multiplied with before they are rounded. */
  readonly factor: number;
  /** [terms, columns] of the matrix as it is multiplied. */
  readonly terms: number;
  readonly columns: number;
  readonly bias: Bias | undefined;
};

/** Added per column by the product itself, or by a node of its own where it has another shape. */
type Bias = { readonly name: string; readonly isRow: boolean; readonly factor: number };

/** The product a node is, or why it stays as it is; undefined for one of two activations, which has no weights. */
export function findProduct(graph: Graph, node: NodeProto): Product | string | undefined {
  const [activation = "", second = ""] = node.input;
  const weight = findWeight(graph, second);
  if (weight === COMPUTED && !isMadeOfConstants(graph, second)) return undefined;
  if (typeof weight === "string") return weight;
  if (graph.constant(activation) !== undefined) return "both of its sides are constant";
  const isGemm = operatorOf(node) === "Gemm";
  if (isGemm && intAttribute(node, "transA", 0) !== 0) return "its activations are transposed";
  const turned = isGemm && intAttribute(node, "transB", 0) !== 0;
  const read = { ...weight, transposed: weight.transposed !== turned };
  const [terms, columns] = read.transposed
    ? [weight.columns, weight.rows]
    : [weight.rows, weight.columns];
  if (terms > TERMS_MAX) return `its sums have ${terms} terms, of which 32 bits hold ${TERMS_MAX}`;
  const added = isGemm ? biasOfGemm(graph, node, columns) : biasBehind(graph, node, columns);
  if (typeof added === "string") return added;
  const factor = isGemm ? floatAttribute(node, "alpha", 1) : 1;
  const { bias, place = node } = added;
  const name = layerName(node);
  const found = { kind: "product", name, node, place, activation, factor, terms, columns } as const;
  return { ...found, weight: read, bias };
}

type Added = { readonly bias: Bias | undefined; readonly place?: NodeProto };

function biasOfGemm(graph: Graph, node: NodeProto, columns: number): Added | string {
  const name = node.input[2] ?? "";
  const factor = floatAttribute(node, "beta", 1);
  if (name === "" || factor === 0) return { bias: undefined };
  const tensor = graph.constant(name)?.tensor;
  if (tensor === undefined || tensor.dataType !== FLOAT32) {
    if (factor !== 1) return "what it adds is computed and multiplied";
    return { bias: { name, isRow: false, factor } };
  }
  const count = countOf(tensor);
  const isRow = count === 1 || (count === columns && dimsOf(tensor).at(-1) === columns);
  if (!isRow && factor !== 1) return "what it adds has a shape of its own and is multiplied";
  return { bias: { name, isRow, factor } };
}

/** Exporters write a linear layer as MatMul and Add. */
function biasBehind(graph: Graph, node: NodeProto, columns: number): Added {
  const output = node.output[0] ?? "";
  const add = graph.soleReader(output);
  if (add === undefined || operatorOf(add) !== "Add") return { bias: undefined };
  const name = add.input.find((input) => input !== output) ?? "";
  const tensor = graph.constant(name)?.tensor;
  const isRow = tensor?.dataType === FLOAT32 && dimsOf(tensor).join() === String(columns);
  return isRow ? { bias: { name, isRow, factor: 1 }, place: add } : { bias: undefined };
}

/** Names of a rounded weight's tensors. */
export type RoundedNames = { readonly bytes: string; readonly scales: string };
/** Names of rounded activations: bytes, their scale and their zero. */
export type Activation = { readonly names: readonly string[]; readonly isNew: boolean };

/**
 * Nodes that compute the product. Activations that only one layer reads are rounded by its own operator; those of
 * several layers once, for all of them.
 */
export function productNodes(
  graph: Graph,
  product: Product,
  given: {
    readonly weight: RoundedNames;
    /** Undefined where the product rounds its activations itself. */
    readonly shared: Activation | undefined;
    readonly readExternal: ReadExternal;
  },
): readonly NodeProto[] {
  const { weight, shared, readExternal } = given;
  const { activation, bias, name } = product;
  const output = product.place.output[0] ?? "";
  const row = bias?.isRow === true ? biasRow(graph, product, readExternal) : "";
  const isAddedAfter = bias !== undefined && !bias.isRow;
  const result = isAddedAfter ? graph.freshName(`${output}_product`) : output;
  const nodes: NodeProto[] = [];
  if (shared === undefined) {
    const inputs = [activation, weight.bytes, weight.scales, "", row];
    nodes.push(named(name, `${MICROSOFT}:DynamicQuantizeMatMul`, inputs, result));
  } else {
    const [bytes = "", scale = "", zero = ""] = shared.names;
    if (shared.isNew) {
      const outputs = shared.names;
      nodes.push(makeNode("DynamicQuantizeLinear", { inputs: [activation], outputs }));
    }
    const inputs = [bytes, weight.bytes, scale, weight.scales, zero, "", row];
    nodes.push(named(name, `${MICROSOFT}:MatMulIntegerToFloat`, inputs, result));
  }
  if (isAddedAfter) {
    nodes.push(makeNode("Add", { inputs: [result, bias.name], outputs: [output] }));
  }
  return nodes;
}

function named(
  name: string,
  operator: string,
  inputs: readonly string[],
  output: string,
): NodeProto {
  const last = inputs.findLastIndex((input) => input !== "") + 1;
  const node = makeNode(operator, { inputs: inputs.slice(0, last), outputs: [output] });
  node.name = name;
  return node;
}

/** The bias as the operator takes it: one number per column. */
function biasRow(graph: Graph, { bias, columns }: Product, readExternal: ReadExternal): string {
  const { name = "", factor = 1 } = bias ?? {};
  const tensor = graph.constant(name)?.tensor;
  if (tensor === undefined) return "";
  if (factor === 1 && dimsOf(tensor).join() === String(columns)) return name;
  const values = readFloats(tensor, readExternal);
  const bytes = Float32Array.from(
    { length: columns },
    (_, index) => factor * (values[values.length === 1 ? 0 : index] ?? 0),
  );
  return graph.addTensor(`${name}_row`, [columns], { type: FLOAT32, bytes });
}
