// Rounds the weights of a model that was tried, judges the result by the answers to calibration texts, and refuses what
// is too far from the original. Which nodes become which is said in the module `quantize`.
import { create } from "@bufbuild/protobuf";
import { CodedError } from "../error/index.ts";
import {
  KeptLayerSchema,
  type Model,
  ProblemType,
  QualitySchema,
  type Quantization,
  QuantizationSchema,
} from "../gen/manifest_pb.ts";
import { MemorySource } from "../io/index.ts";
import { openSession, type Session, scanModel, type TokenSequence } from "../onnx/index.ts";
import {
  type AnswerKind,
  compareQuality,
  cutFigure,
  failedFigure,
  printFigure,
  type Quality,
  type QualityGate,
  type QuantizedGraph,
  Quantizer,
  rankLayers,
  searchKept,
} from "../quantize/index.ts";
import type { Matrix } from "../tensor/index.ts";
import { type Calibration, readCalibration } from "./calibration.ts";
import type { ModelFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import type { Trial } from "./trial.ts";

/** How weights and activations are rounded: what a file with the same word was made by. */
const RECIPE = "int8 weights per column or row, activations at run time";
/** Below, vectors rank their neighbours visibly otherwise; above, few retrieval figures move. */
const COSINE_MIN = 0.99;
const AGREEMENT_MIN = 0.98;
/** Enough to tell layers apart: of each every fourth text, when the texts are the builder's. */
const SEARCH_TEXTS = 16;
/** Layers a refusal names. */
const SUGGESTED_MAX = 3;

/** The model with rounded weights, in place of the one it was made of. */
export type QuantizedModel = { readonly trial: Trial; readonly facts: ModelFacts };

/**
 * Undefined when a finding refuses it. The session of the result is open; the given one stays open. What the graph is
 * and what was measured goes into `trial.model`.
 */
export function quantizeModel(
  trial: Trial,
  facts: ModelFacts,
  findings: Findings,
): QuantizedModel | undefined {
  const { settings, tokenizer } = facts;
  const given = settings.quantize;
  if (given === undefined) return { trial, facts };
  return findings.collect(() => {
    const calibration = readCalibration(settings, tokenizer, trial.model);
    const judge = new Judge(trial, facts, calibration);
    const isAuto = given.value === "auto";
    const chosen = judge.choose(isAuto);
    refuseNothing(chosen.graph, facts);
    const failure = failedFigure(chosen.quality, judge.gate);
    if (failure !== undefined) throw judge.tooFar(failure, chosen.graph.report.quantized);
    const { quantized, kept, unmatched } = chosen.graph.report;
    for (const pattern of unmatched) {
      findings.problem(
        settings.quantizeExclude?.source ?? "quantize_exclude",
        `expected a part of a layer's name: found "${pattern}", which is in none: inspect a build without it for names`,
      );
    }
    const count = quantized.length === 1 ? "1 layer" : `${quantized.length} layers`;
    findings.decide("quantised", `${count} to int8, ${kept.length} kept`, given.source);
    findings.decide("quality", printQuality(chosen.quality, judge.gate), calibration.name);
    trial.model.quantization = describe(chosen, calibration, judge.gate);
    return judge.open(chosen.graph);
  });
}

type Chosen = { readonly graph: QuantizedGraph; readonly quality: Quality };

/** Compares graphs with the original by what they answer to the same texts. */
class Judge {
  readonly gate: QualityGate;
  readonly #trial: Trial;
  readonly #facts: ModelFacts;
  readonly #quantizer: Quantizer;
  readonly #sequences: readonly TokenSequence[];
  readonly #original: readonly Matrix[];

  constructor(trial: Trial, facts: ModelFacts, { sequences }: Calibration) {
    const { settings, weights, externalData } = facts;
    this.#trial = trial;
    this.#facts = facts;
    this.#sequences = sequences;
    this.#original = answers(trial, sequences);
    this.#quantizer = new Quantizer(weights, (location, { byteOffset, byteLength }) =>
      // Every location was opened when the graph was read.
      externalData.get(location)!.read(byteOffset, byteLength),
    );
    this.gate = {
      cosineMin: settings.minCosine?.value ?? COSINE_MIN,
      agreementMin: settings.minAgreement?.value ?? AGREEMENT_MIN,
    };
  }

  choose(isAuto: boolean): Chosen {
    if (!isAuto) return this.#measure(new Set());
    return searchKept({
      layers: this.#quantizer.quantize(this.#options()).report.quantized,
      distanceOf: (keep) => this.#distance(keep),
      measure: (keep) => this.#measure(keep),
      passes: ({ quality }) => failedFigure(quality, this.gate) === undefined,
    }).measured;
  }

  /** The trial and the facts of the quantised graph. */
  open(graph: QuantizedGraph): QuantizedModel {
    const { model } = this.#trial;
    const source = new MemorySource(graph.bytes, this.#facts.weights.name);
    const scanned = scanModel(source);
    model.graph = scanned.graph;
    const facts = { ...this.#facts, scanned, rewritten: source };
    return { trial: { ...this.#trial, session: openRounded(source) }, facts };
  }

  tooFar(failure: string, layers: readonly string[]): CodedError {
    const ranked = rankLayers({ layers, distanceOf: (keep) => this.#distance(keep) });
    const worst = ranked.slice(0, SUGGESTED_MAX).flat().slice(0, SUGGESTED_MAX);
    const flags = worst.map((name) => `--quantize-exclude "${name}"`).join(" ");
    return new CodedError(
      "BUILD_QUALITY_TOO_LOW",
      `Cannot quantise the model as its answers must keep a ${failure}: keep the layers that change them most with ` +
        `${flags}, let --quantize auto find those it takes, or accept less with --min-cosine and --min-agreement`,
      { detail: { layers: worst } },
    );
  }

  #options() {
    return { exclude: this.#facts.settings.quantizeExclude?.value ?? [] };
  }

  #measure(keep: ReadonlySet<string>): Chosen {
    const graph = this.#quantizer.quantize({ ...this.#options(), keep });
    return {
      graph,
      quality: this.#compare(
        graph,
        this.#sequences.map((_, index) => index),
      ),
    };
  }

  #distance(keep: ReadonlySet<string>): number {
    const graph = this.#quantizer.quantize({ ...this.#options(), keep });
    const step = Math.max(1, Math.floor(this.#sequences.length / SEARCH_TEXTS));
    const places = Array.from({ length: this.#sequences.length }, (_, index) => index);
    return this.#compare(
      graph,
      places.filter((index) => index % step === 0),
    ).distance;
  }

  #compare(graph: QuantizedGraph, places: readonly number[]): Quality {
    const session = openRounded(new MemorySource(graph.bytes, this.#facts.weights.name));
    try {
      const sequences = places.map((place) => this.#sequences[place]!);
      const rounded = answers({ ...this.#trial, session }, sequences);
      const original = places.map((place) => this.#original[place]!);
      return compareQuality(kindOf(this.#trial.model, this.#trial), original, rounded);
    } finally {
      session.close();
    }
  }
}

function openRounded(source: MemorySource): Session {
  const intraOpThreads = navigator.hardwareConcurrency;
  return openSession({ scanned: scanModel(source), source, intraOpThreads });
}

/** Each text alone: neighbours are the trial's matter. */
function answers(
  { session, model, task, layers }: Trial,
  sequences: readonly TokenSequence[],
): readonly Matrix[] {
  return sequences.map((sequence) => {
    const { output, mask } = session.run([sequence], model);
    // One matrix per sequence. Batches of others may share the memory of their output.
    const reduced = task.reduce(output, mask, { model, view: "default", layers })[0]!;
    return { ...reduced, data: reduced.data.slice() };
  });
}

function kindOf({ problemType }: Model, { task }: Trial): AnswerKind {
  if (task.id === "token_classification") return "class";
  if (task.id === "reranking") return "score";
  if (task.id !== "sequence_classification") return "vector";
  if (problemType === ProblemType.REGRESSION) return "score";
  return problemType === ProblemType.MULTI_LABEL_CLASSIFICATION ? "labels" : "class";
}

/** Whoever asks for small weights and gets none should know. */
function refuseNothing({ report }: QuantizedGraph, { weights }: ModelFacts): void {
  if (report.quantized.length > 0) return;
  const counts = new Map<string, number>();
  for (const { reason } of report.kept) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts].map(([reason, count]) => `${count} as ${reason}`).join("; ");
  throw new CodedError(
    "BUILD_NOTHING_QUANTISED",
    `Cannot quantise "${weights.name}" as it must have a layer or table that can be rounded: found ` +
      `${reasons === "" ? "none with weights" : `only such that stay as they are, ${reasons}`}: build it without --quantize`,
  );
}

function describe(
  { graph, quality }: Chosen,
  calibration: Calibration,
  gate: QualityGate,
): Quantization {
  const { meanCosine, minCosine, agreement, maxDrift, rankCorrelation } = quality;
  const { cosineMin, agreementMin } = gate;
  const figures = [
    ["meanCosine", meanCosine, cosineMin],
    ["minCosine", minCosine, undefined],
    ["agreement", agreement, agreementMin],
    ["rankCorrelation", rankCorrelation, agreementMin],
  ] as const;
  const known = figures.flatMap(([name, figure, bound]) =>
    figure === undefined ? [] : [[name, cutFigure(figure, bound)] as const],
  );
  return create(QuantizationSchema, {
    recipe: RECIPE,
    layers: [...graph.report.quantized],
    kept: graph.report.kept.map((layer) => create(KeptLayerSchema, layer)),
    quality: create(QualitySchema, {
      texts: calibration.sequences.length,
      textsSha256: calibration.sha256,
      ...Object.fromEntries(known),
      ...(maxDrift === undefined ? {} : { maxDrift: raisedFigure(maxDrift) }),
      // The bound of the figure this model is judged by.
      bound: meanCosine === undefined ? agreementMin : cosineMin,
    }),
  });
}

/** Of what should be small no digit is cut. */
function raisedFigure(figure: number): number {
  return Math.ceil(figure * 10_000) / 10_000;
}

function printQuality(quality: Quality, { cosineMin, agreementMin }: QualityGate): string {
  const { meanCosine, minCosine, agreement, maxDrift, rankCorrelation } = quality;
  const bounded = (figure: number, bound: number) =>
    `${printFigure(figure, bound)} of at least ${bound}`;
  const parts = [
    meanCosine === undefined ? [] : [`mean cosine ${bounded(meanCosine, cosineMin)}`],
    minCosine === undefined ? [] : [`least ${printFigure(minCosine)}`],
    agreement === undefined ? [] : [`labels alike ${bounded(agreement, agreementMin)}`],
    maxDrift === undefined ? [] : [`probabilities within ${raisedFigure(maxDrift)}`],
    rankCorrelation === undefined
      ? []
      : [`rank correlation ${bounded(rankCorrelation, agreementMin)}`],
  ];
  return parts.flat().join(", ");
}
