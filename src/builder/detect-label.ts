// What the numbers of a classifier mean: names of the classes, how scores are made of logits, and what names imply.
import { create } from "@bufbuild/protobuf";
import { type Entailment, EntailmentSchema, LabelScheme, ProblemType } from "../gen/manifest_pb.ts";
import {
  defaultLabels,
  detectLabelScheme,
  findEntailment,
  HYPOTHESIS_TEMPLATE,
  readLabels,
  type TaskId,
} from "../task/index.ts";
import type { LabelSchemeId, ProblemTypeId } from "./config.ts";
import type { GraphFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import { textField } from "./json-file.ts";

const PROBLEM_TYPE: Readonly<Record<ProblemTypeId, ProblemType>> = {
  single_label_classification: ProblemType.SINGLE_LABEL_CLASSIFICATION,
  multi_label_classification: ProblemType.MULTI_LABEL_CLASSIFICATION,
  regression: ProblemType.REGRESSION,
};

const LABEL_SCHEME: Readonly<Record<LabelSchemeId, LabelScheme>> = {
  bio: LabelScheme.BIO,
  bioes: LabelScheme.BIOES,
};

/** More labels than this are counted, not listed, in what the build prints. */
const LABELS_SHOWN_MAX = 12;

/** Labels for an output of `width` classes; a count that does not fit becomes a problem. */
export function detectLabels(width: number, facts: GraphFacts, findings: Findings): string[] {
  return nameClasses({ width, order: "as many as the output is wide" }, facts, findings).labels;
}

/** Index of the class that says yes in a reranker of two: its probability is the relevance. */
const RELEVANT = 1;

/**
 * Names of the classes of a reranker with two. Which of them counts as relevant is noted: answers alone would not show
 * that it is the wrong one. Rerankers of one logit have none.
 */
export function detectRelevance(width: number, facts: GraphFacts, findings: Findings): string[] {
  const given = facts.settings.labels;
  if (width === 2) {
    const order = "the class of relevant texts second";
    const { labels, source } = nameClasses({ width, order }, facts, findings);
    findings.decide("relevant class", `${labels[RELEVANT] ?? ""} (index ${RELEVANT})`, source);
    return labels;
  }
  if (width === 1 && given !== undefined) {
    findings.problem(
      given.source,
      "found labels for a reranker of one score, which has no classes: leave them out, or classify with " +
        "--task sequence_classification",
    );
  }
  return [];
}

function nameClasses(
  { width, order }: { readonly width: number; readonly order: string },
  { settings, config }: GraphFacts,
  findings: Findings,
): { readonly labels: string[]; readonly source: string } {
  if (settings.labels !== undefined) {
    const { value, source } = settings.labels;
    if (value.length !== width) {
      const found = `found ${value.length} ${value.length === 1 ? "label" : "labels"}`;
      findings.problem(source, `${found}: expected ${width}, ${order}`);
    }
    findings.decide("labels", printLabels(value), source);
    return { labels: [...value], source };
  }
  // What the user wanted to call them cannot be read: nothing else is to be held against the output.
  if (findings.isFaulty("labels")) return { labels: [...defaultLabels(width)], source: "default" };
  const report = readLabels(config?.fields, width);
  const name = config?.name ?? "config.json";
  for (const { field, message } of report.problems) findings.problem(`${name}: ${field}`, message);
  const source = report.source === "default" ? "default" : `${name}: ${report.source}`;
  findings.decide("labels", printLabels(report.labels), source);
  const labels = report.labels.length > 0 ? report.labels : defaultLabels(width);
  return { labels: [...labels], source };
}

/** How logits become scores, by the rules of the reference implementation's text classification. */
export function detectProblemType(
  task: TaskId,
  width: number,
  { facts, findings }: { readonly facts: GraphFacts; readonly findings: Findings },
): ProblemType {
  const isMeant = task === "sequence_classification" && !findings.isFaulty("problemType");
  if (!isMeant) return ProblemType.PROBLEM_TYPE_UNSPECIFIED;
  const found = problemTypeOf(width, facts);
  if ("unknown" in found) {
    const known = Object.keys(PROBLEM_TYPE).join(", ");
    findings.problem(
      found.source,
      `expected one of ${known}: found ${JSON.stringify(found.unknown)}: choose with --problem-type`,
    );
    return ProblemType.PROBLEM_TYPE_UNSPECIFIED;
  }
  findings.decide("problem type", found.id, found.source);
  return PROBLEM_TYPE[found.id];
}

function problemTypeOf(
  width: number,
  { settings, config }: GraphFacts,
):
  | { readonly id: ProblemTypeId; readonly source: string }
  | { readonly unknown: string; readonly source: string } {
  if (settings.problemType !== undefined) {
    return { id: settings.problemType.value, source: settings.problemType.source };
  }
  const stated = textField(config?.fields, "problem_type");
  const source = `${config?.name ?? "config.json"}: problem_type`;
  if (stated !== undefined) {
    return isProblemType(stated) ? { id: stated, source } : { unknown: stated, source };
  }
  // One class has nothing to be compared with: its score is a sigmoid.
  if (width === 1) return { id: "multi_label_classification", source: "default for one label" };
  return { id: "single_label_classification", source: "default" };
}

function isProblemType(stated: string): stated is ProblemTypeId {
  return Object.hasOwn(PROBLEM_TYPE, stated);
}

/** What the prefixes of a token classifier's labels mean: as the user says, else as the labels look. */
export function detectScheme(
  labels: readonly string[],
  { settings }: GraphFacts,
  findings: Findings,
): LabelScheme {
  const given = settings.labelScheme;
  // Where no label has a prefix there is no scheme to speak of.
  const hasPrefix = labels.some((label) => /^[BIELSU]-/.test(label));
  if (given === undefined && !hasPrefix) return LabelScheme.LABEL_SCHEME_UNSPECIFIED;
  const scheme = given === undefined ? detectLabelScheme(labels) : LABEL_SCHEME[given.value];
  const id = scheme === LabelScheme.BIOES ? "bioes" : "bio";
  findings.decide("label scheme", id, given?.source ?? "labels: their prefixes");
  return scheme;
}

/** How a classifier of pairs labels texts with any words; undefined when its labels are about something else. */
export function detectEntailment(
  labels: readonly string[],
  { settings }: GraphFacts,
  findings: Findings,
): Entailment | undefined {
  const given = settings.hypothesisTemplate;
  // Labels that could not be read may have been those of entailment.
  if (findings.isFaulty("labels")) return undefined;
  const found = findEntailment(labels);
  if (found === undefined) {
    if (given !== undefined) {
      findings.problem(
        given.source,
        'expected labels of which one begins with "entail", as only models that tell entailment label texts with ' +
          `any words: found ${printLabels(labels)}: leave it out, or name the classes with --labels`,
      );
    }
    return undefined;
  }
  const { entailmentIndex, contradictionIndex } = found;
  const show = (index: number) => `${labels[index]} (index ${index})`;
  findings.decide(
    "entailment",
    `${show(entailmentIndex)} against ${show(contradictionIndex)}`,
    whyAgainst(labels, contradictionIndex),
  );
  const hypothesisTemplate = given?.value ?? HYPOTHESIS_TEMPLATE;
  findings.decide("hypothesis template", hypothesisTemplate, given?.source ?? "default");
  return create(EntailmentSchema, { ...found, hypothesisTemplate });
}

/** The reference goes by the position of the label it weighs against; where a name says otherwise, that is told. */
function whyAgainst(labels: readonly string[], chosen: number): string {
  const named = labels.findIndex((label) => /^contradict/i.test(label));
  if (named < 0 || named === chosen) return "labels: their names";
  return `labels: by position, as the reference does; the label ${labels[named]} is index ${named}`;
}

function printLabels(labels: readonly string[]): string {
  const shown = labels.slice(0, LABELS_SHOWN_MAX).join(", ");
  const hidden = labels.length - LABELS_SHOWN_MAX;
  return hidden > 0 ? `${labels.length}: ${shown} and ${hidden} more` : shown;
}
