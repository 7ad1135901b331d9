// Cuts a text at the matches of a pattern, with the five ways of treating what matched.

export const SPLIT_BEHAVIORS = [
  "Removed",
  "Isolated",
  "MergedWithPrevious",
  "MergedWithNext",
  "Contiguous",
] as const;
export type SplitBehavior = (typeof SPLIT_BEHAVIORS)[number];

/** Stretches that cover a text without gap, and for each whether the pattern matched it. */
export class MatchList {
  readonly #ends: number[] = [];
  readonly #matched: boolean[] = [];

  get count(): number {
    return this.#ends.length;
  }

  /** Where everything added so far ends. */
  get end(): number {
    return this.#ends.at(-1) ?? 0;
  }

  endOf(index: number): number {
    return this.#ends[index] ?? 0;
  }

  isMatch(index: number): boolean {
    return this.#matched[index] ?? false;
  }

  /** Adds the stretch from the last end to `end`. */
  add(end: number, matched: boolean): void {
    this.#ends.push(end);
    this.#matched.push(matched);
  }

  /** Adds a match and, if there is any, what lies before it. */
  addMatch(start: number, end: number, matched: boolean): void {
    if (this.end < start) this.add(start, !matched);
    this.add(end, matched);
  }

  /** Ends the list at the end of the text. */
  close(end: number, matched: boolean): void {
    if (this.end < end) this.add(end, matched);
  }
}

/** The matches of a global pattern and what lies between them; inverted, the other way round. */
export function findMatches(text: string, pattern: RegExp, inverts: boolean): MatchList {
  const parts = new MatchList();
  for (const match of text.matchAll(pattern)) {
    parts.addMatch(match.index, match.index + match[0].length, !inverts);
  }
  parts.close(text.length, inverts);
  return parts;
}

/** Every character that holds is a match of its own. */
export function findCharacters(text: string, holds: (codePoint: number) => boolean): MatchList {
  const parts = new MatchList();
  for (let index = 0; index < text.length; ) {
    const codePoint = text.codePointAt(index) ?? 0;
    const next = index + (codePoint > 0xffff ? 2 : 1);
    if (holds(codePoint)) parts.addMatch(index, next, true);
    index = next;
  }
  parts.close(text.length, false);
  return parts;
}

/** Whether there is a cut between a stretch and the next one. */
function isCut(parts: MatchList, index: number, behavior: SplitBehavior): boolean {
  const [matched, next] = [parts.isMatch(index), parts.isMatch(index + 1)];
  if (behavior === "Contiguous") return matched !== next;
  if (behavior === "MergedWithPrevious") return matched || !next;
  if (behavior === "MergedWithNext") return next || !matched;
  return true;
}

/** Gives the pieces a behaviour leaves, in order; some may be empty. */
export function eachPiece(
  parts: MatchList,
  behavior: SplitBehavior,
  give: (start: number, end: number) => void,
): void {
  let start = 0;
  for (let index = 0; index < parts.count; index++) {
    const end = parts.endOf(index);
    const isLast = index + 1 === parts.count;
    if (!isLast && !isCut(parts, index, behavior)) continue;
    if (behavior !== "Removed" || !parts.isMatch(index)) give(start, end);
    start = end;
  }
}
