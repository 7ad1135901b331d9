// One line for every request: what was asked for, how it went, where the time went. Nothing of what was sent is in it,
// neither texts nor messages that may quote them.
import { isOpen } from "../http/api-key.ts";
import { METRICS_PATH } from "../http/metrics.ts";
import type { RequestScope } from "../http/scope.ts";
import type { Log } from "./log.ts";

/** Says one request. `traceId` is that of its trace, if it has one, recorded or not. */
export type RequestLog = (scope: RequestScope, traceId: string | undefined) => void;

export type RequestLogOptions = {
  /** Where requests came from; undefined when nobody is to know. */
  readonly remoteOf?: ((request: Request) => string | undefined) | undefined;
};

const MICROSECONDS = 1000;

export function createRequestLog(log: Log, { remoteOf }: RequestLogOptions = {}): RequestLog {
  return (scope, traceId) => {
    // Probes and scrapes come all day and say nothing.
    const level = isQuiet(scope) ? "debug" : "info";
    if (!log.writes(level)) return;
    const { meter } = scope;
    log.event(level, "request", {
      request_id: scope.id,
      method: scope.method,
      route: scope.route?.path ?? null,
      status: scope.status ?? null,
      error: scope.errorCode ?? null,
      duration_ms: rounded(performance.now() - scope.startedMs),
      inputs: scope.inputs,
      tokens: meter.tokens,
      truncated: scope.truncated,
      tokenize_ms: rounded(meter.tokenizeMs),
      queue_ms: rounded(meter.queueMs),
      inference_ms: rounded(meter.inferenceMs),
      bytes_in: scope.bodyBytes,
      bytes_out: scope.responseBytes,
      trace_id: traceId ?? null,
      ...(remoteOf && { remote: remoteOf(scope.request) ?? null }),
    });
  };
}

/** Whether the request is one of those that machines send to see that all is well. */
export function isQuiet({ route }: RequestScope): boolean {
  return route !== undefined && (isOpen(route) || route.path === METRICS_PATH);
}

function rounded(ms: number): number {
  return Math.round(ms * MICROSECONDS) / MICROSECONDS;
}
