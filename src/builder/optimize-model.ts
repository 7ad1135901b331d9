// Has the graph of a model that was tried rewritten as the inference library rewrites it at each start, and refuses the
// result unless it answers the same.
import type { Model } from "../gen/manifest_pb.ts";
import { MemorySource } from "../io/index.ts";
import { openSession, optimizeGraph, scanModel } from "../onnx/index.ts";
import { hostTarget } from "../target/index.ts";
import { largestDifference } from "./exactness.ts";
import type { ModelFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import { locateWeights, type Trial, trialAnswers } from "./trial.ts";

/** How the graph was rewritten: what a file with the same words was made by. */
const RECIPE = "extended fusions of ONNX Runtime";
/** Of the largest number of an answer: rewritten sums differ in the last bits of float32. */
const DIFFERENCE_MAX = 1e-5;

type Tried = { readonly trial: Trial; readonly facts: ModelFacts };

/**
 * The model with the rewritten graph, with a session of its own; the given one as it is where nobody asks for another,
 * and undefined when a finding refuses it. Facts keep what was found in the graph as it was.
 */
export function optimizeModel(tried: Tried, findings: Findings): Tried | undefined {
  const { trial, facts } = tried;
  const asked = facts.settings.optimize;
  if (asked?.value !== true) return tried;
  if (!isSameRuntime(facts, asked.source, findings)) return undefined;
  return findings.collect(() => {
    const rewritten = rewrite(facts);
    const scanned = scanModel(rewritten);
    const intraOpThreads = navigator.hardwareConcurrency;
    const session = openSession({ scanned, source: rewritten, intraOpThreads });
    const optimized = { ...trial, session };
    const difference = furthest(tried, optimized);
    if (difference > DIFFERENCE_MAX) {
      session.close();
      const found = `expected a rewritten graph with the same answers: found a difference of ${difference}`;
      findings.problem(asked.source, `${found}: build it without`);
      return undefined;
    }
    describe(trial.model, scanned.graph);
    const [before, after] = [facts.scanned.nodes.length, scanned.nodes.length];
    findings.decide("optimised", `${before} nodes to ${after}`, asked.source);
    return { trial: optimized, facts: { ...facts, rewritten } };
  });
}

/** What one version writes another may not read, or may read as something else. */
function isSameRuntime({ runtime }: ModelFacts, source: string, findings: Findings): boolean {
  const own = hostTarget().onnxruntime.version;
  if (runtime === undefined || runtime === own) return true;
  findings.problem(
    source,
    `expected a base with ONNX Runtime ${own}, as this builder has: found ${runtime}: build for that target without it`,
  );
  return false;
}

/** The graph that would be stored: the model's own, or the one with rounded weights. */
function rewrite({ scanned, weights, rewritten, externalData }: ModelFacts): MemorySource {
  const bytes =
    rewritten === undefined
      ? optimizeGraph({ scanned, source: weights, locate: locateWeights(weights, externalData) })
      : optimizeGraph({ scanned, source: rewritten });
  return new MemorySource(bytes, weights.name);
}

function describe(model: Model, graph: Model["graph"]): void {
  if (graph !== undefined) model.graph = graph;
  model.optimization = RECIPE;
}

function furthest({ trial, facts }: Tried, optimized: Trial): number {
  const expected = trialAnswers(trial, facts);
  const found = trialAnswers(optimized, facts);
  const differences = expected.map((row, place) => {
    if (row.length !== found[place]?.length) return Number.POSITIVE_INFINITY;
    const scale = row.reduce((most, number) => Math.max(most, Math.abs(number)), 1);
    return largestDifference(row, found[place]) / scale;
  });
  return Math.max(...differences);
}
