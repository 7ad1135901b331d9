// Which steps of a pipeline a graph holds already: applied twice they would give other vectors.

import { FileSource } from "../io/index.ts";
import { FLOAT32, type Initializer } from "../onnx/index.ts";
import { readFloats, scanSafetensors } from "../safetensors/index.ts";
import { attempt, type GraphFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import type { PipelineModule } from "./model-dir.ts";
import type { Step } from "./read-layer.ts";

/** Weights are compared where widths do not tell; a handful of tensors has the shape of the step's own. */
const CANDIDATES_MAX = 1000;

export type GraphEnd = {
  readonly steps: readonly Step[];
  /** Name of the graph's output. */
  readonly output: string;
  /** Width of the graph's output. */
  readonly width: number;
  /** Width before the first step, where a file states it. */
  readonly startWidth: number | undefined;
  /** What the output has a row for. */
  readonly unit: "text" | "token";
  /** Whether the output is called as those of transformers without any further step are. */
  readonly isPlain: boolean;
};

/**
 * The steps that are left to do after a graph. They are told by the width of the output; where several places of the
 * pipeline have that width, by the weights in the graph or the output's name; where these do not tell either, it is a
 * problem.
 */
export function stepsAfterGraph(
  end: GraphEnd,
  facts: GraphFacts,
  findings: Findings,
): readonly Step[] {
  const { steps, width } = end;
  const weighted = steps.filter(({ widths }) => widths !== undefined);
  // To divide by the length a second time changes nothing.
  if (weighted.length === 0) return steps;
  // widths[n] is that of the vectors after the first n steps with weights.
  const first = end.startWidth ?? weighted[0]?.widths?.inWidth ?? 0;
  const widths = [first, ...weighted.map((step) => step.widths?.outWidth ?? 0)];
  const fitting = widths.flatMap((value, count) => (value === width ? [count] : []));
  const [only, other] = fitting;
  if (only === undefined) {
    findings.problem(
      "graph output",
      `expected ${[...new Set(widths)].join(" or ")} numbers per ${end.unit}, as the pipeline has ` +
        `before its layers and after each: found ${width}: is it the graph of this pipeline?`,
    );
    return [];
  }
  const last =
    other === undefined
      ? only
      : lastFound(weighted, { output: end.output, facts }, findings) || (end.isPlain ? 0 : -1);
  if (!fitting.includes(last)) {
    refuseUnclear(end, weighted[only], { facts, findings });
    return [];
  }
  for (const { module } of weighted.slice(0, last)) {
    const field = module.name === "Dense" ? "out_features" : "dimension";
    const source =
      other === undefined
        ? `${module.path}/config.json: ${field}`
        : `graph: has the weights of ${module.path}`;
    decideInGraph(module, source, findings);
  }
  return after(steps, last);
}

function refuseUnclear(
  { width, unit }: GraphEnd,
  step: Step | undefined,
  { facts, findings }: { readonly facts: GraphFacts; readonly findings: Findings },
): void {
  const remedy =
    unit === "text"
      ? "choose an output with a vector per token with --output-name, or export the model without " +
        "pooling"
      : "export the model with the output last_hidden_state";
  findings.problem(
    `${facts.files.modules?.name ?? "modules.json"}: ${step?.module.type}`,
    `cannot tell whether the graph holds this module, as its output has ${width} numbers either ` +
      `way: ${remedy}`,
  );
}

function decideInGraph(module: PipelineModule, source: string, findings: Findings): void {
  const setting = module.name === "Dense" ? "dense layer" : "layer norm";
  findings.decide(setting, "in the graph", source);
}

/** What follows the first `count` steps with weights. */
function after(steps: readonly Step[], count: number): readonly Step[] {
  let left = count;
  return steps.filter(({ widths }) => {
    if (left === 0) return true;
    if (widths !== undefined) left--;
    return false;
  });
}

/** How many steps the graph holds by its weights; 0 when none are found. Those that cannot be read are problems. */
function lastFound(
  steps: readonly Step[],
  { output, facts }: { readonly output: string; readonly facts: GraphFacts },
  findings: Findings,
): number {
  const feeding = namesFeeding(output, facts);
  const tensors = facts.scanned.initializers.filter(({ name }) => feeding.has(name));
  const isFound = (step: Step) => {
    const place = { field: step.module.weights?.name ?? step.module.path };
    return attempt(findings, () => isAmong(tensors, step, facts), place) === true;
  };
  return steps.findLastIndex(isFound) + 1;
}

/** Names of all values the output is computed of: other outputs may have steps of their own. */
function namesFeeding(output: string, { scanned }: GraphFacts): ReadonlySet<string> {
  const names = new Set([output]);
  // Nodes stand in an order in which every value is made before it is used.
  for (const { inputs, outputs } of scanned.nodes.toReversed()) {
    if (!outputs.some((name) => names.has(name))) continue;
    for (const name of inputs) names.add(name);
  }
  return names;
}

/** Whether one of the tensors is the step's matrix, as it is or with rows and columns exchanged. */
function isAmong(
  tensors: readonly Initializer[],
  { layer, module }: Step,
  facts: GraphFacts,
): boolean {
  // The weights of a layer norm are often all 1: equal ones prove nothing.
  if (layer?.kind.case !== "dense" || module.weights === undefined) return false;
  const { inWidth, outWidth, weight } = layer.kind.value;
  using source = new FileSource(module.weights.path);
  const array = scanSafetensors(source).get(weight?.name ?? "");
  if (array === undefined) return false;
  const matrix = readFloats(source, array);
  const candidates = tensors.filter(
    ({ elementType, dims }) =>
      elementType === FLOAT32 &&
      dims.length === 2 &&
      [`${outWidth},${inWidth}`, `${inWidth},${outWidth}`].includes(dims.join()),
  );
  return candidates.slice(0, CANDIDATES_MAX).some((tensor) => {
    const numbers = numbersOf(tensor, facts);
    return numbers !== undefined && isMatrix(numbers, { matrix, inWidth, outWidth });
  });
}

function numbersOf({ place, dims }: Initializer, facts: GraphFacts): Float32Array | undefined {
  if (place.kind === "inline") return undefined;
  const source = place.kind === "raw" ? facts.weights : facts.externalData.get(place.location);
  const { byteOffset, byteLength } = place;
  const count = dims.reduce((product, size) => product * size, 1);
  if (source === undefined || byteLength !== count * Float32Array.BYTES_PER_ELEMENT) {
    return undefined;
  }
  return readFloats(source, { name: "", dtype: "F32", shape: dims, byteOffset, byteLength });
}

function isMatrix(
  numbers: Float32Array,
  expected: { readonly matrix: Float32Array; readonly inWidth: number; readonly outWidth: number },
): boolean {
  const { matrix, inWidth, outWidth } = expected;
  const isSame = (at: (index: number) => number) =>
    matrix.every((value, index) => value === numbers[at(index)]);
  const transposed = (index: number) => (index % inWidth) * outWidth + Math.floor(index / inWidth);
  return isSame((index) => index) || isSame(transposed);
}
