// `redact`: texts with their entities replaced, and what was replaced where. Nothing is ever cut
// off: text that is not read is text that is not redacted.
import { z } from "zod";
import type { Model } from "../gen/manifest_pb.ts";
import {
  type AggregationStrategy,
  type Entity,
  entityLabels,
  entitySteps,
  IGNORED_LABELS,
  REDACTION_TEMPLATE,
  REDACTION_TEMPLATE_MAX,
  type Redaction,
  type RedactOptions,
  redactText,
} from "../task/index.ts";
import { AnswerBudget, textItems } from "./answer-limit.ts";
import { labelNamesField, strideField, tokenRunOptions } from "./entity-json.ts";
import { defineExchange, type Exchange } from "./exchange.ts";
import {
  boundedText,
  offsetsField,
  probabilityField,
  textsField,
  toInputs,
  wellFormed,
} from "./field.ts";
import type { Limits } from "./limit.ts";
import { requestFault } from "./parse-request.ts";
import { requestBody } from "./request-body.ts";

/** `none` finds pieces of words, whose rests would stay legible. */
const STRATEGIES = ["simple", "first", "average", "max"] as const satisfies AggregationStrategy[];

/**
 * Words are replaced whole, whatever their single tokens are labelled, and every token of a word
 * has its say: `simple` would leave the letters of a name whose label the model was unsure of.
 */
const DEFAULT_STRATEGY = "average";

const NEVER_CUT = "null (texts are read whole here, in windows: what is cut off is not redacted)";
const neverGiven = z.null({ error: NEVER_CUT }).optional();

const redactOptions = (limits: Limits) => ({
  labels: labelNamesField(limits),
  ignore_labels: labelNamesField(limits),
  threshold: probabilityField,
  aggregation_strategy: z.enum(STRATEGIES).nullish(),
  /** `{label}` and `{index}` in it stand for the label and the number of the entity's words. */
  replacement: wellFormed(boundedText(REDACTION_TEMPLATE_MAX)).nullish(),
  mask: wellFormed(z.string()).refine(isOneCharacter, "a string of one character").nullish(),
  offsets: offsetsField,
  stride: strideField,
  truncate: neverGiven,
  truncation_direction: neverGiven,
});

function isOneCharacter(text: string): boolean {
  // A code point has one or two UTF-16 units: a long text is not taken apart.
  return text.length <= 2 && [...text].length === 1;
}

const redactedSchema = z.object({
  text: z.string(),
  entities: z.array(
    z.object({
      entity_group: z.string(),
      score: z.number(),
      word: z.string(),
      start: z.int(),
      end: z.int(),
      replacement: z.string(),
      redacted_start: z.int(),
      redacted_end: z.int(),
    }),
  ),
});

function toRedactionJson(redaction: Redaction) {
  const { label, score, word, start, end, replacement, newStart, newEnd } = redaction;
  const places = { redacted_start: newStart, redacted_end: newEnd };
  return { entity_group: label, score, word, start, end, replacement, ...places };
}

/**
 * A label nobody gives would leave what it was meant for in the text, and look as if none had been
 * there. Throws `REQUEST_INVALID`.
 */
function checkLabels(labels: readonly string[], model: Model): void {
  const known = entityLabels(model);
  const place = labels.findIndex((label) => !known.includes(label));
  if (place < 0) return;
  const shown = known.slice(0, LABELS_SHOWN).map((label) => JSON.stringify(label));
  const more = known.length > shown.length ? [`one of ${known.length - shown.length} more`] : [];
  throw requestFault({
    path: `labels[${place}]`,
    value: labels[place],
    expected: [...shown, ...more].join(" or "),
  });
}

/** Names and numbers of an entity and of what took its place. */
const ITEMS_PER_REDACTION = 16;

/** Digits of `{index}`: no text has ten million words. */
const INDEX_DIGITS = 7;

/** What the redacted text and the list of its entities count in an answer, at most. */
function countItems(
  text: string,
  entities: readonly Entity[],
  { labels, template = REDACTION_TEMPLATE, mask }: Omit<RedactOptions, "unit">,
): number {
  const literal = JSON.stringify(template).length;
  const namesLabel = template.split("{label}").length - 1;
  const indices = template.split("{index}").length - 1;
  const wanted = entities.filter(({ label }) => labels?.includes(label) ?? true);
  let characters = text.length;
  for (const { label, start, end } of wanted) {
    const filled = literal + indices * INDEX_DIGITS + namesLabel * label.length;
    const replacement = mask === undefined ? filled : mask.length * (end - start);
    characters += 2 * replacement + end - start;
  }
  return wanted.length * ITEMS_PER_REDACTION + textItems(characters);
}

/** Labels that are spelt out; a model may have hundreds. */
const LABELS_SHOWN = 20;

/** One text is answered bare, a list with a list. */
export function redact(limits: Limits): Exchange {
  return defineExchange({
    request: requestBody({
      fields: { inputs: textsField(limits) },
      options: redactOptions(limits),
      unknown: "refused",
    }),
    response: z.union([redactedSchema, z.array(redactedSchema)]),
    plan: (request, { model }) => {
      const { mask, replacement, stride, labels } = request;
      if (mask != null && replacement != null) {
        const expected = 'null (with "replacement" given)';
        throw requestFault({ path: "mask", value: mask, expected });
      }
      if (labels != null) checkLabels(labels, model);
      return { inputs: toInputs(request.inputs), options: tokenRunOptions({ stride }) };
    },
    respond: function* (answers, request, { model, tokenizer, ...context }) {
      const found = {
        tokenizer,
        // What redactText counts in; its results are in the unit of the request.
        unit: "utf16",
        strategy: request.aggregation_strategy ?? DEFAULT_STRATEGY,
        // What is outside of any entity stays, whatever else is left out.
        ignoreLabels: [...IGNORED_LABELS, ...(request.ignore_labels ?? [])],
        threshold: request.threshold ?? undefined,
      } as const;
      const shown = {
        unit: request.offsets ?? "codepoint",
        labels: request.labels ?? undefined,
        template: request.replacement ?? undefined,
        mask: request.mask ?? undefined,
      } as const;
      const budget = new AnswerBudget(context.answerItemsMax, context.onAnswerItems);
      const items: z.infer<typeof redactedSchema>[] = [];
      for (const answer of answers) {
        const { text: original } = answer.input;
        const entities = yield* entitySteps(answer, model, found);
        // Before anything is written: each entity may grow to the length of the template, twice.
        budget.takeItems(countItems(original, entities, shown));
        const { text, redactions } = redactText(original, entities, shown);
        yield;
        items.push({ text, entities: redactions.map(toRedactionJson) });
        yield;
      }
      const [only] = items;
      return typeof request.inputs === "string" && only !== undefined ? only : items;
    },
  });
}
