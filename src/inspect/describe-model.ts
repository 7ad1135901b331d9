// The settings a builder of this project stored, for a report: numbers of enumerations become names.
import {
  Activation,
  type Dense,
  LabelScheme,
  type Layer,
  type LayerNorm,
  type Model,
  Pooling,
  ProblemType,
  type Quantization,
  Similarity,
  SparsePooling,
  Task,
  type TokenizerInfo,
  TruncationStrategy,
} from "../gen/manifest_pb.ts";
import { toHex } from "../io/index.ts";
import {
  describeGraph,
  enumName,
  type LayerReport,
  type ModelReport,
  type QuantizationReport,
  side,
  type TokenizerReport,
} from "./report.ts";

/** Settings that mean nothing for the model's task are left out. */
export function describeModel(model: Model): ModelReport {
  const { graph, tokenizer } = model;
  return {
    output: model.output,
    width: model.width,
    ...(model.outputWidth === 0 ? {} : { outputWidth: model.outputWidth }),
    ...describeVectors(model),
    ...describeClasses(model),
    ...(model.firstPosition === 0 ? {} : { firstPosition: model.firstPosition }),
    ...(model.oneAtATime ? { oneAtATime: true } : {}),
    ...(model.quantization === undefined
      ? {}
      : { quantization: describeQuantization(model.quantization) }),
    ...(model.optimization === "" ? {} : { optimization: model.optimization }),
    ...(graph === undefined ? {} : { graph: describeGraph(graph, model) }),
    ...(tokenizer === undefined ? {} : { tokenizer: describeTokenizer(tokenizer) }),
    problems: [],
  };
}

const VECTOR_TASKS: readonly Task[] = [
  Task.EMBEDDING,
  Task.SENTENCE_EMBEDDING,
  Task.SPARSE_EMBEDDING,
];

function describeVectors(model: Model): Partial<ModelReport> {
  if (!VECTOR_TASKS.includes(model.task)) return {};
  const isSentence = model.task === Task.SENTENCE_EMBEDDING;
  const isSparse = model.task === Task.SPARSE_EMBEDDING;
  return {
    ...(isSentence
      ? {
          pooling: model.pooling.map((mode) => enumName(Pooling, mode)),
          includePrompt: !model.poolWithoutPrompt,
        }
      : {}),
    ...(isSparse
      ? { sparsePooling: enumName(SparsePooling, model.sparsePooling).replace("sparse_", "") }
      : { layers: model.layers.map(describeLayer), normalize: model.normalize }),
    prompts: model.prompts.map(({ name, text }) => ({ name, text })),
    defaultPrompt: model.defaultPrompt || null,
    ...(isSentence && model.similarity !== Similarity.SIMILARITY_UNSPECIFIED
      ? { similarity: enumName(Similarity, model.similarity) }
      : {}),
    ...(isSentence ? { dimensions: model.dimensions } : {}),
  };
}

function describeLayer({ kind }: Layer): LayerReport {
  switch (kind.case) {
    case "dense":
      return describeDense(kind.value);
    case "layerNorm":
      return describeNorm(kind.value);
    case "unitLength":
      return { kind: "unit_length" };
    default:
      return { kind: "unknown" };
  }
}

function describeDense({ inWidth, outWidth, activation, weight, bias }: Dense): LayerReport {
  return {
    kind: "dense",
    ...(weight === undefined ? {} : { file: weight.file }),
    inWidth,
    outWidth,
    activation: enumName(Activation, activation),
    hasBias: bias !== undefined,
  };
}

function describeNorm({ width, epsilon, weight, bias }: LayerNorm): LayerReport {
  return {
    kind: "layer_norm",
    ...(weight === undefined ? {} : { file: weight.file }),
    inWidth: width,
    outWidth: width,
    hasBias: bias !== undefined,
    epsilon,
  };
}

function describeClasses(
  model: Model,
): Pick<ModelReport, "labels" | "problemType" | "labelScheme" | "entailment"> {
  const { labels, problemType, labelScheme, entailment } = model;
  // A label of a damaged file may be missing.
  const labelAt = (index: number) => labels[index] ?? `class ${index}`;
  return {
    labels,
    ...(problemType === ProblemType.PROBLEM_TYPE_UNSPECIFIED
      ? {}
      : { problemType: enumName(ProblemType, problemType) }),
    ...(labelScheme === LabelScheme.LABEL_SCHEME_UNSPECIFIED
      ? {}
      : { labelScheme: enumName(LabelScheme, labelScheme) }),
    ...(entailment === undefined
      ? {}
      : {
          entailment: {
            entailment: labelAt(entailment.entailmentIndex),
            contradiction: labelAt(entailment.contradictionIndex),
            hypothesisTemplate: entailment.hypothesisTemplate,
          },
        }),
  };
}

/** What a file says of rounded weights, as data. */
export function describeQuantization(quantization: Quantization): QuantizationReport {
  const { recipe, layers, kept, quality } = quantization;
  const report = { recipe, layers, kept: kept.map(({ name, reason }) => ({ name, reason })) };
  if (quality === undefined) return report;
  const { texts, textsSha256, ...figures } = quality;
  const { meanCosine, minCosine, agreement, maxDrift, rankCorrelation, bound } = figures;
  return {
    ...report,
    quality: {
      texts,
      textsSha256: toHex(textsSha256),
      ...(meanCosine === undefined ? {} : { meanCosine }),
      ...(minCosine === undefined ? {} : { minCosine }),
      ...(agreement === undefined ? {} : { agreement }),
      ...(maxDrift === undefined ? {} : { maxDrift }),
      ...(rankCorrelation === undefined ? {} : { rankCorrelation }),
      ...(bound === undefined ? {} : { bound }),
    },
  };
}

function describeTokenizer(tokenizer: TokenizerInfo): TokenizerReport {
  return {
    kind: tokenizer.kind,
    vocabularySize: tokenizer.vocabularySize,
    maxLength: tokenizer.maxLength,
    padToken: tokenizer.padToken || null,
    padId: tokenizer.padId,
    padSide: side(tokenizer.padLeft),
    truncationSide: side(tokenizer.truncateLeft),
    fixedLength: tokenizer.fixedLength,
    padMultiple: tokenizer.padMultiple,
    truncationStrategy: enumName(TruncationStrategy, tokenizer.truncationStrategy),
    ...(tokenizer.windowOverlap === undefined ? {} : { windowOverlap: tokenizer.windowOverlap }),
  };
}
