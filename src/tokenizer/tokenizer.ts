// The tokenizer: text to encoding and back. It holds the order of the steps; each step lives in a file of its own.
import { CodedError } from "../error/index.ts";
import type { AddedVocabulary } from "./added-token.ts";
import {
  type AlignedText,
  alignIdentity,
  type Normalizer,
  originalEnd,
  originalStart,
} from "./aligned-text.ts";
import { splitByteWord } from "./byte-word.ts";
import type { Decoder } from "./decoder.ts";
import type { Encoding } from "./encoding.ts";
import { PIECE_STRIDE, type TokenModel } from "./model.ts";
import { PieceCache } from "./piece-cache.ts";
import {
  countSpecial,
  type PostProcessor,
  type Template,
  withoutSpecial,
} from "./post-processor.ts";
import type { PreTokenizer } from "./pre-tokenizer.ts";
import { SpanTrimmer } from "./span-trim.ts";
import { TokenList } from "./token-list.ts";
import { type TruncationSide, type TruncationStrategy, truncatedCounts } from "./truncate.ts";

export type EncodeOptions = {
  /** A second text, encoded together with the first. */
  readonly pair?: string;
  /** Whether the template's special tokens are added; they are by default. */
  readonly addSpecialTokens?: boolean;
  /** Most tokens of the result, special tokens included; without it nothing is cut. */
  readonly maxLength?: number;
  /** Where tokens are cut off: the right by default. */
  readonly truncationSide?: TruncationSide;
  /** Which text is cut: the longest first by default. */
  readonly truncationStrategy?: TruncationStrategy;
};

export type DecodeOptions = {
  /** Leaves special tokens out; they are left out by default. */
  readonly skipSpecialTokens?: boolean;
};

/** The parts a tokenizer is made of. */
export type TokenizerParts = {
  readonly model: TokenModel;
  readonly added: AddedVocabulary;
  readonly normalize: Normalizer | undefined;
  readonly preTokenizer: PreTokenizer | undefined;
  readonly postProcessor: PostProcessor;
  readonly decoder: Decoder;
};

/** Tokens [from, to) of one text that stay in the result. */
type Window = { readonly tokens: TokenList; readonly from: number; readonly to: number };

/** One loaded tokenizer. Encoding is synchronous, safe on any text, and remembers words it has seen. */
export class Tokenizer {
  readonly kind: TokenModel["kind"];
  /** Different token texts: the model's vocabulary and added tokens. */
  readonly vocabularySize: number;
  /** Largest id + 1. */
  readonly maxId: number;
  readonly specialTokenIds: ReadonlySet<number>;
  readonly #parts: TokenizerParts;
  readonly #pieces: PieceCache;
  readonly #trimmer: SpanTrimmer;
  readonly #addedIdOf: ReadonlyMap<string, number>;
  readonly #addedTokenOf: ReadonlyMap<number, string>;

  constructor(parts: TokenizerParts) {
    const { model, added } = parts;
    this.#parts = parts;
    const split = (word: string) => model.split(word);
    this.#pieces = new PieceCache(parts.preTokenizer?.mapsBytes ? splitByteWord(split) : split);
    this.#trimmer = new SpanTrimmer(parts.postProcessor.trims, (id) => this.idToToken(id));
    this.#addedIdOf = new Map(added.tokens.map((token) => [token.content, token.id]));
    this.#addedTokenOf = new Map(added.tokens.map((token) => [token.id, token.content]));
    this.kind = model.kind;
    const addedOnly = added.tokens.filter((token) => !model.idOf.has(token.content));
    this.vocabularySize = model.idOf.size + addedOnly.length;
    this.maxId = addedOnly.reduce((end, token) => Math.max(end, token.id + 1), model.idEnd);
    this.specialTokenIds = new Set(
      added.tokens.filter((token) => token.special).map((token) => token.id),
    );
  }

  idToToken(id: number): string | undefined {
    return this.#addedTokenOf.get(id) ?? this.#parts.model.tokenOf(id);
  }

  tokenToId(token: string): number | undefined {
    return this.#addedIdOf.get(token) ?? this.#parts.model.idOf.get(token);
  }

  /** Encodes a text or pair; lone surrogates count as U+FFFD. */
  encode(text: string, options: EncodeOptions = {}): Encoding {
    const { pair, addSpecialTokens = true } = options;
    const { postProcessor } = this.#parts;
    const full = pair === undefined ? postProcessor.single : postProcessor.pair;
    const template = addSpecialTokens ? full : withoutSpecial(full);
    const first = this.#tokenize(text);
    const second = pair === undefined ? undefined : this.#tokenize(pair);
    const kept = keptCounts(template, [first.length, second?.length], options);
    const side = options.truncationSide ?? "right";
    const windows = [cutWindow(first, kept[0], side)];
    if (second !== undefined) windows.push(cutWindow(second, kept[1], side));
    for (const { tokens, from, to } of windows) this.#trimmer.trim(tokens, from, to);
    return assemble(template, windows);
  }

  decode(ids: readonly number[] | Int32Array, options: DecodeOptions = {}): string {
    const { skipSpecialTokens = true } = options;
    const tokens: string[] = [];
    for (const id of ids) {
      if (skipSpecialTokens && this.specialTokenIds.has(id)) continue;
      const token = this.idToToken(id);
      if (token !== undefined) tokens.push(token);
    }
    return this.#parts.decoder(tokens);
  }

  #tokenize(raw: string): TokenList {
    const text = raw.isWellFormed() ? raw : raw.toWellFormed();
    const { added, normalize, preTokenizer } = this.#parts;
    const tokens = new TokenList();
    let word = 0;
    const pushAdded = (segment: AlignedText, id: number): void => {
      const end = originalEnd(segment, segment.text.length - 1);
      tokens.addedTexts.set(tokens.length, segment.text);
      tokens.push(id, originalStart(segment, 0), end, word++);
    };
    added.raw.cut(alignIdentity(text), (segment, id) => {
      if (id !== undefined) return pushAdded(segment, id);
      const normalized = normalize === undefined ? segment : normalize(segment);
      added.normalized.cut(normalized, (piece, pieceId) => {
        if (pieceId !== undefined) return pushAdded(piece, pieceId);
        const words: AlignedText[] = [];
        if (preTokenizer === undefined) words.push(piece);
        else preTokenizer.split(piece, words);
        for (const each of words) this.#pushWord(tokens, each, word++);
      });
    });
    return tokens;
  }

  #pushWord(tokens: TokenList, word: AlignedText, wordId: number): void {
    const pieces = this.#pieces.get(word.text);
    for (let place = 0; place < pieces.length; place += PIECE_STRIDE) {
      const id = pieces[place] ?? 0;
      const start = originalStart(word, pieces[place + 1] ?? 0);
      tokens.push(id, start, originalEnd(word, (pieces[place + 2] ?? 0) - 1), wordId);
    }
  }
}

function keptCounts(
  template: Template,
  counts: readonly [number, number | undefined],
  options: EncodeOptions,
): readonly [number, number] {
  const { maxLength, truncationStrategy = "longest_first" } = options;
  if (maxLength === undefined) return [counts[0], counts[1] ?? 0];
  const specialCount = countSpecial(template);
  if (maxLength < specialCount) {
    throw new CodedError(
      "TOKENIZER_LIMIT_TOO_SMALL",
      `Cannot cut the input to ${maxLength} tokens: special tokens alone take ${specialCount}: ` +
        "raise the limit",
      { detail: { limit: maxLength, specialCount } },
    );
  }
  return truncatedCounts(counts, maxLength - specialCount, truncationStrategy);
}

function cutWindow(tokens: TokenList, count: number, side: TruncationSide): Window {
  const { length } = tokens;
  return side === "right"
    ? { tokens, from: 0, to: count }
    : { tokens, from: length - count, to: length };
}

/** Lays the windows and special tokens out as the template says. */
function assemble(template: Template, windows: readonly Window[]): Encoding {
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
    truncated: windows.some(({ tokens, from, to }) => to - from < tokens.length),
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
