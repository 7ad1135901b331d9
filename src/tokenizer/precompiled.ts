// The Precompiled normaliser: SentencePiece's character map, a double-array trie with its replacements.
import type { AlignedText, Normalizer } from "./aligned-text.ts";
import { ChangeWriter } from "./change.ts";
import { rememberByCharacter } from "./character.ts";
import type { JsonCursor } from "./json-cursor.ts";

/** Clusters of more bytes are not looked up as a whole, only character by character. */
const CLUSTER_BYTES_MAX = 5;

/** The charsmap of a file: `u32 trie bytes, u32[] trie, zero-terminated replacements`, little-endian. */
class CharacterMap {
  readonly #trie: Uint32Array;
  readonly #replacements: Uint8Array;
  /** What one character becomes. */
  readonly findCharacter = rememberByCharacter((codePoint) =>
    this.find(String.fromCodePoint(codePoint)),
  );
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();

  constructor(trie: Uint32Array, replacements: Uint8Array) {
    this.#trie = trie;
    this.#replacements = replacements;
  }

  /** What the shortest known beginning of a text becomes; undefined when none is known. */
  find(text: string): string | undefined {
    const trie = this.#trie;
    const offset = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);
    let node = offset(trie[0] ?? 0);
    for (const byte of this.#encoder.encode(text)) {
      if (byte === 0) return undefined;
      node ^= byte;
      const unit = trie[node];
      // The trie comes from a file: a node outside it ends the search.
      if (unit === undefined || (unit & 0x800000ff) >>> 0 !== byte) return undefined;
      node ^= offset(unit);
      if (unit & 0x100) return this.#replacementAt((trie[node] ?? 0) & 0x7fffffff);
    }
    return undefined;
  }

  #replacementAt(start: number): string {
    const end = this.#replacements.indexOf(0, start);
    return this.#decoder.decode(this.#replacements.subarray(start, end < 0 ? undefined : end));
  }
}

/** Characters that may join a neighbour into one grapheme cluster. */
const JOINING = new RegExp(
  "[\\p{M}\\p{Cf}\\p{Emoji_Modifier}\\p{Regional_Indicator}\\r\\u0d4e\\u0e33\\u0eb3\\u1100-\\u11ff" +
    "\\ua960-\\ua97f\\ud7b0-\\ud7ff\\u{111c2}\\u{111c3}\\u{1193f}\\u{11941}\\u{11a3a}" +
    "\\u{11a84}-\\u{11a89}\\u{11d46}\\u{11f02}]",
  "u",
);

function utf8Bytes(codePoint: number): number {
  return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
}

function putCharacter(out: ChangeWriter, map: CharacterMap, character: string): void {
  const replacement = map.findCharacter(character.codePointAt(0) ?? 0);
  if (replacement === undefined) out.put(character, 0);
  else out.replace(1, replacement);
}

const segmenter = new Intl.Segmenter("und", { granularity: "grapheme" });

/** Replaces small clusters as a whole where the map knows their beginning, all else by character. */
function putClusters(out: ChangeWriter, map: CharacterMap, text: string): void {
  for (const { segment } of segmenter.segment(text)) {
    const characters = [...segment];
    const bytes = characters.reduce((sum, each) => sum + utf8Bytes(each.codePointAt(0) ?? 0), 0);
    const whole =
      characters.length > 1 && bytes <= CLUSTER_BYTES_MAX ? map.find(segment) : undefined;
    if (whole !== undefined) out.replace(characters.length, whole);
    else for (const character of characters) putCharacter(out, map, character);
  }
}

/** Text that no usual map changes. */
const PLAIN = /^[\x20-\x7e]*$/;

function decodeBase64(field: JsonCursor): Uint8Array<ArrayBuffer> {
  const text = field.string();
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    // The engine says no more than that.
    throw field.invalid("base64");
  }
}

export function readPrecompiled(cursor: JsonCursor): Normalizer {
  const field = cursor.field("precompiled_charsmap");
  const bytes = decodeBase64(field);
  const view = new DataView(bytes.buffer);
  const trieBytes = bytes.length >= 4 ? view.getUint32(0, true) : 0;
  if (trieBytes === 0 || trieBytes % 4 !== 0 || trieBytes + 4 > bytes.length) {
    throw field.invalid("a character map of SentencePiece");
  }
  const trie = new Uint32Array(trieBytes / 4);
  for (let index = 0; index < trie.length; index++)
    trie[index] = view.getUint32(4 + index * 4, true);
  const map = new CharacterMap(trie, bytes.subarray(4 + trieBytes));
  let leavesPlain = true;
  for (let code = 0x20; code < 0x7f; code++) leavesPlain &&= map.findCharacter(code) === undefined;
  return (input: AlignedText): AlignedText => {
    if (leavesPlain && PLAIN.test(input.text)) return input;
    const out = new ChangeWriter(input);
    if (JOINING.test(input.text)) putClusters(out, map, input.text);
    else for (const character of input.text) putCharacter(out, map, character);
    return out.finish();
  };
}
