// Byte-level text: every byte of the UTF-8 form written as one visible character, as GPT-2 began it.
import { type AlignedText, mapCharacters } from "./aligned-text.ts";

/** Bytes that stand for themselves; the others are moved behind U+0100 in order. */
function isVisible(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

/** Character of every byte. */
export const BYTE_CHARACTER: readonly string[] = (() => {
  const characters: string[] = [];
  let moved = 0;
  for (let byte = 0; byte < 256; byte++) {
    characters.push(String.fromCharCode(isVisible(byte) ? byte : 0x100 + moved++));
  }
  return characters;
})();

/** Byte of every byte-level character. */
export const CHARACTER_BYTE: ReadonlyMap<string, number> = new Map(
  BYTE_CHARACTER.map((character, byte) => [character, byte]),
);

/** The byte-level form of one character: one to four characters. */
export function byteLevelCharacter(codePoint: number): string {
  const at = (byte: number): string => BYTE_CHARACTER[byte] ?? "";
  const tail = (shift: number): string => at(0x80 | ((codePoint >> shift) & 0x3f));
  if (codePoint < 0x80) return at(codePoint);
  if (codePoint < 0x800) return at(0xc0 | (codePoint >> 6)) + tail(0);
  if (codePoint < 0x10000) return at(0xe0 | (codePoint >> 12)) + tail(6) + tail(0);
  return at(0xf0 | (codePoint >> 18)) + tail(12) + tail(6) + tail(0);
}

/** Writes a text in byte-level characters; all those of one character share its range. */
export function byteLevelText(input: AlignedText): AlignedText {
  return mapCharacters(input, byteLevelCharacter);
}
