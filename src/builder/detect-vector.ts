// How a model's vectors are made of what the graph answers: pooling, layers, normalisation and the
// width of the result.
import type { Model, ValueInfo } from "../gen/manifest_pb.ts";
import { vectorWidth } from "../task/index.ts";
import { detectDimensions } from "./detect-dimension.ts";
import {
  type ChainStart,
  checkChain,
  endsInNormalize,
  readSteps,
  setLayers,
} from "./detect-layer.ts";
import { refuseBeforePooling, refuseStrayModules, splitPipeline } from "./detect-pipeline.ts";
import { detectPooling, type PoolingChoice } from "./detect-pooling.ts";
import { checkPromptLengths, detectPrompts, refuseDefaultPrompt } from "./detect-prompt.ts";
import { detectSimilarity } from "./detect-similarity.ts";
import { detectSparsePooling } from "./detect-sparse.ts";
import type { TaskChoice } from "./detect-task.ts";
import type { GraphFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import { stepsAfterGraph } from "./graph-step.ts";
import { checkLateInteraction, MASK_MODULE } from "./late-interaction.ts";
import type { Step } from "./read-layer.ts";

type Both = { readonly facts: GraphFacts; readonly findings: Findings };

/**
 * Fills in everything between the graph's output and the model's vectors. `model.width` is the width of the output
 * before, 0 when it is not known, and that of the answer after. False when no vectors can be made of the output, which
 * the findings tell.
 */
export function describeVectors(
  model: Model,
  { task, output }: TaskChoice,
  { facts, findings }: Both,
): boolean {
  const before = findings.problems.length;
  let width = 0;
  switch (task) {
    case "sentence_embedding":
      refuseStrayModules(facts, findings);
      width = describeSentence(model, output, { facts, findings });
      break;
    case "embedding":
      describeTokens(model, { facts, findings });
      break;
    case "sparse_embedding":
      refuseStrayModules(facts, findings);
      model.sparsePooling = detectSparsePooling(facts, findings);
      break;
    default:
      refuseDefaultPrompt(task, facts, findings);
      return true;
  }
  const isWhole = findings.problems.length === before;
  if (task === "sentence_embedding") {
    model.similarity = detectSimilarity(facts, findings);
    model.dimensions = detectDimensions(width, facts, findings);
  }
  const { prompts, defaultPrompt } = detectPrompts(facts, findings);
  model.prompts = prompts;
  model.defaultPrompt = defaultPrompt;
  checkPromptLengths(model, facts, findings);
  return isWhole;
}

/** Returns the width of the vectors, 0 when it is not known. */
function describeSentence(model: Model, output: ValueInfo, { facts, findings }: Both): number {
  const isPooled = output.shape.length === 2 || /^sentence_embeddings?$/.test(output.name);
  const { pooling: module, before, after, ...found } = splitPipeline(facts, findings);
  if (module === undefined && !isPooled) {
    const isLate = checkLateInteraction("sentence_embedding", facts, findings);
    if (isLate && facts.settings.pooling === undefined) return 0;
  }
  const isEarly = module !== undefined && !isPooled && before.length > 0;
  const isForeign = found.isForeign || isEarly;
  const choice = detectPooling({ module, isPooled, isForeign }, facts, findings);
  model.pooling = choice.pooling;
  model.poolWithoutPrompt = !choice.includePrompt;
  if (isEarly) refuseBeforePooling(before, facts, findings);
  // What follows the transformer directly follows the pooling where no module pools.
  const modules = module === undefined ? before : after;
  const steps = readSteps(modules, { vectors: "sentence_embedding", facts }, findings);
  const context = { model, choice, isPooled };
  const width = checkChain(steps, chainStart(context, { facts, findings }), findings);
  if (!steps.some(({ isFaulty }) => isFaulty)) {
    setLayers(model, stepsLeft(steps, context, { facts, findings }), findings);
  }
  decideNormalize(model, steps, { facts, findings });
  widen(model);
  // A pooled graph may end anywhere in the pipeline, and every place but the last was checked against the next.
  return isPooled && steps.every(({ widths }) => widths === undefined) ? model.width : width;
}

type Pooled = {
  readonly model: Model;
  readonly choice: PoolingChoice;
  readonly isPooled: boolean;
};

/** What the first step after the pooling gets. */
function chainStart({ model, choice, isPooled }: Pooled, { facts, findings }: Both): ChainStart {
  const { tokenWidth, pooledWidth, isKnown } = choice;
  if (isPooled) return { width: isKnown ? (pooledWidth ?? 0) : 0, source: "the Pooling module" };
  if (isKnown && model.width > 0 && tokenWidth !== undefined && tokenWidth.value !== model.width) {
    findings.problem(
      tokenWidth.source,
      `expected ${model.width}, the width of the graph's output "${model.output}": found ` +
        `${tokenWidth.value}: is it the pooling of this model?`,
    );
  }
  const width = isKnown ? model.width * choice.pooling.length : 0;
  const { pooling } = facts.settings;
  const isOwn = pooling !== undefined && pooledWidth !== width;
  const given = isOwn ? { source: pooling.source, text: pooling.value.join(" + ") } : undefined;
  return { width, source: "the pooled vectors", given };
}

/** The steps the graph does not hold. */
function stepsLeft(
  steps: readonly Step[],
  { model, choice, isPooled }: Pooled,
  { facts, findings }: Both,
): readonly Step[] {
  const { pooledWidth } = choice;
  if (isPooled) {
    // Without a run nobody knows where the graph ends: why there was none is told already.
    if (model.width === 0) return [];
    const end = { steps, output: model.output, width: model.width, startWidth: pooledWidth };
    return stepsAfterGraph({ ...end, unit: "text", isPlain: false }, facts, findings);
  }
  return steps;
}

function decideNormalize(model: Model, steps: readonly Step[], { facts, findings }: Both): void {
  const { settings, files } = facts;
  const { normalize } = settings;
  const isFinal = endsInNormalize(steps);
  const isInside = !isFinal && steps.some(({ module }) => module.name === "Normalize");
  const found = isFinal ? "Normalize" : `no Normalize module${isInside ? " at the end" : ""}`;
  const fallback =
    files.modules === undefined
      ? { value: true, source: "default: no modules.json says otherwise" }
      : { value: isFinal, source: `${files.modules.name}: ${found}` };
  const { value, source } = normalize ?? fallback;
  model.normalize = value;
  findings.decide("normalize", String(value), source);
}

/** Layers on tokens are those of late interaction: what follows a pooling is not for tokens. */
function describeTokens(model: Model, { facts, findings }: Both): void {
  const { pooling, before, after } = splitPipeline(facts, findings);
  const { normalize } = facts.settings;
  if (pooling !== undefined) {
    refuseBeforePooling(before, facts, findings);
    const left = [...[pooling, ...after].map(({ name }) => name), ...facts.files.strayModules];
    findings.decide(
      "left out",
      left.join(", "),
      `${facts.files.modules?.name ?? pooling.config?.name}: vectors of tokens are not pooled`,
    );
    model.normalize = normalize?.value === true;
    return;
  }
  refuseStrayModules(facts, findings);
  const isLate = checkLateInteraction("embedding", facts, findings);
  // What leaves tokens out of a comparison is left to the caller, who is told.
  const modules = before.filter(({ name }) => !isLate || name !== MASK_MODULE);
  const steps = readSteps(modules, { vectors: "token_embeddings", facts }, findings);
  checkChain(steps, { width: 0, source: "the transformer" }, findings);
  if (model.width > 0 && !steps.some(({ isFaulty }) => isFaulty)) {
    const { output, width } = model;
    const isPlain = /^last_hidden_state(:0)?$/.test(output);
    const end = { steps, output, width, startWidth: undefined, isPlain };
    setLayers(model, stepsAfterGraph({ ...end, unit: "token" }, facts, findings), findings);
  }
  widen(model);
  const isFinal = endsInNormalize(steps);
  model.normalize = normalize?.value ?? (isFinal || isLate);
  if (normalize === undefined && !model.normalize) return;
  const source = isFinal ? `${facts.files.modules?.name}: Normalize` : "late interaction: always";
  findings.decide("normalize", String(model.normalize), normalize?.source ?? source);
}

/** The width of the answer, and that of the output where it is another. */
function widen(model: Model): void {
  if (model.width === 0) return;
  const width = vectorWidth(model, model.width);
  if (width === model.width) return;
  model.outputWidth = model.width;
  model.width = width;
}
