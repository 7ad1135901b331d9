// Limits of the engine, each with its reason.

/** Inputs that wait for a worker. At some hundred inputs a second this is well over ten seconds of work. */
export const QUEUED_INPUTS_MAX = 8192;

/**
 * Tokens of a batch, padding included. On CPUs larger batches are slower per token (the activations leave the cache),
 * and a run cannot be interrupted, so a batch is also what a short request may have to wait for.
 */
export const BATCH_TOKENS_MAX = 512;

/** Inputs of a batch, however short they are: bounds what one run returns. */
export const BATCH_INPUTS_MAX = 64;

/**
 * Numbers a batch may make the graph put out, where it puts out a row per token: 64 MiB. A head over a vocabulary of
 * 250,000 pieces would otherwise give 512 MiB for `BATCH_TOKENS_MAX`.
 */
export const OUTPUT_NUMBERS_MAX = 2 ** 24;

/**
 * How often a token of a long text may be read: windows that share more than three quarters of their tokens multiply
 * memory and time, and the row a token gets changes no more.
 */
export const WINDOW_READS_MAX = 4;

/** Tokens two windows share unless request or model says: as much context on either side as most entities need. */
export const WINDOW_OVERLAP_DEFAULT = 128;

/** UTF-16 units of a refused text that are tokenised once more to tell how many tokens it has: a few milliseconds. */
export const COUNTED_CHARACTERS_MAX = 10_000;

/** Prompts whose length in tokens is remembered; models name a handful, requests may name any. */
export const REMEMBERED_PROMPTS_MAX = 32;

/** Tokenising yields to other requests after this long. */
export const TOKENIZE_SLICE_MS = 8;
