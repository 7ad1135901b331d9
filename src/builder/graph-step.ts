// Which steps of a pipeline a graph that pools by itself holds already: applied twice they would give other vectors.

import { FileSource } from "../io/index.ts";
import { FLOAT32, type Initializer } from "../onnx/index.ts";
import { readFloats, scanSafetensors } from "../safetensors/index.ts";
import type { GraphFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import type { Step } from "./read-layer.ts";

/** Weights are compared where widths do not tell; a handful of tensors has the shape of the step's own. */
const CANDIDATES_MAX = 1000;

export type PooledGraph = {
  readonly steps: readonly Step[];
  /** Width of the graph's output. */
  readonly width: number;
  /** Width before the first step as the Pooling module states it. */
  readonly pooledWidth: number | undefined;
};

/**
 * The steps that are left to do. They are told by the width of the output; where several places of the pipeline have
 * that width, by the weights in the graph; where these are not found either, it is a problem.
 */
export function stepsAfterGraph(
  { steps, width, pooledWidth }: PooledGraph,
  facts: GraphFacts,
  findings: Findings,
): readonly Step[] {
  const weighted = steps.filter(({ widths }) => widths !== undefined);
  // To divide by the length a second time changes nothing.
  if (weighted.length === 0) return steps;
  // widths[n] is that of the vectors after the first n steps with weights.
  const first = pooledWidth ?? weighted[0]?.widths?.inWidth ?? 0;
  const widths = [first, ...weighted.map((step) => step.widths?.outWidth ?? 0)];
  const fitting = widths.flatMap((value, count) => (value === width ? [count] : []));
  const [only, other] = fitting;
  if (only === undefined) {
    findings.problem(
      "graph output",
      `expected ${widths.join(" or ")} numbers per text, as the pipeline has after its pooling ` +
        `and its layers: found ${width}: is it the graph of this pipeline?`,
    );
    return [];
  }
  if (other === undefined) {
    for (const step of weighted.slice(0, only)) {
      const source = step.module.name === "Dense" ? "out_features" : "dimension";
      decideInGraph(step, `${step.module.path}/config.json: ${source}`, findings);
    }
    return after(steps, only);
  }
  const last = weighted.findLastIndex((step) => isInGraph(step, facts)) + 1;
  if (last > 0 && fitting.includes(last)) {
    for (const step of weighted.slice(0, last)) {
      decideInGraph(step, `graph: has the weights of ${step.module.path}`, findings);
    }
    return after(steps, last);
  }
  findings.problem(
    `${facts.files.modules?.name ?? "modules.json"}: ${weighted[only]?.module.type}`,
    `cannot tell whether the graph holds this module, as its output has ${width} numbers either ` +
      "way: choose an output with a vector per token with --output-name, or export the model " +
      "without pooling",
  );
  return [];
}

function decideInGraph({ module }: Step, source: string, findings: Findings): void {
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

/** Whether one of the graph's tensors is the step's matrix, as it is or with rows and columns exchanged. */
function isInGraph({ layer, module }: Step, facts: GraphFacts): boolean {
  // The weights of a layer norm are often all 1: equal ones prove nothing.
  if (layer?.kind.case !== "dense" || module.weights === undefined) return false;
  const { inWidth, outWidth, weight } = layer.kind.value;
  using source = new FileSource(module.weights.path);
  const array = scanSafetensors(source).get(weight?.name ?? "");
  if (array === undefined) return false;
  const matrix = readFloats(source, array);
  const candidates = facts.scanned.initializers.filter(
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
