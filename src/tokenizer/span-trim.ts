// Takes the spaces at the ends of byte-level tokens out of their spans.
import { BYTE_CHARACTER } from "./byte-level.ts";
import { isWhitespaceUnit } from "./character.ts";
import type { SpanTrim } from "./post-processor.ts";
import type { TokenList } from "./token-list.ts";

const SPACE_CHARACTER = BYTE_CHARACTER[0x20] ?? "";

function isSpaceAt(token: string, index: number): boolean {
  return token[index] === SPACE_CHARACTER || isWhitespaceUnit(token, index);
}

type EndSpaces = { readonly leading: number; readonly trailing: number };

function countEndSpaces(token: string): EndSpaces {
  let leading = 0;
  let trailing = 0;
  while (leading < token.length && isSpaceAt(token, leading)) leading++;
  while (trailing < token.length && isSpaceAt(token, token.length - 1 - trailing)) trailing++;
  return { leading, trailing };
}

/** Trims spans as the post-processors of one tokenizer say. */
export class SpanTrimmer {
  readonly #trims: readonly SpanTrim[];
  readonly #tokenOf: (id: number) => string | undefined;
  readonly #known = new Map<number, EndSpaces>();

  constructor(trims: readonly SpanTrim[], tokenOf: (id: number) => string | undefined) {
    this.#trims = trims;
    this.#tokenOf = tokenOf;
  }

  /** Trims tokens [from, to) in place; what is first there keeps a space the tokenizer itself put in front. */
  trim(tokens: TokenList, from: number, to: number): void {
    for (const { keepsPrefixSpace } of this.#trims) {
      for (let index = from; index < to; index++) {
        const { leading, trailing } = this.#endSpaces(tokens, index);
        if (leading === 0 && trailing === 0) continue;
        let start = tokens.starts[index] ?? 0;
        let end = tokens.ends[index] ?? 0;
        const isFirst = index === from || start === 0;
        // More than one space cannot be the one that was put in front.
        const taken = isFirst && keepsPrefixSpace && leading === 1 ? 0 : leading;
        start = Math.min(start + taken, end);
        if (end >= trailing) end = Math.max(end - trailing, start);
        tokens.starts[index] = start;
        tokens.ends[index] = end;
      }
    }
  }

  #endSpaces(tokens: TokenList, index: number): EndSpaces {
    const added = tokens.addedTexts.get(index);
    if (added !== undefined) return countEndSpaces(added);
    const id = tokens.ids[index] ?? 0;
    let spaces = this.#known.get(id);
    if (spaces === undefined) {
      spaces = countEndSpaces(this.#tokenOf(id) ?? "");
      this.#known.set(id, spaces);
    }
    return spaces;
  }
}
