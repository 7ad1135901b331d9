// A graph that is being rewritten: who makes and who reads each value, what is constant, and fresh names.
// Knows nothing of rounding.
import { create } from "@bufbuild/protobuf";
import { assert, CodedError } from "../error/index.ts";
import {
  type AttributeProto,
  AttributeProtoSchema,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from "../gen/onnx_pb.ts";
import { readSubgraph } from "./model-proto.ts";

/** AttributeProto.AttributeType */
const INT = 2;
/** If and Loop bodies nest; exporters produce two or three levels. */
const SUBGRAPH_DEPTH_MAX = 16;

export const MICROSOFT = "com.microsoft";

/** A constant with the node that makes it, if one does. */
export type Constant = { readonly tensor: TensorProto; readonly node?: NodeProto };

export class Graph {
  readonly #model: ModelProto;
  readonly #graph: GraphProto;
  readonly #fileName: string;
  readonly #initializers = new Map<string, TensorProto>();
  readonly #producers = new Map<string, NodeProto>();
  readonly #readers = new Map<string, NodeProto[]>();
  /** Names the bodies of control flow read, and the graph's outputs: their values stay as they are. */
  readonly #fixed = new Set<string>();
  readonly #names = new Set<string>();
  /** What stands for a node now. */
  readonly #replacements = new Map<NodeProto, NodeProto[]>();

  /** Throws `ONNX_MALFORMED` for a model without graph; `fileName` is for messages. */
  constructor(model: ModelProto, fileName: string) {
    const { graph } = model;
    if (graph === undefined) {
      throw new CodedError(
        "ONNX_MALFORMED",
        `Cannot read "${fileName}" as an ONNX model must have a graph: is it the right file?`,
      );
    }
    this.#model = model;
    this.#graph = graph;
    this.#fileName = fileName;
    for (const tensor of graph.initializer) this.#initializers.set(tensor.name ?? "", tensor);
    for (const node of graph.node) this.#index(node);
    for (const { name = "" } of graph.output) this.#fixed.add(name);
    for (const { name = "" } of [...graph.input, ...graph.output]) this.#names.add(name);
    for (const name of this.#initializers.keys()) this.#names.add(name);
    for (const name of this.#fixed) this.#names.add(name);
  }

  /** Nodes of the top level as the file has them, those replaced meanwhile included. */
  get nodes(): readonly NodeProto[] {
    return this.#graph.node;
  }

  /** Version of the standard operators; 0 when the model names none. */
  get opset(): number {
    const own = this.#model.opsetImport.find(({ domain = "" }) => isStandard(domain));
    return Number(own?.version ?? 0n);
  }

  /** The tensor behind a name, if it is the same in every run: an initializer, or the output of a Constant. */
  constant(name: string): Constant | undefined {
    const tensor = this.#initializers.get(name);
    if (tensor !== undefined) return { tensor };
    const node = this.#producers.get(name);
    if (node === undefined || operatorOf(node) !== "Constant") return undefined;
    const value = node.attribute.find((attribute) => attribute.name === "value")?.t;
    return value && { tensor: value, node };
  }

  /** The node that makes a value. */
  producer(name: string): NodeProto | undefined {
    return this.#producers.get(name);
  }

  /** The only node that reads a value; undefined when there are others, or the graph answers with it. */
  soleReader(name: string): NodeProto | undefined {
    const readers = this.#readers.get(name) ?? [];
    return readers.length === 1 && !this.#fixed.has(name) ? readers[0] : undefined;
  }

  /** A name nobody has, beginning with `wish`. */
  freshName(wish: string): string {
    let name = wish;
    for (let count = 1; this.#names.has(name); count++) name = `${wish}_${count}`;
    this.#names.add(name);
    return name;
  }

  /** Adds a constant and returns its name. */
  addTensor(
    wish: string,
    dims: readonly number[],
    data: { readonly type: number; readonly bytes: Int8Array | Float32Array },
  ): string {
    const name = this.freshName(wish);
    const { buffer, byteOffset, byteLength } = data.bytes;
    const rawData = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
    const tensor = create(TensorProtoSchema, {
      name,
      dims: dims.map(BigInt),
      dataType: data.type,
      rawData,
    });
    this.#graph.initializer.push(tensor);
    this.#initializers.set(name, tensor);
    return name;
  }

  /** Puts nodes where a node stood; an empty list only takes it away. */
  replace(node: NodeProto, nodes: readonly NodeProto[]): void {
    assert(!this.#replacements.has(node), "a node is replaced once");
    this.#replacements.set(node, [...nodes]);
  }

  isReplaced(node: NodeProto): boolean {
    return this.#replacements.has(node);
  }

  /** Carries the replacements out and drops every node and constant that nothing reads any more. */
  finish(): void {
    const graph = this.#graph;
    const before = new Set(graph.node);
    const nodes = graph.node.flatMap((node) => this.#replacements.get(node) ?? [node]);
    const used = new Set(this.#fixed);
    const kept: NodeProto[] = [];
    // Values are made before they are read, so that one pass from the end sees every reader first.
    for (const node of nodes.toReversed()) {
      const isRead = node.output.some((name) => used.has(name));
      // What was unused in the file is not ours to drop.
      const wasUnread = before.has(node) && node.output.every((name) => !this.#isRead(name));
      if (!isRead && !wasUnread) continue;
      kept.push(node);
      for (const name of node.input) used.add(name);
    }
    graph.node = kept.reverse();
    this.#dropConstants(used);
    if (graph.node.some(({ domain }) => domain === MICROSOFT)) this.#importMicrosoft();
  }

  #dropConstants(used: ReadonlySet<string>): void {
    const graph = this.#graph;
    const dropped = new Set<string>();
    graph.initializer = graph.initializer.filter(({ name = "" }) => {
      const isKept = used.has(name) || !this.#isRead(name);
      if (!isKept) dropped.add(name);
      return isKept;
    });
    // Models before IR version 4 list their initializers among the inputs.
    graph.input = graph.input.filter(({ name = "" }) => !dropped.has(name));
    const made = new Set(graph.node.flatMap(({ output }) => output));
    graph.valueInfo = graph.valueInfo.filter(({ name = "" }) => made.has(name));
  }

  #isRead(name: string): boolean {
    return this.#readers.has(name) || this.#fixed.has(name);
  }

  #importMicrosoft(): void {
    const { opsetImport } = this.#model;
    if (opsetImport.some(({ domain }) => domain === MICROSOFT)) return;
    opsetImport.push(create(OperatorSetIdProtoSchema, { domain: MICROSOFT, version: 1n }));
  }

  #index(node: NodeProto): void {
    for (const name of node.output) this.#producers.set(name, node);
    for (const name of node.output) this.#names.add(name);
    for (const name of new Set(node.input)) {
      const readers = this.#readers.get(name);
      if (readers === undefined) this.#readers.set(name, [node]);
      else readers.push(node);
    }
    for (const { g, graphs } of node.attribute) {
      for (const body of g === undefined ? graphs : [g, ...graphs]) this.#fixCaptured(body, 1);
    }
  }

  /** Everything the body reads may come from outside of it. */
  #fixCaptured(body: Uint8Array, depth: number): void {
    if (depth > SUBGRAPH_DEPTH_MAX) {
      throw new CodedError(
        "QUANTIZE_UNSUPPORTED",
        `Cannot quantise "${this.#fileName}" as control flow may nest ${SUBGRAPH_DEPTH_MAX} levels deep: ` +
          "found more: build it without --quantize",
      );
    }
    const graph = readSubgraph(body, this.#fileName);
    for (const { name = "" } of graph.output) this.#fixed.add(name);
    for (const node of graph.node) {
      for (const name of [...node.input, ...node.output]) this.#fixed.add(name);
      for (const { g, graphs } of node.attribute) {
        for (const inner of g === undefined ? graphs : [g, ...graphs]) {
          this.#fixCaptured(inner, depth + 1);
        }
      }
    }
  }
}

function isStandard(domain: string): boolean {
  return domain === "" || domain === "ai.onnx";
}

/** "domain:OpType", or "OpType" of the standard domain. */
export function operatorOf({ opType = "", domain = "" }: NodeProto): string {
  return isStandard(domain) ? opType : `${domain}:${opType}`;
}

/** What people call the layer: its node's name, else its output's. */
export function layerName({ name = "", output }: NodeProto): string {
  return name || (output[0] ?? "");
}

/** A node of the standard operators, or of a domain given as "domain:OpType". */
export function makeNode(
  operator: string,
  io: { readonly inputs: readonly string[]; readonly outputs: readonly string[] },
  ints: Readonly<Record<string, number>> = {},
): NodeProto {
  const [opType = "", domain = ""] = operator.split(":").reverse();
  const attribute: AttributeProto[] = Object.entries(ints).map(([name, value]) =>
    create(AttributeProtoSchema, { name, type: INT, i: BigInt(value) }),
  );
  return create(NodeProtoSchema, {
    name: `${io.outputs[0]}/${opType}`,
    opType,
    ...(domain === "" ? {} : { domain }),
    input: [...io.inputs],
    output: [...io.outputs],
    attribute,
  });
}

export function intAttribute({ attribute }: NodeProto, name: string, fallback: number): number {
  const found = attribute.find((item) => item.name === name)?.i;
  return found === undefined ? fallback : Number(found);
}

export function floatAttribute({ attribute }: NodeProto, name: string, fallback: number): number {
  return attribute.find((item) => item.name === name)?.f ?? fallback;
}
