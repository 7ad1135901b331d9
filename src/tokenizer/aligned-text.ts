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

/** Collects an aligned text piece by piece. */
export class AlignedTextBuilder {
  #text = "";
  #starts: Int32Array;
  #ends: Int32Array;
  #length = 0;

  constructor(unitsExpected: number = INITIAL_UNITS) {
    this.#starts = new Int32Array(unitsExpected);
    this.#ends = new Int32Array(unitsExpected);
  }

  get length(): number {
    return this.#length;
  }

  /** Appends `text`, all of whose units came from [start, end) of the original. */
  push(text: string, start: number, end: number): void {
    const next = this.#length + text.length;
    if (next > this.#starts.length) this.#grow(next);
    for (let unit = this.#length; unit < next; unit++) {
      this.#starts[unit] = start;
      this.#ends[unit] = end;
    }
    this.#text += text;
    this.#length = next;
  }

  /** Appends [from, to) of another aligned text, unit by unit. */
  copy(input: AlignedText, from: number, to: number): void {
    const next = this.#length + to - from;
    if (next > this.#starts.length) this.#grow(next);
    for (let unit = from; unit < to; unit++) {
      this.#starts[this.#length] = originalStart(input, unit);
      this.#ends[this.#length] = originalEnd(input, unit);
      this.#length++;
    }
    this.#text += input.text.slice(from, to);
  }

  finish(): AlignedText {
    return { text: this.#text, at: 0, map: { starts: this.#starts, ends: this.#ends } };
  }

  #grow(unitsNeeded: number): void {
    const capacity = Math.max(unitsNeeded, this.#starts.length * 2);
    const starts = new Int32Array(capacity);
    const ends = new Int32Array(capacity);
    starts.set(this.#starts);
    ends.set(this.#ends);
    this.#starts = starts;
    this.#ends = ends;
  }
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
