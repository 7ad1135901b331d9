// Reads a text that is longer than the model takes: cuts it into overlapping windows, and makes one answer of what the
// graph said of each. Which texts are read so is decided elsewhere.
import { assert, CodedError } from "../error/index.ts";
import type { Matrix } from "../tensor/index.ts";
import type { Encoding, Tokenizer } from "../tokenizer/index.ts";
import { WINDOW_OVERLAP_DEFAULT, WINDOW_READS_MAX } from "./limit.ts";

/** A text of any length, as the sequences that are run and as the one that is answered for. */
export type WindowedText = {
  readonly windows: readonly Encoding[];
  /** The whole text in one encoding, with one set of special tokens; nothing is cut. */
  readonly whole: Encoding;
  readonly sources: Sources;
};

/** For each token of the whole, the window that saw most around it and its place there. */
type Sources = { readonly window: Int32Array; readonly place: Int32Array };

export type SplitOptions = {
  /** Most tokens of a window, special tokens included. */
  readonly maxLength: number;
  /** Tokens two neighbouring windows share; a default that suits the length when absent. */
  readonly overlap?: number | undefined;
};

/**
 * Cuts a text into windows; one that fits is one window. Throws `ENGINE_WINDOW_OVERLAP` when they would share too much,
 * and `TOKENIZER_LIMIT_TOO_SMALL` when special tokens leave no room.
 */
export function splitText(
  tokenizer: Pick<Tokenizer, "encode" | "encodeWindows">,
  text: string,
  { maxLength, overlap }: SplitOptions,
): WindowedText {
  const specialCount = tokenizer.encode("").specialMask.reduce((sum, flag) => sum + flag, 0);
  const capacity = Math.max(0, maxLength - specialCount);
  const stride = overlap ?? Math.min(WINDOW_OVERLAP_DEFAULT, Math.floor(capacity / 4));
  checkOverlap(stride, capacity);
  const windows = tokenizer.encodeWindows(text, { maxLength, stride });
  const sources = findSources(windows, stride);
  return { windows, whole: joinEncodings(windows, sources), sources };
}

/** One row per token of the whole, of one matrix per window with a row per token. */
export function joinRows({ windows, sources }: WindowedText, matrices: readonly Matrix[]): Matrix {
  const [first] = matrices;
  assert(first !== undefined && matrices.length === windows.length, "one matrix per window");
  if (matrices.length === 1) return first;
  for (const [index, { rows }] of matrices.entries()) {
    assert(rows === windows[index]?.ids.length, "one row per token of a window");
  }
  const { columns } = first;
  const rows = sources.window.length;
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const start = sources.place[row]! * columns;
    const matrix = matrices[sources.window[row]!]!;
    data.set(matrix.data.subarray(start, start + columns), row * columns);
  }
  return { data, rows, columns };
}

function checkOverlap(overlap: number, capacity: number): void {
  const maximum = Math.max(0, Math.floor(capacity - capacity / WINDOW_READS_MAX));
  if (overlap <= maximum) return;
  throw new CodedError(
    "ENGINE_WINDOW_OVERLAP",
    `Cannot read texts in windows that share ${overlap} tokens as each takes ${capacity} of a text and may ` +
      `share at most ${maximum}: lower the overlap`,
    { detail: { found: overlap, maximum } },
  );
}

/** Where the text's tokens lie in a window: behind `head` special tokens, from token `start` of the text on. */
type Layout = { readonly head: number; readonly count: number; readonly start: number };

function layOut(windows: readonly Encoding[], overlap: number): readonly Layout[] {
  let start = 0;
  return windows.map(({ specialMask }) => {
    const head = specialMask.indexOf(0);
    const count = head < 0 ? 0 : specialMask.lastIndexOf(0) + 1 - head;
    const layout = { head: Math.max(0, head), count, start };
    start += count - overlap;
    return layout;
  });
}

/** Special tokens come from the first and the last window; of windows that saw equally much the earlier one counts. */
function findSources(windows: readonly Encoding[], overlap: number): Sources {
  const layouts = layOut(windows, overlap);
  const [first, last] = [layouts[0], layouts.at(-1)];
  assert(first !== undefined && last !== undefined, "a text has a window");
  const textEnd = first.head + last.start + last.count;
  const tail = windows[windows.length - 1]!.ids.length - last.head - last.count;
  const window = new Int32Array(textEnd + tail);
  const place = new Int32Array(textEnd + tail);
  for (let index = 0; index < first.head; index++) place[index] = index;
  const seen = new Int32Array(textEnd).fill(-1);
  for (const [number, { head, count, start }] of layouts.entries()) {
    for (let index = 0; index < count; index++) {
      const at = first.head + start + index;
      const edge = Math.min(index, count - 1 - index);
      if (edge <= seen[at]!) continue;
      seen[at] = edge;
      window[at] = number;
      place[at] = head + index;
    }
  }
  for (let index = 0; index < tail; index++) {
    window[textEnd + index] = windows.length - 1;
    place[textEnd + index] = last.head + last.count + index;
  }
  return { window, place };
}

function joinEncodings(windows: readonly Encoding[], { window, place }: Sources): Encoding {
  const [only] = windows;
  if (only !== undefined && windows.length === 1) return only;
  const length = window.length;
  const whole: Encoding = {
    ids: new Int32Array(length),
    typeIds: new Int32Array(length),
    specialMask: new Uint8Array(length),
    spans: new Int32Array(length * 2),
    sequenceIds: new Int8Array(length),
    wordIds: new Int32Array(length),
    truncated: false,
  };
  for (let token = 0; token < length; token++) {
    const from = windows[window[token]!]!;
    const at = place[token]!;
    whole.ids[token] = from.ids[at]!;
    whole.typeIds[token] = from.typeIds[at]!;
    whole.specialMask[token] = from.specialMask[at]!;
    whole.spans.set(from.spans.subarray(2 * at, 2 * at + 2), 2 * token);
    whole.sequenceIds[token] = from.sequenceIds[at]!;
    whole.wordIds[token] = from.wordIds[at]!;
  }
  return whole;
}
