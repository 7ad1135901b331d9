// Tables rows are looked up in, such as the embeddings of words: kept as bytes with a scale per row, and made numbers
// again behind the look-up, so that only the rows of a text are.
import type { NodeProto } from "../gen/onnx_pb.ts";
import { FLOAT32 } from "../onnx/index.ts";
import { type Graph, intAttribute, layerName, makeNode } from "./graph.ts";
import type { RoundedNames } from "./product.ts";
import { COMPUTED, findWeight, tooFew, type Weight } from "./weight.ts";

/** Below 256 KiB a table saves less than the three more nodes cost. */
const TABLE_WEIGHTS_MIN = 65_536;

export type Table = {
  readonly kind: "table";
  readonly name: string;
  readonly node: NodeProto;
  readonly place: NodeProto;
  readonly weight: Weight;
};

/** The look-up a Gather is, or why it stays as it is; undefined for those of shapes and of other computed values. */
export function findTable(graph: Graph, node: NodeProto): Table | string | undefined {
  const [table = ""] = node.input;
  const weight = findWeight(graph, table);
  if (weight === COMPUTED || isShape(graph, table)) return undefined;
  if (typeof weight === "string") return weight;
  if (intAttribute(node, "axis", 0) !== 0) return "it looks up along another axis than the first";
  if (weight.transposed) return "its table is transposed in the graph";
  const count = weight.rows * weight.columns;
  if (count < TABLE_WEIGHTS_MIN) return tooFew("its table", count, TABLE_WEIGHTS_MIN);
  return { kind: "table", name: layerName(node), node, place: node, weight };
}

/** Exporters also look up in short lists of sizes. */
function isShape(graph: Graph, name: string): boolean {
  const tensor = graph.constant(name)?.tensor;
  return tensor !== undefined && tensor.dataType !== FLOAT32 && tensor.dims.length < 2;
}

export function tableNodes(
  graph: Graph,
  { node }: Table,
  { bytes, scales }: RoundedNames,
): readonly NodeProto[] {
  const [, rows = ""] = node.input;
  const [output = ""] = node.output;
  const value = (suffix: string) => graph.freshName(`${output}_${suffix}`);
  const [looked, wide, scale] = [value("bytes"), value("wide"), value("scale")];
  return [
    makeNode("Gather", { inputs: [bytes, rows], outputs: [looked] }, { axis: 0 }),
    makeNode("Gather", { inputs: [scales, rows], outputs: [scale] }, { axis: 0 }),
    makeNode("Cast", { inputs: [looked], outputs: [wide] }, { to: FLOAT32 }),
    makeNode("Mul", { inputs: [wide, scale], outputs: [output] }),
  ];
}
