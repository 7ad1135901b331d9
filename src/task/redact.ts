// Replaces the entities of a text, and tells where what went. Finding them is entity.ts's.
import { assert } from "../error/index.ts";
import { convertSpans, type SpanUnit } from "../tokenizer/index.ts";
import type { Entity } from "./entity.ts";

/** What a replacement is when a request says nothing. */
export const REDACTION_TEMPLATE = "[{label}]";

/** Most UTF-16 units of a template: a text may have an entity every few units, each grows to it. */
export const REDACTION_TEMPLATE_MAX = 256;

/** An entity with its span in UTF-16 units of the text. */
export type RedactableEntity = Pick<Entity, "label" | "start" | "end" | "score">;

export type RedactOptions = {
  /** What spans of the result count. */
  readonly unit: SpanUnit;
  /** Labels that are replaced; without them all are. */
  readonly labels?: readonly string[] | undefined;
  /** `{label}` and `{index}` stand for the entity's label and for the number of its words. */
  readonly template?: string | undefined;
  /** One character that takes the place of each of the entity's, instead of a template. */
  readonly mask?: string | undefined;
};

/** A stretch that was replaced: [start, end) in the text, [newStart, newEnd) in the new one. */
export type Redaction = {
  readonly label: string;
  readonly score: number;
  /** What stood there. */
  readonly word: string;
  /** What stands there. */
  readonly replacement: string;
  readonly start: number;
  readonly end: number;
  readonly newStart: number;
  readonly newEnd: number;
};

export type RedactedText = { readonly text: string; readonly redactions: readonly Redaction[] };

/**
 * The text with its entities replaced, in the text's order. Same words of a label have the same
 * `{index}`, counted from 1 by first appearance. An entity that begins or ends within what a reader
 * sees as one character (a surrogate pair, a letter with its marks, an emoji of several) takes in
 * all of it. Entities that overlap then are one stretch, under the label of the longest, of equals the first; entities
 * that only touch stay apart, and empty ones are left out. Lone surrogates become U+FFFD. Entities
 * outside of the text, a template over the limit and a mask of several characters are mistakes of
 * the caller.
 */
export function redactText(
  text: string,
  entities: readonly RedactableEntity[],
  options: RedactOptions,
): RedactedText {
  const { unit, labels, template = REDACTION_TEMPLATE, mask } = options;
  assert(template.length <= REDACTION_TEMPLATE_MAX, "a template is within its limit");
  assert(mask === undefined || [...mask].length === 1, "a mask is one character");
  // Of the same length. What a cut brings together may not become a pair.
  const original = text.toWellFormed();
  const wanted = entities.filter(({ label }) => labels?.includes(label) ?? true);
  const replace = mask === undefined ? fillTemplate(template) : repeatMask(mask);
  const parts: string[] = [];
  let from = 0;
  let newLength = 0;
  const redactions = findStretches(original, wanted).map(({ label, score, start, end }) => {
    const word = original.slice(start, end);
    const replacement = replace(label, word).toWellFormed();
    parts.push(original.slice(from, start), replacement);
    const newStart = newLength + start - from;
    newLength = newStart + replacement.length;
    from = end;
    return { label, score, word, replacement, start, end, newStart, newEnd: newLength };
  });
  const redacted = parts.join("") + original.slice(from);
  return { text: redacted, redactions: inUnit(redactions, { original, redacted, unit }) };
}

type Replace = (label: string, word: string) => string;

function fillTemplate(template: string): Replace {
  const numbers = new Map<string, Map<string, number>>();
  return (label, word) => {
    const known = numbers.get(label) ?? new Map<string, number>();
    numbers.set(label, known);
    const index = known.get(word) ?? known.size + 1;
    known.set(word, index);
    // In one pass, so that a label that is called "{index}" stays as it is.
    return template.replace(/\{(label|index)\}/g, (_, name: string) =>
      name === "label" ? label : String(index),
    );
  };
}

function repeatMask(mask: string): Replace {
  return (_, word) => Array.from(word, (each) => (/[\n\r]/.test(each) ? each : mask)).join("");
}

type Stretch = {
  readonly label: string;
  readonly score: number;
  readonly start: number;
  readonly end: number;
  /** Length of the entity the label is of. */
  readonly length: number;
};

function findStretches(text: string, entities: readonly RedactableEntity[]): readonly Stretch[] {
  const ordered = entities
    .filter(({ start, end }) => start !== end)
    .sort((left, right) => left.start - right.start || left.end - right.end);
  const stretches: Stretch[] = [];
  for (const { label, score, ...span } of ordered) {
    assert(span.start >= 0 && span.end <= text.length, "an entity lies in its text");
    assert(span.start < span.end, "an entity ends after its start");
    const length = span.end - span.start;
    const last = stretches.at(-1);
    const overlaps = last !== undefined && span.start < last.end;
    const start = overlaps ? last.start : wholeStart(text, span.start);
    const end = overlaps && span.end <= last.end ? last.end : wholeEnd(text, span.end);
    if (!overlaps) stretches.push({ label, score, start, end, length });
    else if (length > last.length) stretches.splice(-1, 1, { label, score, start, end, length });
    else stretches.splice(-1, 1, { ...last, end });
  }
  return stretches;
}

// Neither looks at a unit twice for entities in their order: what was taken in ends the way back,
// and entities within it need no look. Intl.Segmenter knows more of what belongs together, but each
// question about a long run of flags reads all of it.
function wholeStart(text: string, start: number): number {
  let place = start;
  while (isWithinCharacter(text, place)) place--;
  return place;
}

function wholeEnd(text: string, end: number): number {
  let place = end;
  while (isWithinCharacter(text, place)) place++;
  return place;
}

/**
 * Whether a cut would part what Unicode calls a combining character sequence, a surrogate pair or
 * an emoji of several.
 */
function isWithinCharacter(text: string, place: number): boolean {
  if (place <= 0 || place >= text.length) return false;
  const unit = text.charCodeAt(place);
  if (unit >= 0xdc00 && unit <= 0xdfff) return true;
  const next = String.fromCodePoint(text.codePointAt(place)!);
  const followsJoiner = text.charCodeAt(place - 1) === 0x200d;
  return JOINED_TO_BEFORE.test(next) || (followsJoiner && /\p{Extended_Pictographic}/u.test(next));
}

/** Marks, variation selectors among them, zero-width (non-)joiners, colours of skin. */
const JOINED_TO_BEFORE = /^(\p{M}|\u200c|\u200d|\p{Emoji_Modifier})/u;

function inUnit(
  redactions: readonly Redaction[],
  { original, redacted, unit }: { original: string; redacted: string; unit: SpanUnit },
): readonly Redaction[] {
  const before = redactions.flatMap(({ start, end }) => [start, end]);
  const after = redactions.flatMap(({ newStart, newEnd }) => [newStart, newEnd]);
  const places = convertSpans(original, Int32Array.from(before), unit);
  const newPlaces = convertSpans(redacted, Int32Array.from(after), unit);
  return redactions.map((redaction, index) => ({
    ...redaction,
    start: places[2 * index]!,
    end: places[2 * index + 1]!,
    newStart: newPlaces[2 * index]!,
    newEnd: newPlaces[2 * index + 1]!,
  }));
}
