// A listening socket of its own for Prometheus, so that counters stay private where the model is public.
import { CodedError } from "../../error/index.ts";
import { isLoopback, listenError, urlOf } from "../address.ts";
import { METRICS_PATH, metricsReply } from "../http/metrics.ts";
import { createPageGuard } from "../http/page-guard.ts";
import { toResponse } from "../http/reply.ts";
import { errorReply, NATIVE } from "../http/status.ts";

export type MetricsServerOptions = {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly text: () => string;
};

export type MetricsServer = Disposable & { readonly url: string };

/** Answers `GET /metrics`, to anybody but pages of other names. Throws `SERVER_ADDRESS_IN_USE` or `SERVER_LISTEN_FAILED`. */
export function serveMetrics({ host, port, text }: MetricsServerOptions): MetricsServer {
  const guard = isLoopback(host) ? createPageGuard([]) : undefined;
  const server = open(host, port, (request) => {
    try {
      guard?.(request);
    } catch (thrown) {
      return toResponse(errorReply(CodedError.from(thrown), NATIVE));
    }
    const path = URL.parse(request.url)?.pathname;
    const isAsked = path === METRICS_PATH && ["GET", "HEAD"].includes(request.method);
    if (isAsked) return toResponse(metricsReply(text));
    const error = `Cannot answer anything here but GET ${METRICS_PATH}`;
    return toResponse({ status: 404, body: { error } });
  });
  return {
    url: `${urlOf("http", host, server.port ?? 0)}${METRICS_PATH}`,
    [Symbol.dispose]: () => void server.stop(true),
  };
}

function open(host: string, port: number, fetch: (request: Request) => Response) {
  try {
    return Bun.serve({
      hostname: host,
      port,
      fetch,
      // The defaults show stack traces, and share a port that is in use.
      development: false,
      reusePort: false,
    });
  } catch (thrown) {
    throw listenError(thrown, { host, port, prefix: "metrics-" });
  }
}
