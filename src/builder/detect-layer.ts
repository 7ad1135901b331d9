// The steps of a pipeline that are computed outside of the graph: whether they fit together, and what they become.
import type { Model } from "../gen/manifest_pb.ts";
import { supportedSteps } from "./detect-pipeline.ts";
import type { GraphFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import type { PipelineModule } from "./model-dir.ts";
import { readStep, type Step, type VectorName } from "./read-layer.ts";

/** Undefined when one of the modules cannot be used, which the findings tell. */
export function readSteps(
  modules: readonly PipelineModule[],
  { vectors, facts }: { readonly vectors: VectorName; readonly facts: GraphFacts },
  findings: Findings,
): readonly Step[] | undefined {
  const supported = supportedSteps(modules, facts, findings);
  const steps = supported.flatMap((module) => readStep(module, vectors, findings) ?? []);
  return steps.length === modules.length ? steps : undefined;
}

/** Whether the last step divides by the length, which is then the model's `normalize` and no layer. */
export function endsInNormalize(steps: readonly Step[]): boolean {
  return steps.at(-1)?.module.name === "Normalize";
}

/** The model's layers of the steps that are left to do. Missing weights are problems. */
export function setLayers(model: Model, steps: readonly Step[], findings: Findings): void {
  const end = steps.findLastIndex(({ module }) => module.name !== "Normalize") + 1;
  for (const { module, layer, text } of steps.slice(0, end)) {
    if (layer === undefined) {
      refuseWithoutWeights(module, findings);
      continue;
    }
    model.layers.push(layer);
    const files = [module.config, module.weights].flatMap((file) => file?.name ?? []);
    findings.decide(`layer ${model.layers.length}`, text, files.join(", ") || module.type);
  }
}

function refuseWithoutWeights({ path, hasPickle }: PipelineModule, findings: Findings): void {
  const found = hasPickle
    ? "pytorch_model.bin, a program that is not run"
    : "no file with its weights";
  findings.problem(
    `${path}/model.safetensors`,
    `expected the weights of ${path}: found ${found}: load and save the model again with a ` +
      "current sentence-transformers",
  );
}

/** Each step must take what the one before makes; a width of 0 is not known. */
export function checkChain(
  steps: readonly Step[],
  start: { readonly width: number; readonly source: string },
  findings: Findings,
): void {
  let { width, source } = start;
  for (const { module, widths } of steps) {
    if (widths === undefined) continue;
    if (width > 0 && widths.inWidth !== width) {
      findings.problem(
        widths.source,
        `expected ${width}, the width of ${source}: found ${widths.inWidth}`,
      );
    }
    width = widths.outWidth;
    source = module.path;
  }
}
