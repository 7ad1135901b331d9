// BPE: characters joined pair by pair in the order of the merges. Works on symbols; texts only at the edges.
import { BYTE_CHARACTER, byteLevelCharacter } from "./byte-level.ts";
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
  /** Ids of "<0x0A>" and its like. */
  readonly #byteIds: readonly (number | undefined)[];
  /** Ids of the byte-level characters, by byte. */
  readonly #characterIds: readonly (number | undefined)[];
  readonly #symbols: SymbolList;
  readonly #encoder = new TextEncoder();
  #unknownBytes = 0;

  constructor(table: TokenTable, options: BpeOptions, merges: MergeTable) {
    this.#table = table;
    this.#options = options;
    this.#prefix = createPrefix(options.continuingPrefix);
    this.#byteIds = options.byteFallback ? byteTokenIds(table) : [];
    this.#characterIds = BYTE_CHARACTER.map((character) => table.idOf(character));
    this.#symbols = new SymbolList(merges);
  }

  split(word: string): Pieces {
    const whole = this.#findWhole(word);
    if (whole >= 0) return Int32Array.of(whole, 0, word.length);
    this.#fill(word);
    return this.#finish(word);
  }

  /** Cuts the bytes of a word, each of which stands for its byte-level character. */
  splitBytes(word: string): Pieces {
    const isLong = word.length > this.#table.unitsMax;
    const whole =
      this.#options.ignoresMerges && !isLong ? this.#findWhole(byteLevelWord(word)) : -1;
    if (whole >= 0) return Int32Array.of(whole, 0, word.length);
    for (const byte of this.#encoder.encode(word)) this.#addSymbol(this.#characterIds[byte], 1);
    return this.#finish(word);
  }

  #findWhole(word: string): number {
    return this.#options.ignoresMerges ? this.#table.find(word, 0, word.length) : -1;
  }

  #finish(word: string): Pieces {
    this.#addUnknown();
    this.#symbols.merge();
    const pieces = this.#symbols.takePieces();
    return ASCII.test(word) ? pieces : bytesToUnits(word, pieces);
  }

  #fill(word: string): void {
    for (let index = 0; index < word.length; ) {
      const codePoint = word.codePointAt(index) ?? 0;
      const next = index + (codePoint > 0xffff ? 2 : 1);
      const id = this.#idOf(word, index, next);
      if (id !== undefined || !this.#addBytes(word, index, next)) {
        this.#addSymbol(id, utf8Bytes(codePoint));
      }
      index = next;
    }
  }

  /** Id of one character of a word, with what the model puts before or behind it. */
  #idOf(word: string, start: number, end: number): number | undefined {
    const prefix = start === 0 ? NO_PREFIX : this.#prefix;
    const { wordSuffix } = this.#options;
    const isPlain = end < word.length || wordSuffix === "";
    const text = isPlain ? word : word.slice(start) + wordSuffix;
    const id = isPlain
      ? this.#table.find(text, start, end, prefix)
      : this.#table.find(text, 0, text.length, prefix);
    return id < 0 ? undefined : id;
  }

  /** Adds a known character, or counts the bytes of an unknown one. */
  #addSymbol(id: number | undefined, bytes: number): void {
    if (id !== undefined) {
      this.#addUnknown();
      this.#symbols.add(id, bytes);
      return;
    }
    if (!this.#options.fusesUnknown) this.#addUnknown();
    this.#unknownBytes += bytes;
  }

  /** Without an unknown token the reference leaves unknown characters out, and so do we. */
  #addUnknown(): void {
    const { unknownId } = this.#options;
    if (this.#unknownBytes > 0 && unknownId !== undefined) {
      this.#symbols.add(unknownId, this.#unknownBytes);
    }
    this.#unknownBytes = 0;
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

function byteLevelWord(word: string): string {
  let mapped = "";
  for (const character of word) mapped += byteLevelCharacter(character.codePointAt(0) ?? 0);
  return mapped;
}

/** Rewrites places from bytes to UTF-16 units; a place inside a character widens to the whole character. */
function bytesToUnits(word: string, pieces: Pieces): Pieces {
  let [unit, byte, units, bytes] = [0, 0, 0, 0];
  /** Moves to the character that byte `target` is part of. */
  const moveTo = (target: number): void => {
    while (byte + bytes <= target && unit + units < word.length) {
      unit += units;
      byte += bytes;
      const codePoint = word.codePointAt(unit) ?? 0;
      units = codePoint > 0xffff ? 2 : 1;
      bytes = utf8Bytes(codePoint);
    }
  };
  for (let place = 0; place < pieces.length; place += PIECE_STRIDE) {
    moveTo(pieces[place + 1] ?? 0);
    pieces[place + 1] = unit;
    moveTo((pieces[place + 2] ?? 0) - 1);
    pieces[place + 2] = unit + units;
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
  const isBare =
    options.continuingPrefix === "" && options.wordSuffix === "" && !options.byteFallback;
  return {
    kind: "BPE",
    size: table.size,
    idEnd: table.idEnd,
    continuingPrefix: options.continuingPrefix,
    unknownId: options.unknownId,
    idOf: (token) => table.idOf(token),
    tokenOf: (id) => table.textOf(id),
    split: (word) => splitter.split(word),
    // What stands before or behind a character would have to be written in the same way.
    ...(isBare ? { splitBytes: (word: string) => splitter.splitBytes(word) } : {}),
  };
}
