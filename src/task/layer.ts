// Layers that a model has outside of its graph: from what the manifest says of them to steps that
// can be run. Their tensors come from whoever holds the files.
import { CodedError } from "../error/index.ts";
import {
  Activation,
  type Dense,
  type Layer,
  type LayerNorm,
  type Model,
  type StoredTensor,
  Task as TaskNumber,
} from "../gen/manifest_pb.ts";
import {
  dense,
  type Elementwise,
  indexOfNonFinite,
  l2Normalize,
  layerNorm,
  type Matrix,
} from "../tensor/index.ts";
import type { VectorLayer } from "./task.ts";

/** Gives the numbers of a tensor, row-major; an empty shape stands for none of that name. */
export type ReadTensor = (place: StoredTensor) => {
  readonly data: Float32Array;
  readonly shape: readonly number[];
};

const TASKS_WITH_LAYERS: readonly TaskNumber[] = [
  TaskNumber.EMBEDDING,
  TaskNumber.SENTENCE_EMBEDDING,
];

const ELEMENTWISE_OF: ReadonlyMap<Activation, Elementwise> = new Map([
  [Activation.IDENTITY, "identity"],
  [Activation.TANH, "tanh"],
  [Activation.RELU, "relu"],
  [Activation.GELU, "gelu"],
  [Activation.SIGMOID, "sigmoid"],
  [Activation.SILU, "silu"],
]);

/**
 * The model's layers in their order, with their weights in memory. Throws `TASK_LAYER_INVALID` when
 * a layer does not take what the one before gives, or a tensor is not what its layer says, and what
 * `read` throws.
 */
export function loadLayers(model: Model, read: ReadTensor): readonly VectorLayer[] {
  if (model.layers.length === 0) return [];
  if (!TASKS_WITH_LAYERS.includes(model.task)) {
    throw invalid("the layers", "they belong to a model that gives no vectors");
  }
  let width = pooledWidth(model, model.outputWidth || model.width);
  const loaded = model.layers.map((layer, index) => {
    const place = { name: `layer ${index + 1} (${nameOf(layer)})`, width };
    width = widthAfter(layer, width);
    return loadLayer(layer, place, read);
  });
  if (width === model.width) return loaded;
  const reason = `the last gives vectors of ${width} numbers: expected ${model.width}`;
  throw invalid("the layers", reason);
}

/** Width of the vectors a model answers with when its graph's output is so wide. */
export function vectorWidth(model: Model, outputWidth: number): number {
  return model.layers.reduce(
    (width, layer) => widthAfter(layer, width),
    pooledWidth(model, outputWidth),
  );
}

function pooledWidth({ task, pooling }: Model, outputWidth: number): number {
  return task === TaskNumber.EMBEDDING ? outputWidth : outputWidth * Math.max(1, pooling.length);
}

function widthAfter({ kind }: Layer, width: number): number {
  return kind.case === "dense" ? kind.value.outWidth : width;
}

const LAYER_NAME = { dense: "dense", layerNorm: "layer norm", unitLength: "unit length" } as const;

function nameOf({ kind }: Layer): string {
  return kind.case === undefined ? "unknown" : LAYER_NAME[kind.case];
}

/** A layer's name in messages, and the width of what it gets. */
type Place = { readonly name: string; readonly width: number };

function loadLayer({ kind }: Layer, place: Place, read: ReadTensor): VectorLayer {
  switch (kind.case) {
    case "dense":
      return loadDense(kind.value, place, read);
    case "layerNorm":
      return loadLayerNorm(kind.value, place, read);
    case "unitLength":
      return unitLength;
    case undefined:
      throw invalid(place.name, "its kind is not known: was the file made by a newer builder?");
  }
}

function loadDense(layer: Dense, place: Place, read: ReadTensor): VectorLayer {
  const { inWidth, outWidth } = layer;
  expectWidth(place, inWidth);
  const activation = ELEMENTWISE_OF.get(layer.activation);
  if (activation === undefined) {
    throw invalid(place.name, `its activation is number ${layer.activation}, which is not known`);
  }
  const weight = loadTensor(layer.weight, [outWidth, inWidth], { place, read });
  if (weight === undefined) throw invalid(place.name, "it has no weight");
  const bias = loadTensor(layer.bias, [outWidth], { place, read });
  const options = { weight, bias, outWidth, activation };
  return (vectors) => dense(vectors, options);
}

function loadLayerNorm(layer: LayerNorm, place: Place, read: ReadTensor): VectorLayer {
  const { width, epsilon } = layer;
  expectWidth(place, width);
  if (!(Number.isFinite(epsilon) && epsilon > 0)) {
    throw invalid(place.name, `its epsilon is ${epsilon}: expected a number above 0`);
  }
  const weight = loadTensor(layer.weight, [width], { place, read });
  if (weight === undefined) throw invalid(place.name, "it has no weight");
  const options = { weight, bias: loadTensor(layer.bias, [width], { place, read }), epsilon };
  return (vectors) => layerNorm(vectors, options);
}

function unitLength({ data, rows, columns }: Matrix): Matrix {
  const result = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += columns) {
    result.set(l2Normalize(data.subarray(start, start + columns)), start);
  }
  return { data: result, rows, columns };
}

function expectWidth({ name, width }: Place, found: number): void {
  if (found === width && width > 0) return;
  throw invalid(name, `it takes vectors of ${found} numbers and gets some of ${width}`);
}

/** The tensor's numbers, all finite, or undefined when the layer names none. */
function loadTensor(
  stored: StoredTensor | undefined,
  expected: readonly number[],
  { place, read }: { readonly place: Place; readonly read: ReadTensor },
): Float32Array | undefined {
  if (stored === undefined) return undefined;
  const { data, shape } = read(stored);
  const [file, name] = [stored.file, stored.name].map((text) => JSON.stringify(text.slice(0, 200)));
  const refuse = (reason: string) =>
    invalid(place.name, `the tensor ${name} of ${file} ${reason}`, {
      file: stored.file,
      tensor: stored.name,
    });
  const count = expected.reduce((product, size) => product * size, 1);
  if (shape.join() !== expected.join() || data.length !== count) {
    throw refuse(`has shape [${shape.join(", ")}]: expected [${expected.join(", ")}]`);
  }
  const index = indexOfNonFinite(data);
  if (index >= 0) throw refuse(`holds ${data[index]} at ${index}: expected finite numbers`);
  return data;
}

function invalid(
  layer: string,
  reason: string,
  detail: Readonly<Record<string, string>> = {},
): CodedError {
  return new CodedError(
    "TASK_LAYER_INVALID",
    `Cannot compute ${layer} as ${reason}: build the file again from a whole model`,
    { detail: { layer, reason, ...detail } },
  );
}
