// How patient a download is. Limits with their reasons; tests bring shorter ones.

export type Policy = {
  /** From the start of a request to the head of its answer: names, connections, handshakes and a busy server. */
  readonly answerMs: number;
  /** Time in which at least `stallByteLength` bytes must arrive. */
  readonly stallMs: number;
  readonly stallByteLength: number;
  /** Attempts without noteworthy progress before it is given up. */
  readonly attemptsMax: number;
  /** An attempt that brought this many bytes was worth it, and is not counted. */
  readonly progressByteLength: number;
  /** Pause before the second attempt; each further one is twice as long. */
  readonly pauseMs: number;
  readonly pauseMsMax: number;
  /** The longest pause a server may ask for: nobody waits an hour before a terminal. */
  readonly retryAfterMsMax: number;
  readonly redirectsMax: number;
  /** How often is looked whether another process has finished. */
  readonly lockMs: number;
};

export const POLICY: Policy = Object.freeze({
  answerMs: 30_000,
  stallMs: 30_000,
  stallByteLength: 1024,
  attemptsMax: 5,
  progressByteLength: 1024 * 1024,
  pauseMs: 500,
  pauseMsMax: 8_000,
  retryAfterMsMax: 60_000,
  redirectsMax: 10,
  lockMs: 200,
});
