// The shape of what an encoderfile says of itself, and the pieces both kinds of files share.
import { assetSource, findAsset, type OpenedFile } from "../format/index.ts";
import { type Graph, InputRole, type Model, type ValueInfo } from "../gen/manifest_pb.ts";
import type { ByteSource } from "../io/index.ts";
import { elementTypeName } from "../onnx/index.ts";

export type ValueReport = {
  readonly name: string;
  readonly type: string;
  /** Sizes of fixed dimensions, names of the others. */
  readonly shape: readonly (number | string)[];
};

export type GraphReport = {
  readonly irVersion: number;
  /** Null when the graph does not say. */
  readonly producer: string | null;
  /** Version by domain; the standard domain is "ai.onnx". */
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly inputs: readonly (ValueReport & { readonly role?: string })[];
  readonly outputs: readonly ValueReport[];
};

export type TokenizerReport = {
  readonly kind: string;
  readonly vocabularySize: number;
  /** 0 when nothing limits it. */
  readonly maxLength: number;
  /** Null when the vocabulary has none. */
  readonly padToken: string | null;
  readonly padId: number;
  readonly padSide: "left" | "right";
  readonly truncationSide: "left" | "right";
  /** Length every text is padded to; 0 pads to the longest of a batch. */
  readonly fixedLength: number;
  /** Lengths are padded to the next multiple of it; 0 and 1 for no more than needed. */
  readonly padMultiple?: number;
  /** Which text of a pair is cut. */
  readonly truncationStrategy?: string;
  /** Tokens that two neighbouring windows of a longer text share; 0 where texts are cut. */
  readonly windowOverlap?: number;
};

/** One step that is computed outside of the graph. */
export type LayerReport = {
  /** dense, layer_norm or unit_length. */
  readonly kind: string;
  /** File of its weights, where it has some. */
  readonly file?: string;
  readonly inWidth?: number;
  readonly outWidth?: number;
  readonly activation?: string;
  readonly hasBias?: boolean;
  readonly epsilon?: number;
};

/** How any labels are tried with a classifier of pairs. */
export type EntailmentReport = {
  /** The class that says that the hypothesis follows. */
  readonly entailment: string;
  readonly contradiction: string;
  readonly hypothesisTemplate: string;
};

/** How the builder rounded the weights of the graph, and how far its answers are from the original's. */
export type QuantizationReport = {
  readonly recipe: string;
  /** Names of the layers that were rounded. */
  readonly layers: readonly string[];
  readonly kept: readonly { readonly name: string; readonly reason: string }[];
  /** Figures that mean nothing for the task are absent. */
  readonly quality?: {
    readonly texts: number;
    readonly textsSha256: string;
    readonly meanCosine?: number;
    readonly minCosine?: number;
    readonly agreement?: number;
    readonly maxDrift?: number;
    readonly rankCorrelation?: number;
    /** The least that was accepted of the mean cosine, the agreement or the correlation. */
    readonly bound?: number;
  };
};

export type AssetReport = {
  readonly name: string;
  readonly kind: string;
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly sha256: string;
};

export type InspectReport = {
  /** As it was named. */
  readonly path: string;
  readonly byteLength: number;
  readonly name: string;
  readonly version: string;
  readonly task: string;
  /** The task in the published enumeration. */
  readonly modelType: string;
  /** Lower-case hexadecimal SHA-256 of the manifest: the identity of the file. */
  readonly modelDigest: string;
  readonly sealed: boolean;
  readonly builderVersion?: string;
  readonly base?: {
    readonly version: string;
    readonly target: string;
    readonly onnxruntimeVersion: string;
    readonly byteLength: number;
    readonly sha256: string;
  };
  readonly output?: string;
  readonly width?: number;
  /** Width of the graph's output, where that of the answer is another. */
  readonly outputWidth?: number;
  readonly pooling?: readonly string[];
  /** Whether tokens of a prompt take part in the pooling. */
  readonly includePrompt?: boolean;
  readonly layers?: readonly LayerReport[];
  readonly normalize?: boolean;
  readonly prompts?: readonly { readonly name: string; readonly text: string }[];
  /** Null when requests that name none get none. */
  readonly defaultPrompt?: string | null;
  readonly similarity?: string;
  /** Sizes vectors may be cut to; empty for any. */
  readonly dimensions?: readonly number[];
  readonly sparsePooling?: string;
  readonly problemType?: string;
  readonly labels: readonly string[];
  readonly labelScheme?: string;
  readonly entailment?: EntailmentReport;
  /** Position of the first token, of graphs that are given positions. */
  readonly firstPosition?: number;
  /** Whether texts are run one at a time, as neighbours would change their answers. */
  readonly oneAtATime?: boolean;
  readonly quantization?: QuantizationReport;
  /** How the builder rewrote the graph so that it starts sooner. */
  readonly optimization?: string;
  readonly graph?: GraphReport;
  readonly tokenizer?: TokenizerReport;
  readonly assets: readonly AssetReport[];
  readonly provenance?: {
    /** Identifier the model card states; null when it states none. */
    readonly license: string | null;
    /** On the hub; null when it is not known. */
    readonly repository: string | null;
    readonly revision: string | null;
    /** Address of the hub; null for the public one, and where there is none. */
    readonly endpoint: string | null;
    readonly files: readonly {
      readonly name: string;
      readonly byteLength: number;
      readonly sha256: string;
    }[];
  };
  readonly decisions: readonly {
    readonly setting: string;
    readonly value: string;
    readonly source: string;
  }[];
  /** Parts that could not be read, each in one sentence; the file may still be intact. */
  readonly problems: readonly string[];
};

/** The part of a report that needs the model, from whatever source. */
export type ModelReport = Pick<
  InspectReport,
  | "output"
  | "width"
  | "outputWidth"
  | "pooling"
  | "includePrompt"
  | "layers"
  | "normalize"
  | "prompts"
  | "defaultPrompt"
  | "similarity"
  | "dimensions"
  | "sparsePooling"
  | "problemType"
  | "labels"
  | "labelScheme"
  | "entailment"
  | "firstPosition"
  | "oneAtATime"
  | "quantization"
  | "optimization"
  | "graph"
  | "tokenizer"
  | "problems"
>;

export function describeGraph(graph: Graph, model?: Model): GraphReport {
  return {
    irVersion: Number(graph.irVersion),
    producer: graph.producer || null,
    opsets: graph.opsets.map(({ domain, version }) => ({
      domain: domain || "ai.onnx",
      version: Number(version),
    })),
    inputs: graph.inputs.map((input) => {
      const role = model?.inputs.find(({ name }) => name === input.name)?.role;
      return { ...describeValue(input), ...(role ? { role: enumName(InputRole, role) } : {}) };
    }),
    outputs: graph.outputs.map(describeValue),
  };
}

function describeValue({ name, elementType, shape }: ValueInfo): ValueReport {
  return {
    name,
    type: elementTypeName(elementType),
    shape: shape.map((dim) => (dim.size < 0n ? dim.name || "?" : Number(dim.size))),
  };
}

export function side(isLeft: boolean): "left" | "right" {
  return isLeft ? "left" : "right";
}

/** Lower-case name of an enumeration's number; files of newer builders may hold unknown ones. */
export function enumName(values: Readonly<Record<string, number>>, number: number): string {
  const name = Object.keys(values).find((key) => values[key] === number);
  return name === undefined ? `unknown (${number})` : name.toLowerCase();
}

/** Bytes of an asset for readers, or undefined when the file has none in that slot. */
export function slotSource(
  opened: OpenedFile,
  slot: "weights" | "tokenizer" | "model_config",
): ByteSource | undefined {
  const asset = findAsset(opened, slot);
  return asset === undefined ? undefined : assetSource(opened, asset);
}
