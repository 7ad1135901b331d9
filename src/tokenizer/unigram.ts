// Unigram: of all ways to cut a word into pieces, the one with the highest sum of scores.

import { CodedError } from "../error/index.ts";
import { byteTokenIds } from "./bpe.ts";
import type { ModelSource, Pieces, TokenModel } from "./model.ts";
import type { TokenTable } from "./token-table.ts";

/** What an unknown character costs beyond the worst piece; the reference's constant. */
const UNKNOWN_PENALTY = 10;

const INITIAL_UNITS = 64;

/** Scratch space for words up to this length is kept: one of megabytes must not hold its memory for good. */
const KEPT_UNITS = 65_536;

type UnigramOptions = {
  readonly unknownId: number | undefined;
  readonly byteFallback: boolean;
};

type Scored = { readonly table: TokenTable; readonly scores: Float64Array };

class UnigramSplitter {
  readonly #table: TokenTable;
  readonly #scores: Float64Array;
  readonly #options: UnigramOptions;
  readonly #unknownScore: number;
  readonly #byteIds: readonly (number | undefined)[];
  readonly #encoder = new TextEncoder();
  #bestScore = new Float64Array(INITIAL_UNITS);
  #bestStart = new Int32Array(INITIAL_UNITS);
  #bestId = new Int32Array(INITIAL_UNITS);

  constructor({ table, scores }: Scored, options: UnigramOptions) {
    this.#table = table;
    this.#scores = scores;
    this.#options = options;
    this.#unknownScore =
      scores.reduce((least, score) => Math.min(least, score), Number.POSITIVE_INFINITY) -
      UNKNOWN_PENALTY;
    this.#byteIds = options.byteFallback ? byteTokenIds(table) : [];
  }

  split(word: string): Pieces {
    this.#findBest(word);
    const cuts = this.#readCuts(word);
    if (this.#bestStart.length > KEPT_UNITS) this.#resize(INITIAL_UNITS);
    const pieces: number[] = [];
    for (let index = cuts.length - 1; index > 0; index--) {
      this.#pushPiece(pieces, word, [cuts[index] ?? 0, cuts[index - 1] ?? 0]);
    }
    return Int32Array.from(pieces);
  }

  /** Fills, for every place, the best last piece that ends there. */
  #findBest(word: string): void {
    const { length } = word;
    if (this.#bestStart.length <= length) this.#resize(Math.max(length + 1, length * 2));
    const [score, start, best] = [this.#bestScore, this.#bestStart, this.#bestId];
    start.fill(-1, 0, length + 1);
    score[0] = 0;
    const offer = (from: number, to: number, candidate: number, id: number): void => {
      if ((start[to] ?? 0) >= 0 && candidate <= (score[to] ?? 0)) return;
      score[to] = candidate;
      start[to] = from;
      best[to] = id;
    };
    for (let from = 0; from < length; ) {
      const units = (word.codePointAt(from) ?? 0) > 0xffff ? 2 : 1;
      const before = score[from] ?? 0;
      let single = false;
      this.#table.eachAt(word, from, (id, end) => {
        offer(from, end, (this.#scores[id] ?? 0) + before, id);
        if (end - from === units) single = true;
      });
      if (!single) {
        offer(from, from + units, this.#unknownScore + before, this.#unknown());
      }
      from += units;
    }
  }

  #unknown(): number {
    const { unknownId } = this.#options;
    if (unknownId === undefined) {
      throw new CodedError(
        "TOKENIZER_UNKNOWN_WORD",
        "Cannot tokenize the text: a character is not in the vocabulary, which has no unknown token: " +
          "use a model whose vocabulary covers the text",
      );
    }
    return unknownId;
  }

  /** Places of the cuts from the end to 0; unknown characters in a row stay together. */
  #readCuts(word: string): number[] {
    const cuts: number[] = [word.length];
    let unknownRun = false;
    for (let end = word.length; end > 0; ) {
      const from = this.#bestStart[end] ?? 0;
      const unknown = this.#bestId[end] === this.#options.unknownId;
      if (unknown && unknownRun) cuts[cuts.length - 1] = from;
      else cuts.push(from);
      unknownRun = unknown;
      end = from;
    }
    return cuts;
  }

  #pushPiece(pieces: number[], word: string, [start, end]: readonly [number, number]): void {
    const id = this.#table.find(word, start, end);
    if (id >= 0) {
      pieces.push(id, start, end);
      return;
    }
    const bytes = this.#options.byteFallback ? this.#bytesOf(word.slice(start, end)) : undefined;
    for (const each of bytes ?? [this.#unknown()]) pieces.push(each, start, end);
  }

  #bytesOf(text: string): number[] | undefined {
    const ids: number[] = [];
    for (const byte of this.#encoder.encode(text)) {
      const id = this.#byteIds[byte];
      if (id === undefined) return undefined;
      ids.push(id);
    }
    return ids;
  }

  #resize(capacity: number): void {
    this.#bestScore = new Float64Array(capacity);
    this.#bestStart = new Int32Array(capacity);
    this.#bestId = new Int32Array(capacity);
  }
}

export function readUnigram({ settings, vocabulary }: ModelSource): TokenModel {
  const { table, scores } = vocabulary;
  if (scores === undefined) throw settings.field("vocab").invalid("an array of pieces and scores");
  const unknown = settings.field("unk_id");
  const unknownId = unknown.present ? unknown.count() : undefined;
  if (unknownId !== undefined && unknownId >= table.idEnd) {
    throw unknown.invalid("an id of the vocabulary");
  }
  const byteFallback = settings.field("byte_fallback").boolean(false);
  const splitter = new UnigramSplitter({ table, scores }, { unknownId, byteFallback });
  return {
    kind: "Unigram",
    size: table.size,
    idEnd: table.idEnd,
    continuingPrefix: "",
    unknownId,
    idOf: (token) => table.idOf(token),
    tokenOf: (id) => table.textOf(id),
    split: (word) => splitter.split(word),
  };
}
