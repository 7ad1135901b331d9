// The pieces of a Unigram model in a hash table that is searched while a text is read, without making strings.
import type { JsonCursor } from "./json-cursor.ts";

const HASH_FACTOR = 0x01000193;
const HASH_START = 0x811c9dc5 | 0;
const EMPTY = 0;

const mix = (hash: number, unit: number): number => Math.imul(hash ^ unit, HASH_FACTOR);
const spread = (hash: number): number => hash ^ (hash >>> 15);

/** Pieces by id, and id by piece. Of equal pieces the last one counts. */
export class PieceTable {
  readonly scoreMin: number;
  readonly #pieces: readonly string[];
  readonly #scores: Float64Array;
  readonly #unitsMax: number;
  readonly #mask: number;
  /** Two numbers per slot: id + 1 and the whole hash. */
  readonly #slots: Int32Array;
  #ids: ReadonlyMap<string, number> | undefined;

  private constructor(pieces: readonly string[], scores: Float64Array) {
    this.#pieces = pieces;
    this.#scores = scores;
    let slotCount = 16;
    while (slotCount < pieces.length * 2) slotCount *= 2;
    this.#mask = slotCount - 1;
    this.#slots = new Int32Array(slotCount * 2);
    let unitsMax = 0;
    let scoreMin = Number.POSITIVE_INFINITY;
    for (let id = 0; id < pieces.length; id++) {
      const piece = pieces[id] ?? "";
      if (piece.length > unitsMax) unitsMax = piece.length;
      const score = scores[id] ?? 0;
      if (score < scoreMin) scoreMin = score;
      let hash = HASH_START;
      for (let unit = 0; unit < piece.length; unit++) hash = mix(hash, piece.charCodeAt(unit));
      const slot = this.#slotOf(hash, piece, [0, piece.length]);
      this.#slots[slot] = id + 1;
      this.#slots[slot + 1] = hash;
    }
    this.#unitsMax = unitsMax;
    this.scoreMin = scoreMin;
  }

  /** Reads `[piece, score]` pairs. */
  static fromEntries(entries: readonly unknown[], cursor: JsonCursor): PieceTable {
    const pieces: string[] = new Array(entries.length);
    const scores = new Float64Array(entries.length);
    for (let id = 0; id < entries.length; id++) {
      const entry: unknown = entries[id];
      const piece: unknown = Array.isArray(entry) ? entry[0] : undefined;
      const score: unknown = Array.isArray(entry) ? entry[1] : undefined;
      if (typeof piece !== "string" || typeof score !== "number") {
        throw cursor.items()[id]?.invalid("a piece and its score") ?? cursor.invalid("pieces");
      }
      pieces[id] = piece;
      scores[id] = score;
    }
    return new PieceTable(pieces, scores);
  }

  get size(): number {
    return this.#pieces.length;
  }

  /** Ids by piece; made at first use. */
  get ids(): ReadonlyMap<string, number> {
    this.#ids ??= new Map(this.#pieces.map((piece, id) => [piece, id]));
    return this.#ids;
  }

  pieceOf(id: number): string | undefined {
    return this.#pieces[id];
  }

  scoreOf(id: number): number {
    return this.#scores[id] ?? 0;
  }

  /** Id of text[start, end), or -1. */
  idOf(text: string, start: number, end: number): number {
    let hash = HASH_START;
    for (let unit = start; unit < end; unit++) hash = mix(hash, text.charCodeAt(unit));
    return (this.#slots[this.#slotOf(hash, text, [start, end])] ?? 0) - 1;
  }

  /** Gives every piece that begins at `start`, the shortest first. */
  eachPrefix(text: string, start: number, give: (id: number, end: number) => void): void {
    const limit = Math.min(text.length, start + this.#unitsMax);
    let hash = HASH_START;
    for (let end = start + 1; end <= limit; end++) {
      hash = mix(hash, text.charCodeAt(end - 1));
      const id = (this.#slots[this.#slotOf(hash, text, [start, end])] ?? 0) - 1;
      if (id >= 0) give(id, end);
    }
  }

  #slotOf(hash: number, text: string, [start, end]: readonly [number, number]): number {
    const slots = this.#slots;
    for (let index = spread(hash) & this.#mask; ; index = (index + 1) & this.#mask) {
      const found = slots[index * 2] ?? EMPTY;
      if (found === EMPTY) return index * 2;
      if (slots[index * 2 + 1] === hash) {
        const piece = this.#pieces[found - 1] ?? "";
        if (piece.length === end - start && text.startsWith(piece, start)) return index * 2;
      }
    }
  }
}
