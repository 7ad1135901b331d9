// BPE: characters joined pair by pair in the order of the merges. Works on symbols; texts only at the edges.
import { BYTE_CHARACTER } from "./byte-level.ts";
import type { JsonCursor } from "./json-cursor.ts";
import type { MergeTable } from "./merge-table.ts";
import { type ModelSource, PIECE_STRIDE, type Pieces, type TokenModel } from "./model.ts";
import { SymbolList } from "./symbol-list.ts";
import { createPrefix, NO_PREFIX, type TablePrefix, type TokenTable } from "./token-table.ts";
import { readMerges } from "./vocabulary.ts";

type BpeOptions = {
  readonly unknownId: number | undefined;
  readonly continuingPrefix: string;
  readonly wordSuffix: string;
  readonly fusesUnknown: boolean;
  readonly byteFallback: boolean;
  readonly ignoresMerges: boolean;
};

/** "<0x0A>" and its like: the tokens of single bytes, undefined where the vocabulary lacks one. */
export function byteTokenIds(table: TokenTable): readonly (number | undefined)[] {
  return BYTE_CHARACTER.map((_, byte) =>
    table.idOf(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`),
  );
}

function utf8Bytes(codePoint: number): number {
  return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
}

/** Cuts words; holds scratch space, so one instance serves one thread. */
class BpeSplitter {
  readonly #table: TokenTable;
  readonly #options: BpeOptions;
  readonly #prefix: TablePrefix;
  readonly #byteIds: readonly (number | undefined)[];
  readonly #symbols: SymbolList;
  readonly #encoder = new TextEncoder();

  constructor(table: TokenTable, options: BpeOptions, merges: MergeTable) {
    this.#table = table;
    this.#options = options;
    this.#prefix = createPrefix(options.continuingPrefix);
    this.#byteIds = options.byteFallback ? byteTokenIds(table) : [];
    this.#symbols = new SymbolList(merges);
  }

  /** Pieces with places in bytes of the word's UTF-8 form. */
  split(word: string): Pieces {
    if (this.#options.ignoresMerges) {
      const whole = this.#table.find(word, 0, word.length);
      if (whole >= 0) return Int32Array.of(whole, 0, Buffer.byteLength(word));
    }
    this.#symbols.clear();
    this.#fill(word);
    this.#symbols.merge();
    return this.#symbols.pieces();
  }

  #fill(word: string): void {
    let unknownBytes = 0;
    for (let index = 0; index < word.length; ) {
      const codePoint = word.codePointAt(index) ?? 0;
      const next = index + (codePoint > 0xffff ? 2 : 1);
      const bytes = utf8Bytes(codePoint);
      const id = this.#idOf(word, index, next);
      if (id >= 0) {
        this.#addUnknown(unknownBytes);
        unknownBytes = 0;
        this.#symbols.add(id, bytes);
      } else if (!this.#addBytes(word, index, next)) {
        if (!this.#options.fusesUnknown) {
          this.#addUnknown(unknownBytes);
          unknownBytes = 0;
        }
        unknownBytes += bytes;
      }
      index = next;
    }
    this.#addUnknown(unknownBytes);
  }

  /** Id of one character of a word, with what the model puts before or behind it. */
  #idOf(word: string, start: number, end: number): number {
    const prefix = start === 0 ? NO_PREFIX : this.#prefix;
    const { wordSuffix } = this.#options;
    if (end < word.length || wordSuffix === "") return this.#table.find(word, start, end, prefix);
    const text = word.slice(start) + wordSuffix;
    return this.#table.find(text, 0, text.length, prefix);
  }

  /** Without an unknown token the reference leaves unknown characters out, and so do we. */
  #addUnknown(bytes: number): void {
    const { unknownId } = this.#options;
    if (bytes > 0 && unknownId !== undefined) this.#symbols.add(unknownId, bytes);
  }

  #addBytes(word: string, start: number, end: number): boolean {
    if (!this.#options.byteFallback) return false;
    const { continuingPrefix, wordSuffix } = this.#options;
    let text = word.slice(start, end);
    if (start > 0) text = continuingPrefix + text;
    if (end === word.length) text += wordSuffix;
    const ids: number[] = [];
    for (const byte of this.#encoder.encode(text)) {
      const id = this.#byteIds[byte];
      if (id === undefined) return false;
      ids.push(id);
    }
    for (const id of ids) this.#symbols.add(id, 1);
    return true;
  }
}

/** Rewrites places from bytes to UTF-16 units; a place inside a character widens to the whole character. */
function bytesToUnits(word: string, pieces: Pieces): Pieces {
  const starts: number[] = [];
  const ends: number[] = [];
  for (let index = 0; index < word.length; ) {
    const codePoint = word.codePointAt(index) ?? 0;
    const next = index + (codePoint > 0xffff ? 2 : 1);
    for (let bytes = utf8Bytes(codePoint); bytes > 0; bytes--) {
      starts.push(index);
      ends.push(next);
    }
    index = next;
  }
  for (let place = 0; place < pieces.length; place += PIECE_STRIDE) {
    pieces[place + 1] = starts[pieces[place + 1] ?? 0] ?? word.length;
    pieces[place + 2] = ends[(pieces[place + 2] ?? 0) - 1] ?? word.length;
  }
  return pieces;
}

const ASCII = /^[\0-\x7f]*$/;

function readOptions(settings: JsonCursor, table: TokenTable): BpeOptions {
  const dropout = settings.field("dropout");
  if (dropout.present && dropout.value !== 0) throw dropout.unsupported("model", "dropout");
  const unknown = settings.field("unk_token");
  const unknownId = unknown.present ? table.idOf(unknown.string()) : undefined;
  if (unknown.present && unknownId === undefined) throw unknown.invalid("a known token");
  return {
    unknownId,
    continuingPrefix: settings.field("continuing_subword_prefix").string(""),
    wordSuffix: settings.field("end_of_word_suffix").string(""),
    fusesUnknown: settings.field("fuse_unk").boolean(false),
    byteFallback: settings.field("byte_fallback").boolean(false),
    ignoresMerges: settings.field("ignore_merges").boolean(false),
  };
}

export function readBpe({ settings, vocabulary, merges }: ModelSource): TokenModel {
  const { table } = vocabulary;
  const options = readOptions(settings, table);
  if (merges === undefined) throw settings.field("merges").invalid("an array");
  const mergeTable = readMerges(merges, table, options.continuingPrefix.length);
  const splitter = new BpeSplitter(table, options, mergeTable);
  return {
    kind: "BPE",
    size: table.size,
    idEnd: table.idEnd,
    idOf: (token) => table.idOf(token),
    tokenOf: (id) => table.textOf(id),
    split: (word) => {
      const pieces = splitter.split(word);
      return ASCII.test(word) ? pieces : bytesToUnits(word, pieces);
    },
  };
}
