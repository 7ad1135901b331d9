// The tokenizer: text to encoding and back. It holds the order of the steps; each step lives in a file of its own.
import { CodedError } from "../error/index.ts";
import type { AddedVocabulary } from "./added-token.ts";
import { alignIdentity, type Normalizer, originalEnd, originalStart } from "./aligned-text.ts";
import { assemble, cutWindow, type Window } from "./assemble.ts";
import { splitByteWord } from "./byte-word.ts";
import type { Decoder } from "./decoder.ts";
import type { Encoding } from "./encoding.ts";
import { PIECE_STRIDE, type Pieces, type TokenModel } from "./model.ts";
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
import {
  type TokenBudget,
  type TruncationSide,
  type TruncationStrategy,
  truncatedCounts,
} from "./truncate.ts";
import { WordList } from "./word-list.ts";

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

export type WindowOptions = {
  /** Most tokens of a window, special tokens included. */
  readonly maxLength: number;
  /** Tokens that two neighbouring windows share; none by default. */
  readonly stride?: number;
  readonly addSpecialTokens?: boolean;
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

/** An added token with its id, or words for the model; counted in the text's words from `firstWord` on. */
type Segment = {
  readonly words: WordList;
  readonly id: number | undefined;
  readonly firstWord: number;
};

/** One loaded tokenizer. Encoding is synchronous, safe on any text, and remembers words it has seen. */
export class Tokenizer {
  readonly kind: TokenModel["kind"];
  /** Different token texts: the model's vocabulary and added tokens. */
  readonly vocabularySize: number;
  /** Largest id + 1. */
  readonly maxId: number;
  readonly specialTokenIds: ReadonlySet<number>;
  /** What tokens within a word begin with, such as "##"; empty where the model knows no such sign. */
  readonly continuingPrefix: string;
  /** The token of text the model's vocabulary lacks; undefined without one. */
  readonly unknownId: number | undefined;
  readonly #parts: TokenizerParts;
  readonly #pieces: PieceCache;
  readonly #trimmer: SpanTrimmer;
  readonly #addedIdOf: ReadonlyMap<string, number>;
  readonly #addedTokenOf: ReadonlyMap<number, string>;

  constructor(parts: TokenizerParts) {
    const { model, added } = parts;
    this.#parts = parts;
    this.#pieces = new PieceCache(
      parts.preTokenizer?.mapsBytes
        ? (model.splitBytes ?? splitByteWord(model.split))
        : model.split,
    );
    this.#trimmer = new SpanTrimmer(parts.postProcessor.trims, (id) => this.idToToken(id));
    this.#addedIdOf = new Map(added.tokens.map((token) => [token.content, token.id]));
    this.#addedTokenOf = new Map(added.tokens.map((token) => [token.id, token.content]));
    this.kind = model.kind;
    this.continuingPrefix = model.continuingPrefix;
    this.unknownId = model.unknownId;
    const addedOnly = added.tokens.filter((token) => model.idOf(token.content) === undefined);
    this.vocabularySize = model.size + addedOnly.length;
    this.maxId = addedOnly.reduce((end, token) => Math.max(end, token.id + 1), model.idEnd);
    this.specialTokenIds = new Set(
      added.tokens.filter((token) => token.special).map((token) => token.id),
    );
  }

  idToToken(id: number): string | undefined {
    return this.#addedTokenOf.get(id) ?? this.#parts.model.tokenOf(id);
  }

  tokenToId(token: string): number | undefined {
    return this.#addedIdOf.get(token) ?? this.#parts.model.idOf(token);
  }

  /** Encodes a text or pair; lone surrogates count as U+FFFD. */
  encode(text: string, options: EncodeOptions = {}): Encoding {
    const { pair, addSpecialTokens = true } = options;
    const { postProcessor } = this.#parts;
    const full = pair === undefined ? postProcessor.single : postProcessor.pair;
    const template = addSpecialTokens ? full : withoutSpecial(full);
    const { truncationSide: side = "right" } = options;
    const budget = budgetOf(options);
    const first = this.#tokenize(text, budget);
    const second = pair === undefined ? undefined : this.#tokenize(pair, budget);
    const kept = keptCounts(template, [first.length, second?.length], options);
    const windows = [cutWindow(first, kept[0], side)];
    if (second !== undefined) windows.push(cutWindow(second, kept[1], side));
    for (const { tokens, from, to } of windows) this.#trimmer.trim(tokens, from, to);
    return assemble(template, windows);
  }

  /**
   * Encodes a text of any length as overlapping windows, each of at most `maxLength` tokens with special tokens, the
   * last `stride` tokens of one being the first of the next. Spans and words are those of the whole text.
   */
  encodeWindows(text: string, options: WindowOptions): Encoding[] {
    const { maxLength, stride = 0, addSpecialTokens = true } = options;
    const full = this.#parts.postProcessor.single;
    const template = addSpecialTokens ? full : withoutSpecial(full);
    const capacity = maxLength - countSpecial(template);
    if (stride < 0 || capacity <= stride) throw windowTooSmall(maxLength, stride);
    const tokens = this.#tokenize(text, undefined);
    const windows: Window[] = [];
    let from = 0;
    do {
      windows.push({ tokens, from, to: Math.min(from + capacity, tokens.length) });
      from += capacity - stride;
    } while ((windows.at(-1)?.to ?? 0) < tokens.length);
    this.#trimmer.trim(tokens, 0, tokens.length);
    return windows.map((window) => assemble(template, [window]));
  }

  decode(ids: readonly number[] | Int32Array, options: DecodeOptions = {}): string {
    const { skipSpecialTokens = true } = options;
    // Each is looked up once: a list may be far longer than the vocabulary.
    const found = new Map<number, string | undefined>();
    const tokens: string[] = [];
    for (const id of ids) {
      let token = found.get(id);
      if (token === undefined && !found.has(id)) {
        const isLeftOut = skipSpecialTokens && this.specialTokenIds.has(id);
        token = isLeftOut ? undefined : this.idToToken(id);
        found.set(id, token);
      }
      if (token !== undefined) tokens.push(token);
    }
    return this.#parts.decoder(tokens);
  }

  /**
   * Tokens of one text. With a budget, words that cannot matter any more are not given to the model: the result
   * then has at least as many tokens as the budget, from the side that stays.
   */
  #tokenize(raw: string, budget: TokenBudget | undefined): TokenList {
    const text = raw.isWellFormed() ? raw : raw.toWellFormed();
    const segments = this.#cutSegments(text);
    const tokens = new TokenList();
    if (budget?.side === "left") this.#pushLast(tokens, segments, budget.limit);
    else this.#pushFirst(tokens, segments, budget?.limit ?? Number.POSITIVE_INFINITY);
    return tokens;
  }

  /** Added tokens and the words between them, in order. */
  #cutSegments(text: string): Segment[] {
    const { added, normalize, preTokenizer } = this.#parts;
    const segments: Segment[] = [];
    let firstWord = 0;
    const give = (words: WordList, id: number | undefined): void => {
      if (words.count > 0) segments.push({ words, id, firstWord });
      firstWord += words.count;
    };
    added.raw.cut(alignIdentity(text), (stretch, id) => {
      if (id !== undefined) return give(WordList.whole(stretch), id);
      const normalized = normalize === undefined ? stretch : normalize(stretch);
      added.normalized.cut(normalized, (piece, pieceId) => {
        const whole = WordList.whole(piece);
        const cuts = pieceId === undefined && preTokenizer !== undefined;
        give(cuts ? preTokenizer.split(whole) : whole, pieceId);
      });
    });
    return segments;
  }

  /** Words without tokens do not count: a text of nothing but them after the limit is complete. */
  #pushFirst(tokens: TokenList, segments: readonly Segment[], limit: number): void {
    for (const segment of segments) {
      for (let index = 0; index < segment.words.count; index++) {
        if (tokens.length < limit) {
          this.#pushWord(tokens, segment, index);
        } else if (this.#piecesOf(segment, index).length > 0) {
          tokens.complete = false;
          return;
        }
      }
    }
  }

  #pushLast(tokens: TokenList, segments: readonly Segment[], limit: number): void {
    let wanted = 0;
    let [firstPlace, firstIndex] = [segments.length, 0];
    for (let place = segments.length - 1; place >= 0 && tokens.complete; place--) {
      const segment = segments[place];
      if (segment === undefined) continue;
      for (let index = segment.words.count - 1; index >= 0 && tokens.complete; index--) {
        const { length } = this.#piecesOf(segment, index);
        if (wanted >= limit) {
          tokens.complete = length === 0;
        } else {
          wanted += length / PIECE_STRIDE;
          [firstPlace, firstIndex] = [place, index];
        }
      }
    }
    for (const [place, segment] of segments.entries()) {
      if (place < firstPlace) continue;
      const start = place === firstPlace ? firstIndex : 0;
      for (let index = start; index < segment.words.count; index++) {
        this.#pushWord(tokens, segment, index);
      }
    }
  }

  #piecesOf({ words, id }: Segment, index: number): Pieces {
    const [start, end] = [words.startOf(index), words.endOf(index)];
    return id === undefined
      ? this.#pieces.get(words.base.text.slice(start, end))
      : Int32Array.of(id, 0, end - start);
  }

  #pushWord(tokens: TokenList, segment: Segment, index: number): void {
    const { base } = segment.words;
    const from = segment.words.startOf(index);
    if (segment.id !== undefined) tokens.addedTexts.set(tokens.length, base.text);
    const pieces = this.#piecesOf(segment, index);
    for (let place = 0; place < pieces.length; place += PIECE_STRIDE) {
      const start = originalStart(base, from + (pieces[place + 1] ?? 0));
      const end = originalEnd(base, from + (pieces[place + 2] ?? 0) - 1);
      tokens.push(pieces[place] ?? 0, start, end, segment.firstWord + index);
    }
  }
}

/**
 * The words that can matter. The reference stops at the same word and shares the limit by what it has counted until
 * then, unless only the second text may be cut.
 */
function budgetOf(options: EncodeOptions): TokenBudget | undefined {
  const { maxLength, truncationSide = "right", truncationStrategy = "longest_first" } = options;
  if (maxLength === undefined || truncationStrategy === "only_second") return undefined;
  return { limit: maxLength, side: truncationSide };
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

function windowTooSmall(maxLength: number, stride: number): CodedError {
  return new CodedError(
    "TOKENIZER_LIMIT_TOO_SMALL",
    `Cannot cut the input into windows of ${maxLength} tokens: with special tokens and an overlap of ` +
      `${stride} no window would go on: raise the length or lower the overlap`,
    { detail: { limit: maxLength, stride } },
  );
}
