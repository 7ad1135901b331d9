// Classification of texts by labels no model was trained on: a classifier of pairs says whether the
// text (the premise) entails a sentence about each label (the hypothesis). Scores are those of the
// zero-shot-classification pipeline of transformers.
import { assert, CodedError } from "../error/index.ts";
import type { Model } from "../gen/manifest_pb.ts";
import { softmax } from "../tensor/index.ts";
import { expectFinite, problem } from "./output.ts";
import type { Answer, Problem } from "./task.ts";

/** What stands for the label in a template. */
export const LABEL_PLACEHOLDER = "{}";

/** The template of transformers. */
export const HYPOTHESIS_TEMPLATE = "This example is {}.";

export type EntailmentIndices = {
  readonly entailmentIndex: number;
  readonly contradictionIndex: number;
};

/**
 * Which logits speak for and against the hypothesis. The first label that begins with "entail" is
 * for it; against it is the first label of all, or the last where the first is the one for it.
 * Undefined for labels that are about something else.
 */
export function findEntailment(labels: readonly string[]): EntailmentIndices | undefined {
  const entailmentIndex = labels.findIndex((label) => label.toLowerCase().startsWith("entail"));
  if (entailmentIndex < 0 || labels.length < 2) return undefined;
  return { entailmentIndex, contradictionIndex: entailmentIndex === 0 ? labels.length - 1 : 0 };
}

/** Faults of a resolved model's entailment: logits it lacks, one for both, no place for a label. */
export function checkEntailment({ entailment, width }: Model): readonly Problem[] {
  if (entailment === undefined) return [];
  const { entailmentIndex, contradictionIndex, hypothesisTemplate } = entailment;
  const problems: Problem[] = [];
  for (const index of new Set([entailmentIndex, contradictionIndex])) {
    if (index < width) continue;
    problems.push(problem("entailment", `found index ${index}: expected less than ${width}`));
  }
  if (entailmentIndex === contradictionIndex) {
    const found = `found index ${entailmentIndex} for entailment and for contradiction`;
    problems.push(problem("entailment", `${found}: expected two labels`));
  }
  if (!isHypothesisTemplate(hypothesisTemplate)) {
    const expected = `expected one "${LABEL_PLACEHOLDER}" where the label goes and no other brace`;
    problems.push(
      problem("hypothesis template", `found ${JSON.stringify(hypothesisTemplate)}: ${expected}`),
    );
  }
  return problems;
}

/**
 * Whether a text has one place for the label and no other brace: to Python's format, which fills
 * templates in there, "{{" is one brace and "{}" twice or "{x}" an error.
 */
export function isHypothesisTemplate(text: string): boolean {
  const parts = text.split(LABEL_PLACEHOLDER);
  return parts.length === 2 && !parts.some((part) => /[{}]/.test(part));
}

/** The sentence about a label; what is no template is the caller's mistake. */
export function hypothesisOf(template: string, label: string): string {
  assert(isHypothesisTemplate(template), "a template has one place for the label");
  // Joined, as a replacement text would give "$&" in a label a meaning.
  return template.split(LABEL_PLACEHOLDER).join(label);
}

/** A label of the request; `index` is its place there. */
export type CandidateScore = {
  readonly index: number;
  readonly label: string;
  readonly score: number;
};

/**
 * How well each label fits one text, the best first, equal ones in the order of the request.
 * `answers` are to the text paired with the hypothesis about each label, in the order of `labels`.
 * Scores sum to 1, unless `multiLabel`, or a label without rivals, asks of each by itself whether
 * it is entailed rather than contradicted. Throws `TASK_MISMATCH` for logits the model lacks, and
 * `TASK_OUTPUT_NOT_FINITE`.
 */
export function scoreCandidates(
  answers: readonly Answer[],
  labels: readonly string[],
  model: Model,
  options: { readonly multiLabel?: boolean | undefined } = {},
): readonly CandidateScore[] {
  assert(answers.length === labels.length, "one answer per label");
  for (const { reduced } of answers) expectFinite(reduced);
  const pairs = answers.map((answer) => logitsOf(answer, model));
  const isIndependent = options.multiLabel === true || labels.length === 1;
  const scores = isIndependent
    ? pairs.map(({ opposing, supporting }) => softmax(Float32Array.of(opposing, supporting))[1]!)
    : softmax(Float32Array.from(pairs, ({ supporting }) => supporting));
  return labels
    .map((label, index) => ({ index, label, score: scores[index]! }))
    .sort((left, right) => right.score - left.score || left.index - right.index);
}

function logitsOf({ reduced }: Answer, model: Model) {
  const { entailment } = model;
  assert(entailment !== undefined, "the model tells entailment");
  const supporting = reduced.data[entailment.entailmentIndex];
  const opposing = reduced.data[entailment.contradictionIndex];
  if (supporting !== undefined && opposing !== undefined) return { supporting, opposing };
  const found = Math.max(entailment.entailmentIndex, entailment.contradictionIndex);
  throw new CodedError(
    "TASK_MISMATCH",
    `Cannot read entailment from logit ${found} as the model gives ${reduced.columns}: rebuild ` +
      "the file",
    { detail: { found, expected: `less than ${reduced.columns}` } },
  );
}
