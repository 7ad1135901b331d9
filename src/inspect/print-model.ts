// What a model does, as rows for people.
import type { InspectReport, LayerReport, QuantizationReport } from "./report.ts";
import type { Row } from "./table.ts";

/** More labels, prompts and sizes than this are counted, not listed. */
const SHOWN_MAX = 20;
/** Prompts may have thousands of characters. */
const PROMPT_LENGTH_SHOWN = 200;

/** One row for each setting the model has. */
export function modelRows(report: InspectReport): readonly Row[] {
  const rows: (Row | undefined)[] = [
    report.output === undefined ? undefined : ["output", report.output],
    widthRow(report),
    ...vectorRows(report),
    report.problemType === undefined ? undefined : ["problem type", report.problemType],
    ...labelRows(report),
    report.firstPosition === undefined
      ? undefined
      : ["first position", String(report.firstPosition)],
    report.oneAtATime === true ? ["batches", "one text at a time"] : undefined,
    ...quantizationRows(report),
    report.optimization === undefined ? undefined : ["optimised", report.optimization],
  ];
  return rows.filter((row) => row !== undefined);
}

function quantizationRows({ quantization }: InspectReport): readonly Row[] {
  if (quantization === undefined) return [];
  const { recipe, layers, kept, quality } = quantization;
  const counts = new Map<string, number>();
  for (const { reason } of kept) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts].map(([reason, count]) => `${count} as ${reason}`);
  return [
    ["quantised", `${layers.length} layers: ${recipe}`],
    ...(reasons.length === 0 ? [] : [["not quantised", listed(reasons)] as const]),
    ...(quality === undefined ? [] : [["quality", printQuality(quality)] as const]),
  ];
}

function printQuality(quality: NonNullable<QuantizationReport["quality"]>): string {
  const { meanCosine, minCosine, agreement, maxDrift, rankCorrelation, bound, texts } = quality;
  const figures = [
    ["mean cosine", meanCosine],
    ["least cosine", minCosine],
    ["agreement", agreement],
    ["largest change of a probability", maxDrift],
    ["rank correlation", rankCorrelation],
    ["accepted from", bound],
  ] as const;
  const known = figures.flatMap(([name, figure]) =>
    figure === undefined ? [] : [`${name} ${figure}`],
  );
  return `${known.join(", ")} (${texts} texts)`;
}

function widthRow({ width, outputWidth }: InspectReport): Row | undefined {
  if (width === undefined) return undefined;
  const origin = outputWidth === undefined ? "" : ` (${outputWidth} in the graph)`;
  return ["width", `${width}${origin}`];
}

function vectorRows(report: InspectReport): readonly (Row | undefined)[] {
  const { pooling, layers = [], normalize, similarity, dimensions, sparsePooling } = report;
  const suffix = report.includePrompt === false ? ", without the tokens of a prompt" : "";
  return [
    pooling === undefined ? undefined : ["pooling", `${pooling.join(" + ")}${suffix}`],
    sparsePooling === undefined ? undefined : ["sparse pooling", sparsePooling],
    ...layers.map((layer, index) => [`layer ${index + 1}`, printLayer(layer)]),
    normalize === undefined ? undefined : ["normalize", String(normalize)],
    ...promptRows(report),
    similarity === undefined ? undefined : ["similarity", similarity],
    dimensions === undefined || dimensions.length === 0
      ? undefined
      : ["dimensions", listed(dimensions.map(String))],
  ];
}

function printLayer(layer: LayerReport): string {
  const { kind, inWidth, outWidth, activation, hasBias, file } = layer;
  const parts = [
    kind.replaceAll("_", " "),
    ...(inWidth === undefined
      ? []
      : [inWidth === outWidth ? `${inWidth}` : `${inWidth} -> ${outWidth}`]),
    ...(activation === undefined ? [] : [activation]),
    ...(hasBias === false ? ["no bias"] : []),
    ...(file === undefined ? [] : [file]),
  ];
  return parts.join(", ");
}

function promptRows({ prompts = [], defaultPrompt }: InspectReport): readonly Row[] {
  const hidden = prompts.length - SHOWN_MAX;
  return [
    ...prompts.slice(0, SHOWN_MAX).map(({ name, text }) => ["prompt", name, quote(text)]),
    ...(hidden > 0 ? [["prompts", `${hidden} more`]] : []),
    ...(prompts.length === 0 ? [] : [["default prompt", defaultPrompt ?? "none"]]),
  ];
}

function quote(text: string): string {
  if (text.length <= PROMPT_LENGTH_SHOWN) return JSON.stringify(text);
  return `${JSON.stringify(text.slice(0, PROMPT_LENGTH_SHOWN))}... (${text.length} characters)`;
}

function labelRows({
  labels,
  labelScheme,
  entailment,
}: InspectReport): readonly (Row | undefined)[] {
  return [
    labels.length === 0
      ? undefined
      : [labels.length === 1 ? "1 label" : `${labels.length} labels`, listed(labels)],
    labelScheme === undefined ? undefined : ["label scheme", labelScheme],
    ...(entailment === undefined
      ? []
      : [
          ["entailment", `${entailment.entailment}, against ${entailment.contradiction}`],
          ["hypothesis", quote(entailment.hypothesisTemplate)],
        ]),
  ];
}

function listed(items: readonly string[]): string {
  const hidden = items.length - SHOWN_MAX;
  const shown = items.slice(0, SHOWN_MAX).join(", ");
  return hidden > 0 ? `${shown} and ${hidden} more` : shown;
}
