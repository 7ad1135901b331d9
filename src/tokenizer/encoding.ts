// The result of tokenising one text or pair, in flat arrays that can be moved to a worker.

/**
 * One tokenised input of `n` tokens, special tokens included, not padded.
 * Every array is indexed by token.
 */
export type Encoding = {
  readonly ids: Int32Array;
  /** Segment of the token: what the graph gets as token_type_ids. */
  readonly typeIds: Int32Array;
  /** 1 for a token the template added ([CLS], [SEP] ...), else 0. */
  readonly specialMask: Uint8Array;
  /** 2n numbers: [start, end) of token i at 2i and 2i+1, in UTF-16 units of its own text; 0, 0 for special tokens. */
  readonly spans: Int32Array;
  /** 0 for tokens of the text, 1 for tokens of the pair, -1 for special tokens. */
  readonly sequenceIds: Int8Array;
  /** Index of the word (pre-tokenised piece) in its own text; -1 for special tokens. */
  readonly wordIds: Int32Array;
  /** Whether tokens were cut to fit. */
  readonly truncated: boolean;
};
