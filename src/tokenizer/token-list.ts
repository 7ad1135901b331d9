// The tokens of one text before special tokens are put around them.

const INITIAL_TOKENS = 64;

/** A growing list of tokens in flat arrays; `length` of each array is in use. */
export class TokenList {
  ids: Int32Array = new Int32Array(INITIAL_TOKENS);
  starts: Int32Array = new Int32Array(INITIAL_TOKENS);
  ends: Int32Array = new Int32Array(INITIAL_TOKENS);
  words: Int32Array = new Int32Array(INITIAL_TOKENS);
  length = 0;

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
    const grown = (from: Int32Array): Int32Array => {
      const to = new Int32Array(from.length * 2);
      to.set(from);
      return to;
    };
    this.ids = grown(this.ids);
    this.starts = grown(this.starts);
    this.ends = grown(this.ends);
    this.words = grown(this.words);
  }
}
