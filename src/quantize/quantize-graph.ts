// A float32 graph -> the same graph with its weights as bytes: which layers, in which order, and what was left alone.

import { CodedError } from "../error/index.ts";
import type { NodeProto } from "../gen/onnx_pb.ts";
import type { ByteSource } from "../io/index.ts";
import { FLOAT32 } from "../onnx/index.ts";
import { type ReadExternal, readFloats, takeIn } from "./constant.ts";
import { Graph } from "./graph.ts";
import { findLayer, type KeptLayer, type Layer } from "./layer.ts";
import { readModel, writeModel } from "./model-proto.ts";
import { matchingPattern } from "./pattern.ts";
import { type Activation, productNodes, type RoundedNames } from "./product.ts";
import {
  areFinite,
  type RoundedMatrix,
  roundColumns,
  roundRows,
  transpose,
} from "./round-weight.ts";
import { tableNodes } from "./table.ts";

/** ONNX TensorProto.DataType */
const INT8 = 3;
/** The first opset with DynamicQuantizeLinear. */
const OPSET_MIN = 11;

export type QuantizeOptions = {
  /** Layers that stay as they are, by a part of their node's or weight's name or with `*` for any characters. */
  readonly exclude?: readonly string[];
  /** Layers that stay as they are, by their names in a report. */
  readonly keep?: ReadonlySet<string>;
};

export type QuantizeReport = {
  /** Names of the layers with weights of one byte, in the order of the graph. */
  readonly quantized: readonly string[];
  readonly kept: readonly KeptLayer[];
  /** Patterns of `exclude` that name no layer. */
  readonly unmatched: readonly string[];
};

export type QuantizedGraph = { readonly bytes: Uint8Array; readonly report: QuantizeReport };

/** Why a layer that was chosen by the caller is kept. */
export const KEPT_BY_SEARCH = "it changes the answers most";

/**
 * Rewrites the graphs of one file, each time with other layers kept; what was rounded once is not rounded again.
 * The same file and options give the same bytes.
 */
export class Quantizer {
  readonly #source: ByteSource;
  readonly #readExternal: ReadExternal;
  /** By weight and the way it is read; null for one that is not finite. */
  readonly #rounded = new Map<string, RoundedMatrix | null>();

  /** `source` is the graph with float32 weights; `readExternal` gives what lies in files beside it. */
  constructor(source: ByteSource, readExternal: ReadExternal) {
    this.#source = source;
    this.#readExternal = readExternal;
  }

  /** Throws `ONNX_MALFORMED`, `QUANTIZE_UNSUPPORTED` and `QUANTIZE_TOO_LARGE`. */
  quantize(options: QuantizeOptions = {}): QuantizedGraph {
    const model = readModel(this.#source);
    const graph = new Graph(model, this.#source.name);
    refuseOldOpset(graph.opset, this.#source.name);
    const kept: KeptLayer[] = [];
    const layers = graph.nodes.flatMap((node) => {
      const layer = this.#examine(graph, node, options);
      if (layer === undefined) return [];
      if ("reason" in layer) kept.push(layer);
      return "reason" in layer ? [] : [layer];
    });
    const unmatched = unmatchedPatterns(options.exclude ?? [], graph);
    this.#rewrite(graph, layers);
    graph.finish();
    // The result is one file: what lay beside the graph moves into it.
    for (const tensor of model.graph?.initializer ?? []) takeIn(tensor, this.#readExternal);
    const quantized = layers.map(({ name }) => name);
    const report = { quantized, kept, unmatched };
    return { bytes: writeModel(model), report };
  }

  /** Undefined for nodes without weights. */
  #examine(graph: Graph, node: NodeProto, options: QuantizeOptions): Layer | KeptLayer | undefined {
    const layer = findLayer(graph, node);
    if (layer === undefined || "reason" in layer) return layer;
    const { name, weight } = layer;
    const pattern = matchingPattern(options.exclude ?? [], [name, weight.name]);
    if (pattern !== undefined) return { name, reason: `excluded by "${pattern}"` };
    if (options.keep?.has(name) === true) return { name, reason: KEPT_BY_SEARCH };
    if (this.#round(layer) === null) return { name, reason: "some of its weights are not finite" };
    return layer;
  }

  #rewrite(graph: Graph, layers: readonly Layer[]): void {
    const places = new Map(graph.nodes.map((node, index) => [node, index]));
    const inOrder = layers.toSorted(
      (left, right) => (places.get(left.place) ?? 0) - (places.get(right.place) ?? 0),
    );
    const readers = new Map<string, number>();
    for (const layer of layers) {
      if (layer.kind === "product") {
        readers.set(layer.activation, (readers.get(layer.activation) ?? 0) + 1);
      }
    }
    const weights = new Map<string, RoundedNames>();
    const activations = new Map<string, readonly string[]>();
    for (const layer of inOrder) {
      const weight = this.#addRounded(graph, layer, weights);
      if (layer.kind === "table") {
        graph.replace(layer.node, tableNodes(graph, layer, weight));
        continue;
      }
      const isShared = (readers.get(layer.activation) ?? 0) > 1;
      const shared = isShared ? shareActivation(graph, layer.activation, activations) : undefined;
      const readExternal = this.#readExternal;
      const nodes = productNodes(graph, layer, { weight, shared, readExternal });
      if (layer.place !== layer.node) graph.replace(layer.node, []);
      graph.replace(layer.place, nodes);
    }
  }

  /** Names of the layer's rounded weight, which is added when it is the first that reads it. */
  #addRounded(graph: Graph, layer: Layer, added: Map<string, RoundedNames>): RoundedNames {
    const key = keyOf(layer);
    const known = added.get(key);
    if (known !== undefined) return known;
    const { name } = layer.weight;
    const matrix = this.#round(layer)!;
    const isTable = layer.kind === "table";
    const [rows, columns] = isTable
      ? [layer.weight.rows, layer.weight.columns]
      : [layer.terms, layer.columns];
    const bytes = graph.addTensor(`${name}_int8`, [rows, columns], {
      type: INT8,
      bytes: matrix.bytes,
    });
    const scales = graph.addTensor(`${name}_scale`, isTable ? [rows, 1] : [columns], {
      type: FLOAT32,
      bytes: matrix.scales,
    });
    const names = { bytes, scales };
    added.set(key, names);
    return names;
  }

  /** Null where the weights are not finite. */
  #round(layer: Layer): RoundedMatrix | null {
    const key = keyOf(layer);
    const known = this.#rounded.get(key);
    if (known !== undefined) return known;
    const { tensor, rows, columns, transposed } = layer.weight;
    const stored = readFloats(tensor, this.#readExternal);
    const rounded = areFinite(stored) ? roundLayer() : null;
    this.#rounded.set(key, rounded);
    return rounded;

    function roundLayer(): RoundedMatrix {
      if (layer.kind === "table") return roundRows(stored, rows, columns);
      const { factor } = layer;
      const values = transposed ? transpose(stored, rows, columns) : stored;
      const scaled = factor === 1 ? values : values.map((value) => value * factor);
      return roundColumns(scaled, layer.terms, layer.columns);
    }
  }
}

/** Rewrites the graph of a file once. */
export function quantizeGraph(
  source: ByteSource,
  readExternal: ReadExternal,
  options: QuantizeOptions = {},
): QuantizedGraph {
  return new Quantizer(source, readExternal).quantize(options);
}

/** Those that name none of the nodes that read weights, rounded or not. */
function unmatchedPatterns(patterns: readonly string[], graph: Graph): readonly string[] {
  if (patterns.length === 0) return [];
  const names = graph.nodes.flatMap((node) => {
    const layer = findLayer(graph, node);
    if (layer === undefined) return [];
    return "reason" in layer ? [layer.name] : [layer.name, layer.weight.name];
  });
  return patterns.filter((pattern) => matchingPattern([pattern], names) === undefined);
}

function keyOf({ kind, weight, ...layer }: Layer): string {
  const factor = "factor" in layer ? layer.factor : 1;
  return `${kind} ${weight.transposed} ${factor} ${weight.name}`;
}

function shareActivation(
  graph: Graph,
  name: string,
  known: Map<string, readonly string[]>,
): Activation {
  const names = known.get(name);
  if (names !== undefined) return { names, isNew: false };
  const fresh = ["bytes", "scale", "zero"].map((part) => graph.freshName(`${name}_${part}`));
  known.set(name, fresh);
  return { names: fresh, isNew: true };
}

function refuseOldOpset(opset: number, fileName: string): void {
  if (opset >= OPSET_MIN) return;
  throw new CodedError(
    "QUANTIZE_UNSUPPORTED",
    `Cannot quantise "${fileName}" as its opset must be ${OPSET_MIN} or later: found ${opset}: ` +
      "export the model again, or build it without --quantize",
    { detail: { opset } },
  );
}
