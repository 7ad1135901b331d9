// The steps of a pipeline that are computed outside of the graph: whether they fit together, and what they become.
import type { Model } from "../gen/manifest_pb.ts";
import { checkSupported } from "./detect-pipeline.ts";
import type { GraphFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import type { PipelineModule } from "./model-dir.ts";
import { faultyStep, readStep, type Step, type VectorName } from "./read-layer.ts";

/** A step for each module, of which some may be faulty, which the findings tell. */
export function readSteps(
  modules: readonly PipelineModule[],
  { vectors, facts }: { readonly vectors: VectorName; readonly facts: GraphFacts },
  findings: Findings,
): readonly Step[] {
  return modules.map((module) =>
    checkSupported(module, facts, findings)
      ? readStep(module, vectors, findings)
      : faultyStep(module),
  );
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
    const source = files.join(", ") || `modules.json: ${module.name}`;
    findings.decide(`layer ${model.layers.length}`, text, source);
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

/** What the first step gets: 0 for a width that is not known. */
export type ChainStart = {
  readonly width: number;
  readonly source: string;
  /** The user's word that made the width what it is, to blame where the first step needs another one. */
  readonly given?: { readonly source: string; readonly text: string } | undefined;
};

/** Each step must take what the one before makes. The width of the last is returned, 0 when it is not known. */
export function checkChain(steps: readonly Step[], start: ChainStart, findings: Findings): number {
  let { width, source, given } = start;
  for (const { module, widths } of steps) {
    if (widths === undefined) continue;
    if (width > 0 && widths.inWidth > 0 && widths.inWidth !== width) {
      if (given === undefined) {
        const expected = `expected ${width}, the width of ${source}`;
        findings.problem(widths.source, `${expected}: found ${widths.inWidth}`);
      } else {
        const needed = `expected ${widths.inWidth} numbers, as ${module.path} takes (${widths.source})`;
        findings.problem(given.source, `${needed}: ${given.text} makes ${width}: leave it out`);
      }
    }
    given = undefined;
    width = widths.outWidth;
    source = module.path;
  }
  return width;
}
