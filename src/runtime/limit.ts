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

/** Tokenising yields to other requests after this long. */
export const TOKENIZE_SLICE_MS = 8;
