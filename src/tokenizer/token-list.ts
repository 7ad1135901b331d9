// The tokens of one text before special tokens are put around them.

const INITIAL_TOKENS = 64;

function doubled(from: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const to = new Int32Array(from.length * 2);
  to.set(from);
  return to;
}

/** A growing list of tokens in flat arrays; the first `length` entries of each are in use. */
export class TokenList {
  ids = new Int32Array(INITIAL_TOKENS);
  starts = new Int32Array(INITIAL_TOKENS);
  ends = new Int32Array(INITIAL_TOKENS);
  words = new Int32Array(INITIAL_TOKENS);
  /** Texts of added tokens by place: they may hold white space the token itself has not. */
  readonly addedTexts = new Map<number, string>();
  length = 0;
  /** Whether these are all the tokens of the text. */
  complete = true;

  push(id: number, start: number, end: number, word: number): void {
    const index = this.length;
    if (index === this.ids.length) this.#grow();
    this.ids[index] = id;
    this.starts[index] = start;
    this.ends[index] = end;
    this.words[index] = word;
    this.length = index + 1;
  }

  #grow(): void {
    this.ids = doubled(this.ids);
    this.starts = doubled(this.starts);
    this.ends = doubled(this.ends);
    this.words = doubled(this.words);
  }
}
