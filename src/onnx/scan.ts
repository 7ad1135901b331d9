// Reads the structure of an ONNX model - signature, operators, where its tensors lie - without ONNX Runtime and without
// reading the tensors. Field numbers are those of onnx.proto3 (ModelProto, GraphProto, TensorProto, ValueInfoProto).
import { create } from "@bufbuild/protobuf";
import { CodedError } from "../error/index.ts";
import { type Graph, GraphSchema, type ValueInfo } from "../gen/manifest_pb.ts";
import type { ByteSource } from "../io/index.ts";
import { tensorByteLength } from "./element-type.ts";
import { readValueInfo } from "./value-info.ts";
import { WIRE_BYTES, WireCursor, type WireField } from "./wire.ts";

/** Names in real graphs are below 300 bytes; the bound keeps a hostile length from becoming an allocation. */
const NAME_BYTES_MAX = 4096;
/** Real models have hundreds of initializers, deep mixtures thousands. */
const INITIALIZERS_MAX = 100_000;
const TENSOR_RANK_MAX = 64;
/** If and Loop bodies nest; exporters produce two or three levels. */
const SUBGRAPH_DEPTH_MAX = 16;

/** Where the bytes of a tensor are. Offsets of `raw` count from the start of the model. */
export type TensorPlace =
  | { readonly kind: "raw"; readonly byteOffset: number; readonly byteLength: number }
  | {
      readonly kind: "external";
      readonly location: string;
      readonly byteOffset: number;
      readonly byteLength: number;
    }
  | { readonly kind: "inline" };

export type Initializer = {
  readonly name: string;
  readonly elementType: number;
  readonly dims: readonly number[];
  readonly place: TensorPlace;
  /** The whole field of the graph, and the fields within that hold or locate its bytes. */
  readonly field: WireField;
  readonly dataFields: readonly WireField[];
};

/** What a graph node is and what it connects; attributes are left out. */
export type GraphNode = {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
};

export type ScannedModel = {
  readonly graph: Graph;
  readonly graphField: WireField;
  readonly initializers: readonly Initializer[];
  /** Nodes of the top level, in file order. */
  readonly nodes: readonly GraphNode[];
  /** "domain:OpType", or "OpType" of the standard domain, with its count; bodies of control flow included. */
  readonly operators: ReadonlyMap<string, number>;
  /** Operators the model defines itself by other ones, named as in `operators`. */
  readonly functions: ReadonlySet<string>;
  /** Distinct locations of external data, in order of first use. */
  readonly externalFiles: readonly string[];
};

type Scan = {
  readonly cursor: WireCursor;
  readonly graph: Graph;
  readonly inputs: ValueInfo[];
  readonly initializers: Initializer[];
  readonly nodes: GraphNode[];
  readonly operators: Map<string, number>;
  readonly functions: Set<string>;
};

/** Throws `ONNX_MALFORMED` for anything that is not an ONNX model. */
export function scanModel(source: ByteSource): ScannedModel {
  const scan: Scan = {
    cursor: new WireCursor(source),
    graph: create(GraphSchema),
    inputs: [],
    initializers: [],
    nodes: [],
    operators: new Map(),
    functions: new Set(),
  };
  let graphField: WireField | undefined;
  scan.cursor.eachField(0, source.byteLength, (field) => {
    if (field.number === 7 && field.type === WIRE_BYTES) {
      if (graphField !== undefined) failModel(source, "one graph: found a second");
      graphField = field;
      readGraph(scan, field);
    } else if (field.number === 25 && field.type === WIRE_BYTES) {
      readFunction(scan, field);
    } else {
      readModelField(scan, field);
    }
  });
  if (graphField === undefined) failModel(source, "a graph");
  if (scan.graph.outputs.length === 0) failModel(source, "a graph with outputs");
  const stored = new Set(scan.initializers.map((initializer) => initializer.name));
  // Models before IR version 4 list their initializers among the inputs.
  scan.graph.inputs = scan.inputs.filter((input) => !stored.has(input.name));
  return {
    graph: scan.graph,
    graphField: graphField as WireField,
    initializers: scan.initializers,
    nodes: scan.nodes,
    operators: scan.operators,
    functions: scan.functions,
    externalFiles: externalFilesOf(scan.initializers),
  };
}

function readModelField({ cursor, graph }: Scan, field: WireField): void {
  switch (field.number) {
    case 1:
      graph.irVersion = BigInt(cursor.integer(field));
      break;
    case 2:
      graph.producer = [cursor.text(field, NAME_BYTES_MAX), graph.producer].join(" ").trim();
      break;
    case 3:
      graph.producer = [graph.producer, cursor.text(field, NAME_BYTES_MAX)].join(" ").trim();
      break;
    case 8: {
      let domain = "";
      let version = 0;
      cursor.eachField(field.byteOffset, field.byteOffset + field.byteLength, (part) => {
        if (part.number === 1) domain = cursor.text(part, NAME_BYTES_MAX);
        if (part.number === 2) version = cursor.integer(part);
      });
      graph.opsets.push({
        $typeName: "encoderfile.manifest.Opset",
        domain: domain === "ai.onnx" ? "" : domain,
        version: BigInt(version),
      });
      break;
    }
  }
}

function readGraph(scan: Scan, graphField: WireField): void {
  const { cursor, graph } = scan;
  cursor.eachField(
    graphField.byteOffset,
    graphField.byteOffset + graphField.byteLength,
    (field) => {
      switch (field.number) {
        case 1:
          scan.nodes.push(readNode(scan, field, 0));
          break;
        case 5:
          if (scan.initializers.length >= INITIALIZERS_MAX) {
            throw new CodedError(
              "ONNX_UNSUPPORTED",
              `Cannot read a graph of more than ${INITIALIZERS_MAX} initializers: merge or quantise them at export`,
            );
          }
          scan.initializers.push(readInitializer(cursor, field));
          break;
        case 11:
          scan.inputs.push(readValueInfo(cursor, field));
          break;
        case 12:
          graph.outputs.push(readValueInfo(cursor, field));
          break;
      }
    },
  );
}

function readNode(scan: Scan, nodeField: WireField, depth: number): GraphNode {
  const { cursor } = scan;
  const inputs: string[] = [];
  const outputs: string[] = [];
  let type = "";
  let domain = "";
  cursor.eachField(nodeField.byteOffset, nodeField.byteOffset + nodeField.byteLength, (field) => {
    if (field.number === 1) inputs.push(cursor.text(field, NAME_BYTES_MAX));
    else if (field.number === 2) outputs.push(cursor.text(field, NAME_BYTES_MAX));
    else if (field.number === 4) type = cursor.text(field, NAME_BYTES_MAX);
    else if (field.number === 5) readSubgraphs(scan, field, depth);
    else if (field.number === 7) domain = cursor.text(field, NAME_BYTES_MAX);
  });
  const operator = operatorName(domain, type);
  scan.operators.set(operator, (scan.operators.get(operator) ?? 0) + 1);
  return { operator, inputs, outputs };
}

function operatorName(domain: string, type: string): string {
  return domain === "" || domain === "ai.onnx" ? type : `${domain}:${type}`;
}

/** FunctionProto: newer exporters write layers as functions. Their bodies count once, whatever calls them. */
function readFunction(scan: Scan, field: WireField): void {
  const { cursor } = scan;
  let name = "";
  let domain = "";
  cursor.eachField(field.byteOffset, field.byteOffset + field.byteLength, (part) => {
    if (part.number === 1) name = cursor.text(part, NAME_BYTES_MAX);
    else if (part.number === 7 && part.type === WIRE_BYTES) readNode(scan, part, 1);
    else if (part.number === 10) domain = cursor.text(part, NAME_BYTES_MAX);
  });
  scan.functions.add(operatorName(domain, name));
}

/** Counts the operators in the bodies of If, Loop and Scan. */
function readSubgraphs(scan: Scan, attribute: WireField, depth: number): void {
  if (depth >= SUBGRAPH_DEPTH_MAX) return;
  const { cursor } = scan;
  const end = attribute.byteOffset + attribute.byteLength;
  cursor.eachField(attribute.byteOffset, end, (field) => {
    if (field.type !== WIRE_BYTES || (field.number !== 6 && field.number !== 11)) return;
    cursor.eachField(field.byteOffset, field.byteOffset + field.byteLength, (part) => {
      if (part.number === 1 && part.type === WIRE_BYTES) readNode(scan, part, depth + 1);
    });
  });
}

function readInitializer(cursor: WireCursor, field: WireField): Initializer {
  const dims: number[] = [];
  const dataFields: WireField[] = [];
  const entries = new Map<string, string>();
  let elementType = 0;
  let name = "";
  let external = false;
  let raw: WireField | undefined;
  cursor.eachField(field.byteOffset, field.byteOffset + field.byteLength, (part) => {
    if (part.number === 1) dims.push(...cursor.integers(part, TENSOR_RANK_MAX));
    else if (part.number === 2) elementType = cursor.integer(part);
    else if (part.number === 8) name = cursor.text(part, NAME_BYTES_MAX);
    else if (part.number === 9) raw = part;
    else if (part.number === 13) readEntry(cursor, part, entries);
    else if (part.number === 14) external = cursor.integer(part) === 1;
    if (part.number === 9 || part.number === 13 || part.number === 14) dataFields.push(part);
  });
  const place = external
    ? externalPlace(name, entries, tensorByteLength(elementType, dims))
    : rawPlace(raw);
  return { name, elementType, dims, place, field, dataFields };
}

function rawPlace(raw: WireField | undefined): TensorPlace {
  if (raw === undefined || raw.byteLength === 0) return { kind: "inline" };
  return { kind: "raw", byteOffset: raw.byteOffset, byteLength: raw.byteLength };
}

function readEntry(cursor: WireCursor, field: WireField, entries: Map<string, string>): void {
  let key = "";
  let value = "";
  cursor.eachField(field.byteOffset, field.byteOffset + field.byteLength, (part) => {
    if (part.number === 1) key = cursor.text(part, NAME_BYTES_MAX);
    if (part.number === 2) value = cursor.text(part, NAME_BYTES_MAX);
  });
  entries.set(key, value);
}

function externalPlace(
  name: string,
  entries: ReadonlyMap<string, string>,
  tensorBytes: number | undefined,
): TensorPlace {
  const location = entries.get("location") ?? "";
  const byteOffset = decimal(entries.get("offset") ?? "0");
  const byteLength = decimal(entries.get("length") ?? String(tensorBytes));
  const sound = [byteOffset, byteLength].every(Number.isSafeInteger);
  if (location === "" || !sound) {
    throw new CodedError(
      "ONNX_MALFORMED",
      `Cannot read the ONNX graph as external data of tensor "${name}" must have a location, an offset and a length: ` +
        `found location "${location}", offset ${byteOffset}, length ${byteLength}: export the model again`,
      { detail: { tensor: name, location } },
    );
  }
  return { kind: "external", location, byteOffset, byteLength };
}

/** Digits and nothing else, as ONNX Runtime reads them; NaN for "0x10", "1e3" or " 16". */
function decimal(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

function externalFilesOf(initializers: readonly Initializer[]): string[] {
  const locations = initializers.flatMap(({ place }) =>
    place.kind === "external" ? [place.location] : [],
  );
  return [...new Set(locations)];
}

function failModel(source: ByteSource, expected: string): never {
  throw new CodedError(
    "ONNX_MALFORMED",
    `Cannot read "${source.name}" as an ONNX model must have ${expected}: is it the right file?`,
    { detail: { expected } },
  );
}
