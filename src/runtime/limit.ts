// Limits of the engine, each with its reason.

/** Inputs that wait for a worker. At some hundred inputs a second this is well over ten seconds of work. */
export const QUEUED_INPUTS_MAX = 8192;

/**
 * Tokens of a batch for each thread of its worker, padding included. On CPUs larger batches are slower per token (the
 * activations leave the cache), and a run cannot be interrupted, so a batch is also what others may have to wait for.
 */
export const BATCH_TOKENS_PER_THREAD = 256;

/** Tokens of a batch, however many threads there are. */
export const BATCH_TOKENS_MAX = 512;

/** Tokens of a batch that a setting may ask for: beyond it, one batch keeps a core busy for seconds. */
export const BATCH_TOKENS_CHOICE_MAX = 16_384;

/**
 * What a run costs whatever it holds, in tokens: reading the weights takes as long as computing on about so many. An
 * input shares a batch only when the padding it causes costs less than a run of its own.
 */
export const RUN_OVERHEAD_TOKENS = 20;

/** Of a text this long attention costs as much as all else together: six times the width of common models. */
export const ATTENTION_EVEN_TOKENS = 4096;

/** A request of more inputs than this is bulk work: nobody waits for each single answer. */
export const BULK_INPUTS_MIN = 128;

/**
 * Tokens of a batch of bulk work while others ask, too, padding included: a lone short text that comes meanwhile waits
 * for its end. Costs about a tenth of the throughput.
 */
export const BULK_TOKENS_MAX = 128;

/** So long after the last request that is not bulk work the next one is expected. */
export const BULK_CAUTION_MS = 5_000;

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

/**
 * Batches after which it is worth a worker's while to copy the weights: the copy takes as long as ten short ones, and a
 * few requests to see whether all works are no reason to take the memory.
 */
export const ARRANGE_AFTER_BATCHES = 32;

/** Tokenising yields to other requests after this long. */
export const TOKENIZE_SLICE_MS = 8;

/** A worker that lives for less after it was ready, or dies while it loads, died fast: the next may, too. */
export const FAST_CRASH_MS = 10_000;

/** Workers that died fast one after another, until none are started any more: something is wrong with the machine. */
export const FAST_CRASHES_MAX = 5;

/** Wait before the worker after the first fast crash; doubled with each further one. */
export const RESTART_DELAY_MS = 200;

/**
 * How long the first worker is alone when nothing waits: a command that asks one thing ends before others load, and the
 * first answer has the machine for itself.
 */
export const GROW_AFTER_MS = 500;

/** A batch shorter than this is sent while another runs: the way to a worker and back would be felt. */
export const SENT_AHEAD_MS = 3;

/** Workers of one engine. */
export const WORKERS_MAX = 64;

/** Threads of one worker: more get in each other's way. */
export const THREADS_MAX = 64;

/** Workers unless more are asked for: the weights are shared, but each prepares a copy of most of them for its core. */
export const WORKERS_DEFAULT_MAX = 16;

/**
 * How much longer than what waits before it takes an input may have to wait: inputs that came later go along with
 * earlier ones of their length. Who allows less time than that is refused at once instead of given up later.
 */
export const WAIT_SPREAD = 2;

/** Bounds of what a client that came too early is told to wait. */
export const RETRY_AFTER_MAX_S = 60;

/**
 * UTF-16 units of an input above which a thread of its own tokenises it: the slowest texts take some 50 microseconds a
 * unit, and probes must not wait for longer than a moment.
 */
export const LONG_TEXT_CHARACTERS = 2_000;

/** Requests with a long text to tokenise; each has one such text waiting, and all of them are in memory. */
export const LONG_TEXTS_WAITING_MAX = 1_024;

/** The longest delay a timer takes, 24 days; a deadline beyond it is none. */
export const TIMER_MS_MAX = 2 ** 31 - 1;
