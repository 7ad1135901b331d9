// Normalisation forms with alignment, as the reference tokenizer does them: by an older Unicode than the running Bun's.
import type { AlignedText } from "./aligned-text.ts";
import { ChangeWriter } from "./change.ts";
import { parseRanges } from "./character.ts";
import { COMBINING, NOT_DECOMPOSED, NOT_DECOMPOSED_COMPATIBLY } from "./unicode-table.ts";

export type UnicodeForm = "NFC" | "NFD" | "NFKC" | "NFKD";

let notDecomposed: ReadonlySet<number> | undefined;
let notDecomposedCompatibly: ReadonlySet<number> | undefined;
let combiningRank: ReadonlyMap<number, number> | undefined;

function setOf(ranges: string): Set<number> {
  const found = new Set<number>();
  for (const [from, to] of parseRanges(ranges)) {
    for (let codePoint = from; codePoint <= to; codePoint++) found.add(codePoint);
  }
  return found;
}

/** Place of a character's combining class among all; 0 for characters that do not combine. */
function rankOf(codePoint: number): number {
  if (combiningRank === undefined) {
    const ranks = new Map<number, number>();
    for (const [index, group] of COMBINING.split("|").entries()) {
      for (const member of setOf(group)) ranks.set(member, index + 1);
    }
    combiningRank = ranks;
  }
  return combiningRank.get(codePoint) ?? 0;
}

/** Whether a character combines with the one before it, so that decomposing may move it. */
export function isCombining(codePoint: number): boolean {
  return rankOf(codePoint) > 0;
}

/** The decomposition of one character. */
export function decomposeCharacter(codePoint: number, form: "NFD" | "NFKD" = "NFD"): string {
  const character = String.fromCodePoint(codePoint);
  if (codePoint < 0x80) return character;
  if (form === "NFD") {
    notDecomposed ??= setOf(NOT_DECOMPOSED);
    return notDecomposed.has(codePoint) ? character : character.normalize("NFD");
  }
  notDecomposedCompatibly ??= setOf(NOT_DECOMPOSED_COMPATIBLY);
  return notDecomposedCompatibly.has(codePoint) ? character : character.normalize("NFKD");
}

/** A decomposed character, its change as `ChangeWriter` takes it and the place of its combining class. */
type Combining = { readonly text: string; readonly change: number; readonly rank: number };

/** Decomposes a text and puts combining characters in canonical order; their changes move with them. */
function decompose(text: string, form: "NFD" | "NFKD"): Combining[] {
  const all: Combining[] = [];
  let runStart = 0;
  const sortRun = (): void => {
    if (all.length - runStart > 1) {
      const run = all.splice(runStart).sort((a, b) => a.rank - b.rank);
      for (const each of run) all.push(each);
    }
    runStart = all.length;
  };
  for (const character of text) {
    let change = 0;
    for (const part of decomposeCharacter(character.codePointAt(0) ?? 0, form)) {
      const rank = rankOf(part.codePointAt(0) ?? 0);
      if (rank === 0) sortRun();
      all.push({ text: part, change, rank });
      if (rank === 0) runStart = all.length;
      change = 1;
    }
  }
  sortRun();
  return all;
}

/** The character two others compose to, if they do and if the reference's Unicode has it. */
function compose(first: string, second: string): string | undefined {
  const composed = (first + second).normalize("NFC");
  const codePoint = composed.codePointAt(0) ?? 0;
  const isOne = composed.length === (codePoint > 0xffff ? 2 : 1);
  return isOne && decomposeCharacter(codePoint) !== composed ? composed : undefined;
}

/** Composes decomposed text: each combining character with the last starter, unless something blocks it. */
function recompose(all: readonly Combining[]): Combining[] {
  const out: Combining[] = [];
  let starter: Combining | undefined;
  let waiting: Combining[] = [];
  const flush = (): void => {
    if (starter !== undefined) out.push(starter);
    for (const each of waiting) out.push(each);
    waiting = [];
  };
  for (const each of all) {
    if (starter === undefined) {
      if (each.rank === 0) starter = each;
      else out.push(each);
      continue;
    }
    const lastRank: number | undefined = waiting.at(-1)?.rank;
    const blocked: boolean = lastRank !== undefined && lastRank >= each.rank;
    const composed = blocked ? undefined : compose(starter.text, each.text);
    if (composed !== undefined) {
      starter = { text: composed, change: starter.change + each.change - 1, rank: 0 };
    } else if (each.rank === 0) {
      flush();
      starter = each;
    } else {
      waiting.push(each);
    }
  }
  flush();
  return out;
}

const ASCII = /^[\0-\x7f]*$/;

/** The engine takes quadratic time to order the marks on one letter; no writing puts this many there. */
const MANY_MARKS = /\p{M}{32}/u;

/** Characters that may move or join what is before them. */
const JOINS_BEFORE = /^[\p{M}\u1160-\u11ff\ud7b0-\ud7ff]/u;

/** Characters normalised at once, so that the work space does not grow with the text. */
const CHUNK_UNITS = 1024;

/** End of the stretch from `start` that can be normalised on its own: what follows joins nothing before it. */
function chunkEnd(text: string, start: number, form: "NFD" | "NFKD"): number {
  let end = start + CHUNK_UNITS;
  for (; end < text.length; end++) {
    const codePoint = text.codePointAt(end) ?? 0;
    const isTail = codePoint >= 0xdc00 && codePoint <= 0xdfff;
    if (!isTail && !JOINS_BEFORE.test(decomposeCharacter(codePoint, form))) return end;
  }
  return text.length;
}

/** Brings a text into a normalisation form. */
export function normalizeForm(input: AlignedText, form: UnicodeForm): AlignedText {
  const { text } = input;
  if (ASCII.test(text)) return input;
  // Text that today's Unicode leaves alone is left alone by older ones too: forms are stable.
  if (!MANY_MARKS.test(text) && text.normalize(form) === text) return input;
  const decomposition = form === "NFC" || form === "NFD" ? "NFD" : "NFKD";
  const composes = form === "NFC" || form === "NFKC";
  const out = new ChangeWriter(input);
  for (let start = 0; start < text.length; ) {
    const end = chunkEnd(text, start, decomposition);
    const decomposed = decompose(text.slice(start, end), decomposition);
    const characters = composes ? recompose(decomposed) : decomposed;
    for (const { text: character, change } of characters) out.put(character, change);
    start = end;
  }
  return out.finish();
}
