// How much a repository of git may ask of whoever reads it: few bytes of it can stand for any amount of work.
import { CodedError } from "../error/index.ts";

/** Bytes read, made or compared; some thousand commits and their trees take a tenth. Below two seconds. */
export const WORK_MAX = 64 * 1024 * 1024;

/** What is left to spend for all objects of one repository together. Counted, not clocked: it ends everywhere alike. */
export class GitWork {
  #left: number;

  constructor(most = WORK_MAX) {
    this.#left = most;
  }

  get isSpent(): boolean {
    return this.#left < 0;
  }

  /** To be called before the work is done. Throws `HUB_HISTORY_TOO_LARGE`, and from then on always. */
  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.isSpent) throw historyTooLarge();
  }
}

/** Of a repository that is not followed to its end. */
export function historyTooLarge(): CodedError {
  return new CodedError(
    "HUB_HISTORY_TOO_LARGE",
    "Cannot tell the commit of the git clone as its history is too large to follow: " +
      "clone it with --depth 1 to have the commit stated",
  );
}
