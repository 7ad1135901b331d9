// `classify` with labels of the caller's own, as Hugging Face's zero-shot pipeline: a model trained
// for natural language inference is asked whether a text entails a sentence about each label.
import { z } from "zod";
import { CodedError } from "../error/index.ts";
import type { Entailment, Model } from "../gen/manifest_pb.ts";
import {
  type Answer,
  hypothesisOf,
  isHypothesisTemplate,
  LABEL_PLACEHOLDER,
  labelOf,
  scoreCandidates,
} from "../task/index.ts";
import { defineExchange, type Exchange, type RunPlan } from "./exchange.ts";
import {
  bounded,
  boundedText,
  runOptions,
  textsField,
  truncationOptions,
  wellFormed,
} from "./field.ts";
import type { Limits } from "./limit.ts";
import { requestFault } from "./parse-request.ts";
import { requestBody } from "./request-body.ts";
import { mapSteps } from "./steps.ts";

/** Labels of a model that are spelt out; it may have thousands. */
const LABELS_SHOWN = 8;

const ZERO_SHOT_OPTIONS = ["candidate_labels", "hypothesis_template", "multi_label"] as const;

/** Whether a body, which may be anything, has an option only zero-shot requests have. */
export function isZeroShot(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return false;
  const { parameters } = body as { readonly parameters?: unknown };
  const places = [body, ...(typeof parameters === "object" && parameters ? [parameters] : [])];
  return places.some((place) => ZERO_SHOT_OPTIONS.some((name) => Object.hasOwn(place, name)));
}

/** A list, or one string with commas in it; the pipeline takes both. */
function candidatesField(limits: Limits) {
  const max = limits.labelsPerRequest;
  const label = wellFormed(boundedText(limits.charactersPerPrompt, 1));
  const joined = wellFormed(boundedText(limits.charactersPerInput)).refine((text) => {
    const count = splitLabels(text).length;
    return count >= 1 && count <= max;
  }, `a string of 1 to ${max} labels with commas between them`);
  return bounded(max, z.union([joined, z.array(label).min(1).max(max)]).nullish());
}

function splitLabels(joined: string): readonly string[] {
  const labels = joined.split(",").map((label) => label.trim());
  return labels.filter((label) => label !== "");
}

function templateField(limits: Limits) {
  return wellFormed(boundedText(limits.charactersPerPrompt))
    .refine(isHypothesisTemplate, TEMPLATE)
    .nullish();
}

const TEMPLATE = `a sentence with one "${LABEL_PLACEHOLDER}" for the label and no other brace`;

type ZeroShotRequest = {
  readonly inputs: string | readonly string[];
  readonly candidate_labels?: string | readonly string[] | null | undefined;
  readonly hypothesis_template?: string | null | undefined;
};

function textsOf({ inputs }: ZeroShotRequest): readonly string[] {
  return typeof inputs === "string" ? [inputs] : inputs;
}

function candidatesOf({ candidate_labels }: ZeroShotRequest): readonly string[] {
  if (candidate_labels == null) {
    const expected = "a string or an array of labels";
    throw requestFault({ path: "candidate_labels", value: candidate_labels, expected });
  }
  return typeof candidate_labels === "string" ? splitLabels(candidate_labels) : candidate_labels;
}

/** One input per text and label: the text is the premise, the sentence about the label follows. */
function planZeroShot(
  request: ZeroShotRequest & Parameters<typeof runOptions>[0],
  { model, limits }: { readonly model: Model; readonly limits: Limits },
): RunPlan {
  const { hypothesisTemplate } = requireEntailment(model);
  const texts = textsOf(request);
  const labels = candidatesOf(request);
  if (texts.length * labels.length > limits.inputsPerRequest) throw tooMany(texts, labels, limits);
  const template = request.hypothesis_template ?? hypothesisTemplate;
  checkSentences(template, labels, limits);
  const hypotheses = labels.map((label) => hypothesisOf(template, label));
  const inputs = texts.flatMap((text) => hypotheses.map((pair) => ({ text, pair })));
  // The sentence about the label must stay whole: only the text is cut.
  return {
    inputs,
    options: {
      ...runOptions(request),
      truncateStrategy: "only_first",
      inputsPerItem: labels.length,
    },
  };
}

/** There may be a thousand labels: the sentences are measured unwritten. */
function checkSentences(template: string, labels: readonly string[], limits: Limits): void {
  const max = limits.charactersPerPrompt;
  const longest = Math.max(...labels.map((label) => label.length));
  const length = template.length + longest - LABEL_PLACEHOLDER.length;
  if (length <= max) return;
  throw requestFault({
    path: "candidate_labels",
    value: labels,
    expected:
      `labels of which the template makes sentences of at most ${max} characters ` +
      `(and not of ${length})`,
  });
}

function tooMany(texts: readonly unknown[], labels: readonly unknown[], limits: Limits) {
  const max = Math.floor(limits.inputsPerRequest / texts.length);
  return requestFault({
    path: "candidate_labels",
    value: labels,
    expected:
      `an array of at most ${max} ${max === 1 ? "item" : "items"} for ${texts.length} texts ` +
      `(each text is asked about each label, ${limits.inputsPerRequest} times in one request)`,
  });
}

function requireEntailment(model: Model): Entailment {
  if (model.entailment !== undefined) return model.entailment;
  const labels = Array.from({ length: Math.min(model.width, LABELS_SHOWN) }, (_, index) =>
    labelOf(model, index),
  );
  const found = labels.join(", ") + (model.width > LABELS_SHOWN ? ", ..." : "");
  throw new CodedError(
    "TASK_MISMATCH",
    `Cannot try candidate_labels as the labels of this model are ${found} where entailment and ` +
      "contradiction are expected: leave candidate_labels out, or use a model for natural " +
      "language inference",
    { detail: { found: labels, expected: ["entailment", "contradiction"] } },
  );
}

function answersTo(place: number, answers: readonly Answer[], perText: number) {
  return answers.slice(place * perText, (place + 1) * perText);
}

const zeroShotSchema = z.object({
  sequence: z.string(),
  labels: z.array(z.string()),
  scores: z.array(z.number()),
});

/**
 * The labels of each text, the likeliest first. Their scores sum to 1, or with `multi_label` (and
 * for one label) each is a probability of its own.
 */
export function classifyZeroShot(limits: Limits): Exchange {
  return defineExchange({
    request: requestBody({
      fields: { inputs: textsField(limits) },
      options: {
        candidate_labels: candidatesField(limits),
        hypothesis_template: templateField(limits),
        multi_label: z.boolean().nullish(),
        ...truncationOptions,
      },
      unknown: "ignored",
    }),
    response: z.union([zeroShotSchema, z.array(zeroShotSchema)]),
    plan: (request, { model }) => planZeroShot(request, { model, limits }),
    respond: function* (answers, request, { model }) {
      const labels = candidatesOf(request);
      const multiLabel = request.multi_label ?? false;
      const items = yield* mapSteps(textsOf(request), (sequence, place) => {
        const own = answersTo(place, answers, labels.length);
        const ranked = scoreCandidates(own, labels, model, { multiLabel });
        return {
          sequence,
          labels: ranked.map(({ label }) => label),
          scores: ranked.map(({ score }) => score),
        };
      });
      const [only] = items;
      return typeof request.inputs === "string" && only !== undefined ? only : items;
    },
    countTruncated: (answers, request) => {
      const perText = candidatesOf(request).length;
      return textsOf(request).filter((_, place) =>
        answersTo(place, answers, perText).some(({ encoding }) => encoding.truncated),
      ).length;
    },
  });
}
