// Changes to a text told character by character, the way the reference tokenizer keeps track of origins.
import {
  type AlignedText,
  AlignedTextBuilder,
  characterRange,
  originalStart,
  unitsAt,
} from "./aligned-text.ts";

/**
 * Writes a changed text over an input. Every character is put with a number: 0 replaces one character of the
 * input, 1 is new and shares the range of the one before it, -n replaces one and swallows n more.
 */
export class ChangeWriter {
  readonly #input: AlignedText;
  readonly #out: AlignedTextBuilder;
  /** Unit of the input that is replaced next. */
  #at = 0;
  /** The last character, kept back because what follows may still be swallowed. */
  #text = "";
  #change = 0;

  constructor(input: AlignedText) {
    this.#input = input;
    this.#out = new AlignedTextBuilder(input.text.length + 16);
  }

  put(text: string, change: number): void {
    this.#flush();
    this.#text = text;
    this.#change = change;
  }

  /** Puts characters in place of `count` characters; all that is left over of those hangs on the last one. */
  replace(count: number, replacement: string): void {
    let put = 0;
    for (const character of replacement) this.put(character, put++ < count ? 0 : 1);
    if (put < count && this.#text !== "") this.#change += put - count;
  }

  finish(): AlignedText {
    this.#flush();
    return this.#out.finish();
  }

  #flush(): void {
    if (this.#text === "") return;
    const from = this.#change > 0 ? this.#at - 1 : this.#at;
    if (from < 0) {
      const begin = originalStart(this.#input, 0);
      this.#out.push(this.#text, begin, begin);
    } else {
      this.#out.push(this.#text, ...characterRange(this.#input, from));
    }
    for (let taken = this.#change; taken <= 0; taken++) {
      this.#at += unitsAt(this.#input.text, this.#at);
    }
  }
}
