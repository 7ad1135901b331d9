// Lays the tokens of texts and the special tokens out as a template says.
import type { Encoding } from "./encoding.ts";
import type { Template } from "./post-processor.ts";
import type { TokenList } from "./token-list.ts";
import type { TruncationSide } from "./truncate.ts";

/** Tokens [from, to) of one text that stay in the result. */
export type Window = { readonly tokens: TokenList; readonly from: number; readonly to: number };

/** The `count` tokens that stay when the rest is cut off. */
export function cutWindow(tokens: TokenList, count: number, side: TruncationSide): Window {
  const { length } = tokens;
  return side === "right"
    ? { tokens, from: 0, to: count }
    : { tokens, from: length - count, to: length };
}

/** Lays the windows and special tokens out as the template says. */
export function assemble(template: Template, windows: readonly Window[]): Encoding {
  let length = 0;
  for (const piece of template) {
    const window = piece.sequence === undefined ? undefined : windows[piece.sequence];
    length += window === undefined ? 1 : window.to - window.from;
  }
  const encoding = {
    ids: new Int32Array(length),
    typeIds: new Int32Array(length),
    specialMask: new Uint8Array(length),
    spans: new Int32Array(length * 2),
    sequenceIds: new Int8Array(length).fill(-1),
    wordIds: new Int32Array(length).fill(-1),
    truncated: windows.some(
      ({ tokens, from, to }) => !tokens.complete || to - from < tokens.length,
    ),
  };
  let at = 0;
  for (const piece of template) {
    const window = piece.sequence === undefined ? undefined : windows[piece.sequence];
    if (piece.sequence === undefined) {
      encoding.ids[at] = piece.id;
      encoding.typeIds[at] = piece.typeId;
      encoding.specialMask[at] = 1;
      at++;
    } else if (window !== undefined) {
      at = copyWindow(encoding, window, { at, sequence: piece.sequence, typeId: piece.typeId });
    }
  }
  return encoding;
}

function copyWindow(
  encoding: Encoding,
  { tokens, from, to }: Window,
  place: { readonly at: number; readonly sequence: 0 | 1; readonly typeId: number },
): number {
  let { at } = place;
  for (let index = from; index < to; index++, at++) {
    encoding.ids[at] = tokens.ids[index] ?? 0;
    encoding.typeIds[at] = place.typeId;
    encoding.spans[at * 2] = tokens.starts[index] ?? 0;
    encoding.spans[at * 2 + 1] = tokens.ends[index] ?? 0;
    encoding.sequenceIds[at] = place.sequence;
    encoding.wordIds[at] = tokens.words[index] ?? 0;
  }
  return at;
}
