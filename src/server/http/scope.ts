// What is known of one request while it is answered: for response headers, logs and counters. Holds no input.
import type { OperationId } from "../../contract/index.ts";
import type { RunMeter } from "../../runtime/index.ts";
import type { Admitted } from "./admission.ts";
import type { Reservation } from "./outbox.ts";
import type { Dialect } from "./status.ts";

/** What is worth knowing of a route once it has matched. */
export type MatchedRoute = {
  readonly method: string;
  readonly path: string;
  readonly operation?: OperationId;
  readonly isProbe?: boolean;
};

/** One request, filled in on its way. Whoever learns a fact writes it here. */
export type RequestScope = {
  /** The client's own x-request-id, or one made here. */
  readonly id: string;
  readonly method: string;
  /** performance.now() time at which its head was there. */
  readonly startedMs: number;
  readonly request: Request;
  /** Undefined while none has matched, and when none does. */
  route?: MatchedRoute;
  dialect?: Dialect;
  /** Filled by the engine. */
  readonly meter: RunMeter;
  /** Whether it asks something of the model, and whoever sent it may. */
  asksModel: boolean;
  /** Whether who sent it may learn which model this is. */
  tellsModel: boolean;
  /** Inputs the model was asked about. */
  inputs: number;
  /** How many of them were cut. */
  truncated: number;
  /** Bytes of its body, as far as they were read. */
  bodyBytes: number;
  /** Bytes of the answer's body. */
  responseBytes: number;
  /** What it was let in with; probes are let in always. */
  admitted?: Admitted;
  /** Room for what its answer holds; whoever is let in always needs none. */
  reservation?: Reservation;
  /** performance.now() time after which nobody waits for the answer. */
  deadlineMs?: number;
  /** Status and code of the answer, once it is made. */
  status?: number;
  errorCode?: string;
};

/** Longer ids would be somebody's data in every log. */
const ID_CHARACTERS_MAX = 128;

/** Printable ASCII: anything else could forge lines of a log. */
const ID_PATTERN = /^[\x20-\x7e]+$/;

export function createScope(request: Request): RequestScope {
  const given = request.headers.get("x-request-id") ?? "";
  const isUsable = given.length <= ID_CHARACTERS_MAX && ID_PATTERN.test(given);
  return {
    id: isUsable ? given : crypto.randomUUID(),
    method: request.method,
    startedMs: performance.now(),
    request,
    meter: { tokenizeMs: 0, queueMs: 0, inferenceMs: 0, tokens: 0, characters: 0 },
    asksModel: false,
    tellsModel: false,
    inputs: 0,
    truncated: 0,
    bodyBytes: 0,
    responseBytes: 0,
  };
}
