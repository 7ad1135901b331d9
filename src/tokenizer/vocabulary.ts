// Reads vocabularies and merges from the text of a tokenizer file.
import { isTokenId } from "./json-cursor.ts";
import type { JsonScanner } from "./json-scan.ts";
import { MergeTable } from "./merge-table.ts";
import { createPrefix, type TablePrefix, TokenTable } from "./token-table.ts";

/** Tokens and ids; with scores when the file lists pieces in the order of their ids. */
export type Vocabulary = {
  readonly table: TokenTable;
  readonly scores: Float64Array | undefined;
};

/** Reads `{"token": id, ...}` or `[["piece", score], ...]`. */
export function readVocabulary(scanner: JsonScanner): Vocabulary {
  return scanner.isAtArray()
    ? readPieces(scanner)
    : { table: readTokenIds(scanner), scores: undefined };
}

function readTokenIds(scanner: JsonScanner): TokenTable {
  const table = new TokenTable();
  scanner.expect("{");
  if (!scanner.take("}")) {
    do {
      scanner.readString();
      scanner.expect(":");
      const id = scanner.readNumber();
      if (!isTokenId(id)) throw scanner.invalid("a token id before it");
      table.add(scanner.string, scanner.from, scanner.to, id);
    } while (scanner.take(","));
    scanner.expect("}");
  }
  return table.seal();
}

const INITIAL_SCORES = 1024;

function readPieces(scanner: JsonScanner): Vocabulary {
  const table = new TokenTable();
  let scores = new Float64Array(INITIAL_SCORES);
  let count = 0;
  scanner.expect("[");
  if (!scanner.take("]")) {
    do {
      scanner.expect("[");
      scanner.readString();
      scanner.expect(",");
      const score = scanner.readNumber();
      scanner.expect("]");
      if (count === scores.length) {
        const grown = new Float64Array(count * 2);
        grown.set(scores);
        scores = grown;
      }
      scores[count] = score;
      table.add(scanner.string, scanner.from, scanner.to, count++);
    } while (scanner.take(","));
    scanner.expect("]");
  }
  return { table: table.seal(), scores: scores.subarray(0, count) };
}

/** Reads merges one by one and looks their tokens up. */
class MergeReader {
  readonly #scanner: JsonScanner;
  readonly #table: TokenTable;
  readonly #prefixUnits: number;

  constructor(scanner: JsonScanner, table: TokenTable, prefixUnits: number) {
    this.#scanner = scanner;
    this.#table = table;
    this.#prefixUnits = prefixUnits;
  }

  /** A merge is a list of two tokens, or one string with a space between them. */
  readInto(merges: MergeTable): void {
    const scanner = this.#scanner;
    if (scanner.take("[")) {
      scanner.readString();
      const left = createPrefix(scanner.string, scanner.from, scanner.to);
      scanner.expect(",");
      scanner.readString();
      this.#add(merges, left, scanner.from);
      scanner.expect("]");
      return;
    }
    scanner.readString();
    const { string, from, to } = scanner;
    const space = string.indexOf(" ", from);
    if (space < 0 || space >= to) throw scanner.invalid("two tokens before it");
    // Files converted from merges.txt may have kept its first line.
    if (string.startsWith("#version:", from)) return;
    for (let index = space + 1; index < to; index++) {
      if (string.charCodeAt(index) === 0x20) throw scanner.invalid("two tokens before it");
    }
    this.#add(merges, createPrefix(string, from, space), space + 1);
  }

  /** Adds the merge of `left` and the rest of the scanner's string. */
  #add(merges: MergeTable, left: TablePrefix, rightStart: number): void {
    const { string, to } = this.#scanner;
    const leftId = this.#table.find("", 0, 0, left);
    const rightId = this.#table.find(string, rightStart, to);
    const joinedId = this.#table.find(string, rightStart + this.#prefixUnits, to, left);
    if (leftId < 0 || rightId < 0 || joinedId < 0) {
      const merge = `"${left.text.slice(left.start, left.end)}" and "${string.slice(rightStart, to)}"`;
      throw this.#scanner.invalid(`a merge of known tokens to a known token before it: ${merge}`);
    }
    merges.add(leftId, rightId, joinedId);
  }
}

/** Reads the merges of BPE, best first; `prefixUnits` of the right token vanish in the joined one. */
export function readMerges(
  scanner: JsonScanner,
  table: TokenTable,
  prefixUnits: number,
): MergeTable {
  // A merge makes a token, so there are about as many.
  const merges = new MergeTable(table.size);
  const reader = new MergeReader(scanner, table, prefixUnits);
  scanner.expect("[");
  if (!scanner.take("]")) {
    do reader.readInto(merges);
    while (scanner.take(","));
    scanner.expect("]");
  }
  return merges;
}
