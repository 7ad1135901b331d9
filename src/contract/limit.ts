// Every limit on what one request may ask, its value and its reason. Bytes and time are limited by
// the transport.

export type Limits = {
  /** Texts or pairs in one request. */
  readonly inputsPerRequest: number;
  /** UTF-16 units in one text. */
  readonly charactersPerInput: number;
  /** Documents ranked in one request. */
  readonly textsPerRerank: number;
  /** Entries of the metadata that is echoed. */
  readonly metadataEntries: number;
  /** Labels a request may name. */
  readonly labelsPerRequest: number;
};

export const LIMITS: Limits = {
  // What the OpenAI dialect allows, the most of all dialects spoken here.
  inputsPerRequest: 2048,
  // Tokenising comes before cutting: a megabyte is 250 times a long model's 4,096 tokens, and tens
  // of milliseconds.
  charactersPerInput: 1_000_000,
  // What Cohere recommends at most; every document costs a run of the model with the query.
  textsPerRerank: 1000,
  // Labels of a caller's own bookkeeping, not a place for data.
  metadataEntries: 256,
  // More than any token classifier has.
  labelsPerRequest: 1000,
};
