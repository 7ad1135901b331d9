// Cuts a text at the matches of a pattern, with the five ways of treating what matched.
import { type AlignedText, sliceAligned } from "./aligned-text.ts";

export const SPLIT_BEHAVIORS = [
  "Removed",
  "Isolated",
  "MergedWithPrevious",
  "MergedWithNext",
  "Contiguous",
] as const;
export type SplitBehavior = (typeof SPLIT_BEHAVIORS)[number];

/** A stretch of a text and whether the pattern matched it. */
export type MatchPart = { start: number; end: number; readonly matched: boolean };

/** Stretches that cover a text without gap. */
export type MatchList = readonly MatchPart[];

/** The matches of a global pattern and what lies between them. */
export function findMatches(text: string, pattern: RegExp): MatchList {
  const parts: MatchPart[] = [];
  let done = 0;
  for (const match of text.matchAll(pattern)) {
    const start = match.index;
    const end = start + match[0].length;
    if (done < start) parts.push({ start: done, end: start, matched: false });
    parts.push({ start, end, matched: true });
    done = end;
  }
  if (done < text.length) parts.push({ start: done, end: text.length, matched: false });
  return parts;
}

/** Every character that holds is a match of its own. */
export function findPredicate(text: string, holds: (codePoint: number) => boolean): MatchList {
  const parts: MatchPart[] = [];
  let done = 0;
  for (let index = 0; index < text.length; ) {
    const codePoint = text.codePointAt(index) ?? 0;
    const next = index + (codePoint > 0xffff ? 2 : 1);
    if (holds(codePoint)) {
      if (done < index) parts.push({ start: done, end: index, matched: false });
      parts.push({ start: index, end: next, matched: true });
      done = next;
    }
    index = next;
  }
  if (done < text.length) parts.push({ start: done, end: text.length, matched: false });
  return parts;
}

export function invertMatches(parts: MatchList): MatchList {
  return parts.map((part) => ({ ...part, matched: !part.matched }));
}

/** Joins parts with their left neighbour where the behaviour says so. */
function joinParts(
  parts: MatchList,
  joins: (part: MatchPart, previousMatched: boolean) => boolean,
): MatchPart[] {
  const joined: MatchPart[] = [];
  let previousMatched = false;
  for (const part of parts) {
    const last = joined.at(-1);
    if (last !== undefined && joins(part, previousMatched)) last.end = part.end;
    else joined.push({ ...part });
    previousMatched = part.matched;
  }
  return joined;
}

function joinWithNext(parts: MatchList): MatchPart[] {
  const joined: MatchPart[] = [];
  let nextMatched = false;
  for (const part of parts.toReversed()) {
    const last = joined.at(-1);
    if (last !== undefined && part.matched && !nextMatched) last.start = part.start;
    else joined.push({ ...part });
    nextMatched = part.matched;
  }
  return joined.reverse();
}

function applyBehavior(parts: MatchList, behavior: SplitBehavior): MatchList {
  switch (behavior) {
    case "Removed":
      return parts.filter((part) => !part.matched);
    case "Isolated":
      return parts;
    case "Contiguous":
      return joinParts(parts, (part, previousMatched) => part.matched === previousMatched);
    case "MergedWithPrevious":
      return joinParts(parts, (part, previousMatched) => part.matched && !previousMatched);
    case "MergedWithNext":
      return joinWithNext(parts);
  }
}

/** Appends the pieces of a text that a behaviour leaves; empty ones are left out. */
export function splitByMatches(
  input: AlignedText,
  parts: MatchList,
  { behavior, words }: { readonly behavior: SplitBehavior; readonly words: AlignedText[] },
): void {
  for (const { start, end } of applyBehavior(parts, behavior)) {
    if (start < end) words.push(sliceAligned(input, start, end));
  }
}
