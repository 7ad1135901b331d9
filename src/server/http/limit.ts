// Every limit of the HTTP side, its value and its reason. What a request may ask of the model is limited in `contract`.

export type HttpLimits = {
  readonly bodyBytesMax: number;
  /** Of all requests that are being read or answered. */
  readonly bodyBytesTotalMax: number;
  readonly bodyTimeoutMs: number;
  /** Until the work for a request must have begun. */
  readonly requestTimeoutMs: number;
  /** Requests that are being read or answered. */
  readonly requestsMax: number;
  /** Bytes that answers hold, of all requests: reserved once their tokens are known, until clients have taken them. */
  readonly answerBytesTotalMax: number;
  /** Until a client must have taken a long answer. */
  readonly answerTimeoutMs: number;
  readonly jsonDepthMax: number;
  readonly jsonMembersMax: number;
};

const MEBIBYTE = 1024 * 1024;

export const HTTP_LIMITS: HttpLimits = {
  // The largest request of the OpenAI dialect, 300,000 tokens, is up to 8 MB of JSON.
  bodyBytesMax: 16 * MEBIBYTE,
  // Four of the largest. A body lives on as text and as values, up to ten times its size in all.
  bodyBytesTotalMax: 64 * MEBIBYTE,
  // A body of the largest size over a 5 Mbit/s line. Longer than this is a stuck or a hostile client.
  bodyTimeoutMs: 30_000,
  // The longest request, 2,048 inputs of 512 tokens, takes a slow machine minutes.
  requestTimeoutMs: 300_000,
  // Far more than a queue of 8,192 inputs has use for; each costs some ten kilobytes while it waits.
  requestsMax: 1024,
  // Six of the largest answers of vectors, or three requests of 2,048 inputs with 512 tokens and 1,024 numbers each.
  answerBytesTotalMax: 256 * MEBIBYTE,
  // The largest answer over a line of 1 Mbit/s.
  answerTimeoutMs: 300_000,
  // The deepest request of any dialect nests five levels; parsers recurse, so depth is stack.
  jsonDepthMax: 32,
  // 2,048 inputs or documents of up to 16 members each, twice over.
  jsonMembersMax: 65_536,
};

/** Arrays and objects of a body, empty ones included: each is memory. 2,048 inputs have use for some thousands. */
export const JSON_NESTED_MAX = 2 ** 17;

/** Commas of a body: four million numbers are more than the tokens of 2,048 inputs of 512, three tensors of them. */
export const JSON_ELEMENTS_MAX = 2 ** 22;

/**
 * Seconds until the head of the first request must be there. Such connections count against the limit of open files
 * like any other, and nothing but this ends them. The HTTP server below has the same bound and takes no
 * other: slow heads end after ten to twelve seconds.
 */
export const FIRST_REQUEST_TIMEOUT_S = 10;

/** Seconds a connection stays open after an answer; the timer is off while the model works on a request. */
export const IDLE_TIMEOUT_S = 60;

/** Seconds after which a client should ask again while the model is loading. */
export const RETRY_AFTER_S = 1;

/** No prediction looks further ahead than this. */
export const RETRY_AFTER_MAX_S = 600;

/**
 * A refused body up to this size is read and thrown away, so that the client gets to see the answer instead of a
 * reset connection. Beyond it the connection is closed.
 */
export const DISCARD_BYTES_MAX = 64 * MEBIBYTE;

/** How long requests in flight may go on once the server was told to stop. */
export const DRAIN_TIMEOUT_MS = 10_000;

/**
 * How long a stopping server waits for requests that have not arrived in full: one that is on its way is here by then,
 * and nothing of the others was accepted.
 */
export const DELIVERY_GRACE_MS = 1_000;

/** How often a stopping server looks whether all was answered: connections that never sent a request do not end. */
export const DRAIN_POLL_MS = 20;

/** What makes and prints a long answer lets others go on after this long. */
export const SLICE_MS = 8;

/** Answers are printed in pieces of about so many characters. */
export const PRINTED_CHUNK_CHARACTERS = 64 * 1024;

/** A shorter answer fits into the buffers of its connection, which the system has for each anyway. */
export const OUTBOX_BYTES_MIN = 256 * 1024;

/** Bytes of what is known of a token until the answer is made: ids, places and marks, and windows that share it. */
export const TOKEN_BYTES = 32;

/** Bytes of a number of the model: the float32 itself, and the copy an answer is made of. */
export const NUMBER_BYTES = 8;

/** Bytes of a number, text or name of an answer in JSON: float32 numbers have eight digits on average. */
export const ITEM_BYTES = 12;

/**
 * Weights room is reserved for in each sparse vector: several times what models give for ordinary texts, as all of
 * their vocabulary would keep out everybody else. Where there are more, room is asked for as they come.
 */
export const SPARSE_WEIGHTS_EXPECTED = 1024;

/** Index and value of such a weight, with their names. */
export const SPARSE_WEIGHT_ITEMS = 4;
