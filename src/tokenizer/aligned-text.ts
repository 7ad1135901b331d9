// Text that remembers where each of its UTF-16 units came from in the original.
// It is what normalisers and pre-tokenisers pass along; it knows nothing of tokens.

/** Range in the original of every unit of a text: unit i came from [starts[i], ends[i]). */
export type Alignment = { readonly starts: Int32Array; readonly ends: Int32Array };

/**
 * A stretch of text on its way to tokens.
 * Without a map, unit i came from original unit `at + i`; with one, its range is entry `at + i` of the map.
 */
export type AlignedText = {
  readonly text: string;
  readonly at: number;
  readonly map: Alignment | undefined;
};

/** A step that changes text before it is cut. */
export type Normalizer = (input: AlignedText) => AlignedText;

export function alignIdentity(text: string): AlignedText {
  return { text, at: 0, map: undefined };
}

/** Cuts [from, to), in units of the text. */
export function sliceAligned(input: AlignedText, from: number, to: number): AlignedText {
  return { text: input.text.slice(from, to), at: input.at + from, map: input.map };
}

/** First original unit of unit `index`. */
export function originalStart(input: AlignedText, index: number): number {
  const place = input.at + index;
  return input.map === undefined ? place : (input.map.starts[place] ?? 0);
}

/** One past the last original unit of unit `index`. */
export function originalEnd(input: AlignedText, index: number): number {
  const place = input.at + index;
  return input.map === undefined ? place + 1 : (input.map.ends[place] ?? 0);
}

/** Original range of the whole character that unit `index` is part of. */
export function characterRange(input: AlignedText, index: number): readonly [number, number] {
  const { text } = input;
  const isTail = index > 0 && unitsAt(text, index - 1) === 2;
  const first = isTail ? index - 1 : index;
  return [originalStart(input, first), originalEnd(input, first + unitsAt(text, first) - 1)];
}

const INITIAL_UNITS = 256;

/** Units joined to a string at once: arguments of a call, so well below the limits of engines. */
const JOINED_UNITS = 8192;

/** Makes a string of UTF-16 units. Joining pieces one by one would cost far more memory on long texts. */
export function textOfUnits(units: Uint16Array): string {
  if (units.length <= JOINED_UNITS) return String.fromCharCode(...units);
  const parts: string[] = [];
  for (let from = 0; from < units.length; from += JOINED_UNITS) {
    parts.push(String.fromCharCode(...units.subarray(from, from + JOINED_UNITS)));
  }
  return parts.join("");
}

/** Collects an aligned text piece by piece. */
export class AlignedTextBuilder {
  #units: Uint16Array;
  #starts: Int32Array;
  #ends: Int32Array;
  #length = 0;

  constructor(unitsExpected: number = INITIAL_UNITS) {
    this.#units = new Uint16Array(unitsExpected);
    this.#starts = new Int32Array(unitsExpected);
    this.#ends = new Int32Array(unitsExpected);
  }

  get length(): number {
    return this.#length;
  }

  /** Appends `text`, all of whose units came from [start, end) of the original. */
  push(text: string, start: number, end: number): void {
    const next = this.#length + text.length;
    if (next > this.#units.length) this.#grow(next);
    for (let index = 0, unit = this.#length; unit < next; index++, unit++) {
      this.#units[unit] = text.charCodeAt(index);
      this.#starts[unit] = start;
      this.#ends[unit] = end;
    }
    this.#length = next;
  }

  /** Appends [from, to) of another aligned text, unit by unit. */
  copy(input: AlignedText, from: number, to: number): void {
    const next = this.#length + to - from;
    if (next > this.#units.length) this.#grow(next);
    for (let index = from, unit = this.#length; index < to; index++, unit++) {
      this.#units[unit] = input.text.charCodeAt(index);
      this.#starts[unit] = originalStart(input, index);
      this.#ends[unit] = originalEnd(input, index);
    }
    this.#length = next;
  }

  finish(): AlignedText {
    const text = textOfUnits(this.#units.subarray(0, this.#length));
    return { text, at: 0, map: { starts: this.#starts, ends: this.#ends } };
  }

  #grow(unitsNeeded: number): void {
    const capacity = Math.max(unitsNeeded, this.#units.length * 2);
    this.#units = resized(this.#units, new Uint16Array(capacity));
    this.#starts = resized(this.#starts, new Int32Array(capacity));
    this.#ends = resized(this.#ends, new Int32Array(capacity));
  }
}

function resized<T extends Int32Array | Uint16Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Units of the character that begins at `index`: 2 for a surrogate pair, else 1. */
export function unitsAt(text: string, index: number): 1 | 2 {
  const codePoint = text.codePointAt(index);
  return codePoint !== undefined && codePoint > 0xffff ? 2 : 1;
}

/** Replaces every character by a string of its own (empty: dropped), which keeps the character's range. */
export function mapCharacters(
  input: AlignedText,
  replacementOf: (codePoint: number) => string,
): AlignedText {
  const { text } = input;
  const out = new AlignedTextBuilder(text.length + (text.length >> 2) + 8);
  for (let index = 0; index < text.length; ) {
    const codePoint = text.codePointAt(index) ?? 0;
    const units = codePoint > 0xffff ? 2 : 1;
    const replacement = replacementOf(codePoint);
    if (replacement !== "") {
      out.push(replacement, originalStart(input, index), originalEnd(input, index + units - 1));
    }
    index += units;
  }
  return out.finish();
}
