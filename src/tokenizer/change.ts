// Changes to a text told character by character, the way the reference tokenizer keeps track of origins.
import {
  type AlignedText,
  AlignedTextBuilder,
  characterRange,
  originalStart,
} from "./aligned-text.ts";

/**
 * A character on its way out and how it relates to the text it came from:
 * 0 replaces one character, 1 is new, -n replaces one character and swallows n more.
 */
export type Change = { text: string; change: number };

/** Writes changes over a text; every new character shares the range of the one before it. */
export function applyChanges(input: AlignedText, changes: readonly Change[]): AlignedText {
  const { text } = input;
  const out = new AlignedTextBuilder(text.length + 16);
  const begin = text === "" ? 0 : originalStart(input, 0);
  let at = 0;
  const step = (): void => {
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  };
  for (const { text: character, change } of changes) {
    const from = change > 0 ? at - 1 : at;
    if (from < 0) out.push(character, begin, begin);
    else out.push(character, ...characterRange(input, from));
    if (change > 0) continue;
    for (let taken = change; taken <= 0; taken++) step();
  }
  return out.finish();
}
