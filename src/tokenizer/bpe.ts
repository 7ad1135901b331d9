// BPE: characters joined pair by pair in the order of the merges. Works on symbols; texts only at the edges.
import { BYTE_CHARACTER } from "./byte-level.ts";
import type { JsonCursor } from "./json-cursor.ts";
import { MergeTable } from "./merge-table.ts";
import type { Pieces, TokenModel } from "./model.ts";
import { SymbolList } from "./symbol-list.ts";
import { invertVocabulary, readVocabulary, type Vocabulary } from "./vocabulary.ts";

type BpeOptions = {
  readonly unknownToken: string | undefined;
  readonly continuingPrefix: string;
  readonly wordSuffix: string;
  readonly fusesUnknown: boolean;
  readonly byteFallback: boolean;
  readonly ignoresMerges: boolean;
};

function readMerges(cursor: JsonCursor, vocabulary: Vocabulary, prefix: string): MergeTable {
  const items = cursor.items().filter((item) => !isVersionLine(item));
  const table = new MergeTable(items.length);
  const idOf = (token: string, item: JsonCursor): number => {
    const id = vocabulary.idOf.get(token);
    if (id === undefined) throw item.invalid(`a merge whose token "${token}" is in the vocabulary`);
    return id;
  };
  for (const [rank, item] of items.entries()) {
    const [left, right] = readMerge(item);
    const joined = left + right.slice(prefix.length);
    table.add({
      left: idOf(left, item),
      right: idOf(right, item),
      rank,
      joined: idOf(joined, item),
    });
  }
  return table;
}

/** Files converted from merges.txt may have kept its first line. */
function isVersionLine(item: JsonCursor): boolean {
  return typeof item.value === "string" && item.value.startsWith("#version");
}

/** A merge is "left right", or a list of the two where they may contain spaces. */
function readMerge(item: JsonCursor): readonly [string, string] {
  const parts =
    typeof item.value === "string"
      ? item.value.split(" ")
      : item.items().map((each) => each.string());
  const [left, right] = parts;
  if (parts.length !== 2 || left === undefined || right === undefined) {
    throw item.invalid("two tokens");
  }
  return [left, right];
}

/** "<0x0A>" and its like: the tokens of single bytes, undefined where the vocabulary lacks one. */
export function byteTokenIds(idOf: ReadonlyMap<string, number>): readonly (number | undefined)[] {
  return BYTE_CHARACTER.map((_, byte) =>
    idOf.get(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`),
  );
}

/** Cuts words; holds scratch space, so one instance serves one thread. */
class BpeSplitter {
  readonly #vocabulary: Vocabulary;
  readonly #options: BpeOptions;
  readonly #unknownId: number | undefined;
  readonly #byteIds: readonly (number | undefined)[];
  readonly #symbols: SymbolList;
  readonly #encoder = new TextEncoder();

  constructor(vocabulary: Vocabulary, options: BpeOptions, merges: MergeTable) {
    this.#vocabulary = vocabulary;
    this.#options = options;
    this.#unknownId =
      options.unknownToken === undefined ? undefined : vocabulary.idOf.get(options.unknownToken);
    this.#byteIds = options.byteFallback ? byteTokenIds(vocabulary.idOf) : [];
    this.#symbols = new SymbolList(merges);
  }

  /** Pieces with places in bytes of the word's UTF-8 form. */
  split(word: string): Pieces {
    if (this.#options.ignoresMerges) {
      const whole = this.#vocabulary.idOf.get(word);
      if (whole !== undefined) return Int32Array.of(whole, 0, Buffer.byteLength(word));
    }
    this.#symbols.clear();
    this.#fill(word);
    this.#symbols.merge();
    return this.#symbols.pieces();
  }

  #fill(word: string): void {
    const { continuingPrefix, wordSuffix } = this.#options;
    let unknownBytes = 0;
    for (let index = 0; index < word.length; ) {
      const codePoint = word.codePointAt(index) ?? 0;
      const next = index + (codePoint > 0xffff ? 2 : 1);
      const character = word.slice(index, next);
      const bytes = codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
      let text = index === 0 ? character : continuingPrefix + character;
      if (next === word.length) text += wordSuffix;
      index = next;
      const id = this.#vocabulary.idOf.get(text);
      if (id !== undefined) {
        this.#addUnknown(unknownBytes);
        unknownBytes = 0;
        this.#symbols.add(id, bytes);
      } else if (!this.#addBytes(text)) {
        if (!this.#options.fusesUnknown) {
          this.#addUnknown(unknownBytes);
          unknownBytes = 0;
        }
        unknownBytes += bytes;
      }
    }
    this.#addUnknown(unknownBytes);
  }

  /** Without an unknown token the reference leaves unknown characters out, and so do we. */
  #addUnknown(bytes: number): void {
    if (bytes > 0 && this.#unknownId !== undefined) this.#symbols.add(this.#unknownId, bytes);
  }

  #addBytes(text: string): boolean {
    if (!this.#options.byteFallback) return false;
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
    let bytes = codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    for (; bytes > 0; bytes--) {
      starts.push(index);
      ends.push(next);
    }
    index = next;
  }
  for (let place = 0; place < pieces.length; place += 3) {
    pieces[place + 1] = starts[pieces[place + 1] ?? 0] ?? word.length;
    pieces[place + 2] = ends[(pieces[place + 2] ?? 0) - 1] ?? word.length;
  }
  return pieces;
}

const ASCII = /^[\0-\x7f]*$/;

export function readBpe(model: JsonCursor): TokenModel {
  const vocabulary = readVocabulary(model.field("vocab"));
  const dropout = model.field("dropout");
  if (dropout.present && dropout.value !== 0) throw dropout.unsupported("model", "dropout");
  const unknown = model.field("unk_token");
  const options: BpeOptions = {
    unknownToken: unknown.present ? unknown.string() : undefined,
    continuingPrefix: model.field("continuing_subword_prefix").string(""),
    wordSuffix: model.field("end_of_word_suffix").string(""),
    fusesUnknown: model.field("fuse_unk").boolean(false),
    byteFallback: model.field("byte_fallback").boolean(false),
    ignoresMerges: model.field("ignore_merges").boolean(false),
  };
  const { unknownToken } = options;
  if (unknownToken !== undefined && !vocabulary.idOf.has(unknownToken)) {
    throw unknown.invalid("a token of the vocabulary");
  }
  const merges = readMerges(model.field("merges"), vocabulary, options.continuingPrefix);
  const splitter = new BpeSplitter(vocabulary, options, merges);
  let tokenOf: Map<number, string> | undefined;
  return {
    kind: "BPE",
    ...vocabulary,
    split: (word) => {
      const pieces = splitter.split(word);
      return ASCII.test(word) ? pieces : bytesToUnits(word, pieces);
    },
    tokenOf: (id) => {
      tokenOf ??= invertVocabulary(vocabulary);
      return tokenOf.get(id);
    },
  };
}
