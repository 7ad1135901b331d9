// What the weights of a graph cost in memory, by their shapes and by who reads them. Reads none of them.
import { assetSource, type OpenedFile, requireAsset } from "../format/index.ts";
import {
  FLOAT16,
  type GraphNode,
  type Initializer,
  type ScannedModel,
  scanModel,
  tensorByteLength,
} from "../onnx/index.ts";

export type WeightFacts = {
  /** All tensors of the graph. */
  readonly weightBytes: number;
  /** What each worker copies into the order its processor multiplies in. */
  readonly packedBytes: number;
  /** Of these, what each worker has a copy of even where workers share weights: it is not as it lies in the file. */
  readonly foldedBytes: number;
  /** Tensors written as lists of numbers, which each worker holds as numbers. */
  readonly inlineBytes: number;
  /** What stays where it lies in the file; pages that are used are in memory once, whatever the workers. */
  readonly mappedBytes: number;
  /** Numbers of a token between layers; 0 when the graph multiplies by no matrix. */
  readonly hidden: number;
  /** The most numbers of a token within a layer. */
  readonly inner: number;
};

/** Operators of ONNX Runtime's own are meant wherever the names of the standard are. */
const OWN_DOMAIN = "com.microsoft:";

/** Place of the matrix among the inputs of the operators that keep a copy of it. */
const MATRIX_INPUT: Readonly<Record<string, number>> = {
  Attention: 1,
  DynamicQuantizeMatMul: 1,
  FusedMatMul: 1,
  Gemm: 1,
  MatMul: 1,
  MatMulInteger: 1,
  MatMulIntegerToFloat: 1,
  QAttention: 1,
  QLinearMatMul: 3,
};

/** Operators on weights that are computed once, when the graph is loaded. */
const FOLDED = new Set(["Cast", "DequantizeLinear", "Identity", "Reshape", "Transpose"]);

/** Exporters chain two or three. */
const FOLDED_MAX = 8;

/** A head over a vocabulary is no layer: nothing else is wider than this many times its input. */
const INNER_RATIO_MAX = 16;

export function weightFacts({ initializers, nodes }: ScannedModel): WeightFacts {
  const byName = new Map(initializers.map((initializer) => [initializer.name, initializer]));
  const producers = new Map(
    nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  const multiplied = nodes.flatMap((node) => {
    const operator = node.operator.replace(OWN_DOMAIN, "");
    const place = Object.hasOwn(MATRIX_INPUT, operator) ? MATRIX_INPUT[operator] : undefined;
    const name = place === undefined ? undefined : node.inputs[place];
    const found = name === undefined ? undefined : findWeight(name, byName, producers);
    return found === undefined || found.weight.dims.length !== 2 ? [] : [found];
  });
  const packed = new Set(multiplied.map(({ weight }) => weight));
  const kept = initializers.filter((initializer) => !packed.has(initializer));
  return {
    weightBytes: sumBytes(initializers),
    packedBytes: sumPacked(multiplied),
    foldedBytes: sumPacked(multiplied.filter(({ isFolded }) => isFolded)),
    inlineBytes: sumBytes(kept.filter(({ place }) => place.kind === "inline")),
    mappedBytes: sumBytes(kept.filter(({ place }) => place.kind !== "inline")),
    ...widths(multiplied.map(({ weight }) => weight)),
  };
}

type Multiplied = {
  readonly weight: Initializer;
  /** Computed from what lies in the file, when the graph is loaded. */
  readonly isFolded: boolean;
};

function findWeight(
  name: string,
  byName: ReadonlyMap<string, Initializer>,
  producers: ReadonlyMap<string, GraphNode>,
): Multiplied | undefined {
  let current = name;
  for (let step = 0; step < FOLDED_MAX; step++) {
    const weight = byName.get(current);
    if (weight !== undefined) {
      return { weight, isFolded: step > 0 || weight.elementType === FLOAT16 };
    }
    const node = producers.get(current);
    const [input] = node?.inputs ?? [];
    if (node === undefined || input === undefined || !FOLDED.has(node.operator)) return undefined;
    current = input;
  }
  return undefined;
}

/** Halves are multiplied as numbers of four bytes. */
function sumPacked(multiplied: readonly Multiplied[]): number {
  return multiplied.reduce(
    (sum, { weight }) => sum + byteLength(weight) * (weight.elementType === FLOAT16 ? 2 : 1),
    0,
  );
}

/** The size most matrices have on a side is what passes between layers. */
function widths(matrices: readonly Initializer[]): Pick<WeightFacts, "hidden" | "inner"> {
  const counts = new Map<number, number>();
  for (const side of matrices.flatMap(({ dims }) => dims)) {
    counts.set(side, (counts.get(side) ?? 0) + 1);
  }
  const [hidden = 0] = [...counts].reduce(
    (most, entry) => (entry[1] > (most[1] ?? 0) ? entry : most),
    [] as readonly number[],
  );
  const inner = [...counts.keys()].filter((side) => side <= INNER_RATIO_MAX * hidden);
  return { hidden, inner: inner.reduce((most, side) => Math.max(most, side), 0) };
}

function sumBytes(initializers: readonly Initializer[]): number {
  return initializers.reduce((sum, initializer) => sum + byteLength(initializer), 0);
}

function byteLength({ elementType, dims }: Initializer): number {
  return tensorByteLength(elementType, dims) ?? 0;
}

/** The same of the graph in a file. */
export function readWeightFacts(opened: OpenedFile): WeightFacts {
  return weightFacts(scanModel(assetSource(opened, requireAsset(opened, "weights"))));
}
