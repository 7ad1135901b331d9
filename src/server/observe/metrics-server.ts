// A listening socket of its own for Prometheus, so that counters stay private where the model is public.
import { listenError, urlOf } from "../address.ts";
import { METRICS_PATH, metricsReply } from "../http/metrics.ts";
import { toResponse } from "../http/reply.ts";

export type MetricsServerOptions = {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly text: () => string;
};

export type MetricsServer = Disposable & { readonly url: string };

/** Answers `GET /metrics`, to anybody. Throws `SERVER_ADDRESS_IN_USE` or `SERVER_LISTEN_FAILED`. */
export function serveMetrics({ host, port, text }: MetricsServerOptions): MetricsServer {
  const server = open(host, port, (request) => {
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
    throw listenError(thrown, { host, port });
  }
}
