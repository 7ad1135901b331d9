// What is asked of a server and what comes back, in the words of this module's callers.
import type { Policy } from "./policy.ts";

export type RequestOptions = {
  /** `https:`, `http:` or `file:`. Messages show it without credentials and without what stands behind "?". */
  readonly url: string;
  /** Sent to the origin of `url` only, such as an authorization: a redirect to another one leaves them out for good. */
  readonly headers?: Readonly<Record<string, string>>;
  /** More bytes than this are refused, before they arrive where the server tells, else when they do. */
  readonly byteLengthMax: number;
  /** Told in a sentence when something takes longer: another attempt, another process that fetches the same. */
  readonly onNote?: (sentence: string) => void;
  /** How patient it is; by default as `POLICY`. */
  readonly policy?: Partial<Policy>;
};

export type DownloadOptions = RequestOptions & {
  /** Where the whole file goes; its folder is made, and a file that is there is replaced. */
  readonly path: string;
  /** Lower-case hexadecimal SHA-256 it must have. */
  readonly sha256?: string;
  /** Bytes it must have. */
  readonly byteLength?: number;
  /** Called as bytes arrive; `total` is undefined while nobody knows. What a former attempt left counts as done. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
};

export type Downloaded = {
  readonly byteLength: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** As the server that sent the bytes put it, quotes included. */
  readonly etag?: string;
  /** Bytes that came over the network this time: fewer than the file has when a former attempt left some, or all. */
  readonly transferredByteLength: number;
};

/** One answer on the way. */
export type Hop = { readonly url: string; readonly status: number; readonly headers: Headers };

export type TextOptions = RequestOptions & {
  readonly method?: "GET" | "HEAD";
  /**
   * Which redirects are followed: all (by default), those to the same origin, or none. One that is not is the answer,
   * with its status and headers.
   */
  readonly redirects?: "all" | "same-origin" | "none";
  /** Statuses from 400 on that are answers, not errors, such as 404. */
  readonly statuses?: readonly number[];
};

export type TextAnswer = {
  readonly status: number;
  readonly headers: Headers;
  /** Where the answer came from, after redirects. */
  readonly url: string;
  /** UTF-8, without a byte order mark; empty for HEAD and for redirects. */
  readonly text: string;
  /** Every answer in order, redirects included; the last is this one. */
  readonly hops: readonly Hop[];
};

export type JsonAnswer = Omit<TextAnswer, "text"> & { readonly value: unknown };
