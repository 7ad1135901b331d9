// Every limit on what one request may ask, its value and its reason. Bytes and time are limited by
// the transport.

export type Limits = {
  /** Texts or pairs in one request. */
  readonly inputsPerRequest: number;
  /** UTF-16 units in one text. */
  readonly charactersPerInput: number;
  /** UTF-16 units in a prompt, or in a sentence about a label. */
  readonly charactersPerPrompt: number;
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
  // Tokenising comes before cutting, on the thread that answers: the worst texts take about 4
  // microseconds a character, so one second. It is 250 characters for each of 1,000 tokens.
  charactersPerInput: 250_000,
  // Several times the longest instruction of any published model; it goes before every input.
  charactersPerPrompt: 10_000,
  // What Cohere recommends at most; every document costs a run of the model with the query.
  textsPerRerank: 1000,
  // Labels of a caller's own bookkeeping, not a place for data.
  metadataEntries: 256,
  // More than any token classifier has.
  labelsPerRequest: 1000,
};
