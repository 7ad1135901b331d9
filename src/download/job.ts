// A download on its way.
import type { Arrival } from "./arrival.ts";
import type { Policy } from "./policy.ts";
import type { DownloadOptions } from "./request.ts";

export type Job = {
  readonly url: URL;
  readonly options: DownloadOptions;
  readonly policy: Policy;
  readonly arrival: Arrival;
  /** Grows as bytes come over the network. */
  transferred: number;
};
