// Reads one module of a sentence-transformers pipeline that is computed outside of the graph: its settings, and the
// shapes of its weights.
import { create } from "@bufbuild/protobuf";
import {
  Activation,
  DenseSchema,
  type Layer,
  LayerNormSchema,
  LayerSchema,
  type StoredTensor,
  StoredTensorSchema,
  UnitLengthSchema,
} from "../gen/manifest_pb.ts";
import { FileSource } from "../io/index.ts";
import { scanSafetensors } from "../safetensors/index.ts";
import { attempt } from "./facts.ts";
import type { Findings } from "./findings.ts";
import {
  integerField,
  type JsonFile,
  type JsonObject,
  ownField,
  readJsonObject,
  textField,
} from "./json-file.ts";
import type { PipelineModule } from "./model-dir.ts";

/** What the vectors are called that a module reads: those of texts, or those of tokens. */
export type VectorName = "sentence_embedding" | "token_embeddings";

/** One step on vectors. */
export type Step = {
  readonly module: PipelineModule;
  /** As people read it: "dense 64 -> 24, tanh". */
  readonly text: string;
  /** Undefined when the weights are not there: the step can be part of the graph only. */
  readonly layer: Layer | undefined;
  /** Absent for steps that take any width, and leave it. */
  readonly widths?: Widths;
  /** Whether it cannot be used, as the problems tell: then it only stands in its place for others to be checked. */
  readonly isFaulty: boolean;
};

/** Widths of a step with the place that states the first of them; 0 for what is not known. */
export type Widths = {
  readonly inWidth: number;
  readonly outWidth: number;
  readonly source: string;
};

/** Names of activation_function, after "torch.nn.modules." and its own module. */
const ACTIVATIONS: ReadonlyMap<string, Activation> = new Map([
  ["Identity", Activation.IDENTITY],
  ["Tanh", Activation.TANH],
  ["ReLU", Activation.RELU],
  ["GELU", Activation.GELU],
  ["Sigmoid", Activation.SIGMOID],
  ["SiLU", Activation.SILU],
]);
const ACTIVATION_PATH = /^torch\.nn\.(?:modules\.(?:activation|linear)\.)?(\w+)$/;

/** torch.nn.LayerNorm's own; the module's settings have no word on it. */
const LAYER_NORM_EPSILON = 1e-5;

/** Wider than any vector in use; what it would take in memory is bound where it is read. */
const WIDTH_MAX = 1_000_000;

/** Whether a module that says nothing of it reads the vectors of tokens: those of PyLate do. */
export function isOfTokens({ type }: PipelineModule): boolean {
  return type.startsWith("pylate.");
}

/** A step of which nothing is known but its place. */
export function faultyStep(module: PipelineModule, widths?: Partial<Widths>): Step {
  const unknown = { inWidth: 0, outWidth: 0, source: module.path };
  return {
    ...{ module, text: module.name, layer: undefined, isFaulty: true },
    widths: { ...unknown, ...widths },
  };
}

/** The step a supported module is; its faults become problems. */
export function readStep(module: PipelineModule, vectors: VectorName, findings: Findings): Step {
  const { config } = module;
  const file = config && attempt(findings, () => readJsonObject(config, findings));
  if (config !== undefined && file === undefined) return faultyStep(module);
  if (!readsVectors(module, { file, vectors }, findings)) return faultyStep(module);
  if (module.name === "Normalize") {
    const value = create(UnitLengthSchema);
    const layer = create(LayerSchema, { kind: { case: "unitLength", value } });
    return { module, text: "unit length", layer, isFaulty: false };
  }
  if (file === undefined) {
    findings.problem(`${module.path}/config.json`, `expected the settings of ${module.type}`);
    return faultyStep(module);
  }
  return module.name === "Dense"
    ? readDense(module, file, findings)
    : readLayerNorm(module, file, findings);
}

/** Newer modules can be told to read and write vectors of other names. */
function readsVectors(
  module: PipelineModule,
  given: { readonly file: JsonFile | undefined; readonly vectors: VectorName },
  findings: Findings,
): boolean {
  const { file, vectors } = given;
  const usual: VectorName = isOfTokens(module) ? "token_embeddings" : "sentence_embedding";
  const input = ownField(file?.fields, "module_input_name") ?? usual;
  const output = ownField(file?.fields, "module_output_name") ?? input;
  // PyLate takes a plain Dense for one of its own.
  const fits = input === vectors || (input === usual && vectors === "token_embeddings");
  if (fits && output === input) return true;
  const found = `${JSON.stringify(input)} to ${JSON.stringify(output)}`.slice(0, 200);
  findings.problem(
    `${file?.name ?? module.path}: module_input_name`,
    `expected a step from "${vectors}" to itself: found ${found}, which is not supported`,
  );
  return false;
}

function readDense(module: PipelineModule, file: JsonFile, findings: Findings): Step {
  const { fields, name } = file;
  const inWidth = widthField(file, "in_features", findings);
  const outWidth = widthField(file, "out_features", findings);
  const activation = activationOf(module, file, findings);
  const hasResidual = ownField(fields, "use_residual") === true;
  if (hasResidual) {
    findings.problem(`${name}: use_residual`, "true is not supported: export it with the graph");
  }
  const source = `${name}: in_features`;
  const known = { inWidth: inWidth ?? 0, outWidth: outWidth ?? 0, source };
  if (inWidth === undefined || outWidth === undefined) return faultyStep(module, known);
  const hasBias = ownField(fields, "bias") !== false;
  const shapes = {
    "linear.weight": [outWidth, inWidth],
    ...(hasBias ? { "linear.bias": [outWidth] } : {}),
  };
  const widths = { inWidth, outWidth, source };
  const stored = storedTensors(module, shapes, findings);
  if (stored === "faulty" || hasResidual || activation === undefined) {
    return faultyStep(module, widths);
  }
  const [id, label] = activation;
  const text = `dense ${inWidth} -> ${outWidth}, ${label}`;
  if (stored === undefined) return { module, text, layer: undefined, widths, isFaulty: false };
  const { "linear.weight": weight, "linear.bias": bias } = stored;
  const value = create(DenseSchema, { inWidth, outWidth, activation: id });
  if (weight !== undefined) value.weight = weight;
  if (bias !== undefined) value.bias = bias;
  const layer = create(LayerSchema, { kind: { case: "dense", value } });
  return { module, text, widths, layer, isFaulty: false };
}

function readLayerNorm(module: PipelineModule, file: JsonFile, findings: Findings): Step {
  const width = widthField(file, "dimension", findings);
  if (width === undefined) return faultyStep(module);
  const shapes = { "norm.weight": [width], "norm.bias": [width] };
  const widths = { inWidth: width, outWidth: width, source: `${file.name}: dimension` };
  const text = `layer norm ${width}`;
  const stored = storedTensors(module, shapes, findings);
  if (stored === "faulty") return faultyStep(module, widths);
  if (stored === undefined) return { module, text, layer: undefined, widths, isFaulty: false };
  const value = create(LayerNormSchema, { width, epsilon: LAYER_NORM_EPSILON });
  const { "norm.weight": weight, "norm.bias": bias } = stored;
  if (weight !== undefined) value.weight = weight;
  if (bias !== undefined) value.bias = bias;
  const layer = create(LayerSchema, { kind: { case: "layerNorm", value } });
  return { module, text, widths, layer, isFaulty: false };
}

function widthField(file: JsonFile, field: string, findings: Findings): number | undefined {
  const width = integerField(file.fields, field);
  if (width !== undefined && width >= 1 && width <= WIDTH_MAX) return width;
  const found = show(file.fields, field);
  findings.problem(
    `${file.name}: ${field}`,
    `expected a whole number from 1 to ${WIDTH_MAX}: found ${found}`,
  );
  return undefined;
}

function activationOf(
  module: PipelineModule,
  { name, fields }: JsonFile,
  findings: Findings,
): readonly [Activation, string] | undefined {
  const field = "activation_function";
  const isStated = Object.hasOwn(fields, field);
  const unstated = isOfTokens(module) ? "Identity" : "Tanh";
  const path = ACTIVATION_PATH.exec(textField(fields, field) ?? "");
  const last = isStated ? (path?.[1] ?? "") : unstated;
  const activation = ACTIVATIONS.get(last);
  if (activation !== undefined) return [activation, last.toLowerCase()];
  findings.problem(
    `${name}: ${field}`,
    `expected one of torch.nn's ${[...ACTIVATIONS.keys()].join(", ")}: found ` +
      `${show(fields, field)}: export the whole pipeline to a graph`,
  );
  return undefined;
}

function show(fields: JsonObject, field: string): string {
  return (JSON.stringify(ownField(fields, field)) ?? "nothing").slice(0, 100);
}

type Shapes = Readonly<Record<string, readonly number[]>>;

/** The tensors of these shapes, and no others; undefined where there is no file of them. */
function storedTensors(
  module: PipelineModule,
  shapes: Shapes,
  findings: Findings,
): Readonly<Record<string, StoredTensor>> | undefined | "faulty" {
  const file = module.weights;
  if (file === undefined) return undefined;
  const before = findings.problems.length;
  const arrays = attempt(
    findings,
    () => {
      using source = new FileSource(file.path);
      return scanSafetensors(source);
    },
    { field: file.name },
  );
  for (const name of new Set([...Object.keys(shapes), ...(arrays?.keys() ?? [])])) {
    const expected = Object.hasOwn(shapes, name) ? `[${shapes[name]?.join(", ")}]` : "none";
    const array = arrays?.get(name);
    const found = array === undefined ? "none" : `[${array.shape.join(", ")}]`;
    if (arrays === undefined || found === expected) continue;
    findings.problem(
      `${file.name}: ${JSON.stringify(name.slice(0, 100))}`,
      `expected ${expected} as ${module.config?.name} says: found ${found}`,
    );
  }
  if (findings.problems.length > before) return "faulty";
  const tensors = Object.keys(shapes).map((name) => [
    name,
    create(StoredTensorSchema, { file: file.name, name }),
  ]);
  return Object.fromEntries(tensors);
}
