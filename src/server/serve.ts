// A listening socket in front of the application, and its end: stop accepting, finish what was begun, within a bound.
import type { Limits } from "../contract/index.ts";
import { CodedError } from "../error/index.ts";
import type { Engine } from "../runtime/index.ts";
import { type App, type AppOptions, createApp } from "./http/app.ts";
import {
  DELIVERY_GRACE_MS,
  DRAIN_POLL_MS,
  DRAIN_TIMEOUT_MS,
  FIRST_REQUEST_TIMEOUT_S,
  type HttpLimits,
  IDLE_TIMEOUT_S,
} from "./http/limit.ts";

export type ServeOptions = {
  readonly engine: Engine;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly httpLimits?: HttpLimits;
  readonly requestLimits?: Limits;
  readonly drainTimeoutMs?: number;
  readonly onFault: AppOptions["onFault"];
};

export type RunningServer = {
  readonly url: string;
  readonly port: number;
  /** Whether only this machine can reach it. */
  readonly loopback: boolean;
  /**
   * Stops accepting, waits for requests in flight, cuts what exceeds the bound. Requests that have not arrived in full
   * get little time to do so. Resolves to whether all others were answered.
   */
  readonly stop: () => Promise<boolean>;
  /** Closes connections that had an answer and wait for nothing, and returns how many. */
  readonly closeIdle: () => number;
  /** Cuts every connection at once. */
  readonly abort: () => void;
};

/**
 * Listens at once, whether or not the engine is ready. Throws `SERVER_ADDRESS_IN_USE` or `SERVER_LISTEN_FAILED`.
 */
export function serve(options: ServeOptions): RunningServer {
  const { engine, host, httpLimits, requestLimits, onFault } = options;
  const undelivered = new AbortController();
  const lifecycle = { draining: false, undelivered: undelivered.signal };
  const app = createApp({ engine, lifecycle, httpLimits, requestLimits, onFault });
  const server = listen(host, options.port, app);
  let stopped: Promise<boolean> | undefined;
  const stop = () => {
    lifecycle.draining = true;
    const timeoutMs = options.drainTimeoutMs ?? DRAIN_TIMEOUT_MS;
    return drain(server, timeoutMs, () => undelivered.abort());
  };
  const port = server.port ?? options.port;
  // An IPv6 address may be given as it stands in a URL.
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  return {
    url: `http://${bare.includes(":") ? `[${bare}]` : bare}:${port}`,
    port,
    loopback: isLoopback(bare),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
    closeIdle: () => server.closeIdleConnections(),
    abort: () => void server.stop(true),
  };
}

/** Resolves to whether every request was answered; `cutUndelivered` ends the wait for the rest of their bodies. */
async function drain(
  server: Bun.Server<undefined>,
  timeoutMs: number,
  cutUndelivered: () => void,
): Promise<boolean> {
  const endMs = performance.now() + timeoutMs;
  const closed = server.stop();
  if (await settlesWithin(closed, Math.min(timeoutMs, DELIVERY_GRACE_MS))) return true;
  cutUndelivered();
  while (server.pendingRequests > 0 && performance.now() < endMs) {
    if (await settlesWithin(closed, DRAIN_POLL_MS)) return true;
  }
  // What is left has sent no request, or is late.
  const answered = server.pendingRequests === 0;
  await server.stop(true);
  return answered;
}

async function settlesWithin(promise: Promise<void>, timeoutMs: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), timeoutMs);
  try {
    return await Promise.race([promise.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function listen(hostname: string, port: number, app: App): Bun.Server<undefined> {
  try {
    return Bun.serve({
      hostname,
      port,
      idleTimeout: FIRST_REQUEST_TIMEOUT_S,
      // The default shows stack traces in a page when NODE_ENV is not "production".
      development: false,
      // Without development Bun would share a port that is in use, and two servers would answer in turn.
      reusePort: false,
      // Enforced by the application, which answers in the client's dialect.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      fetch: async (request, server) => {
        // The idle timer would cut a connection whose client waits for a long answer. Reading a body has its own.
        server.timeout(request, 0);
        try {
          return await app.fetch(request);
        } finally {
          server.timeout(request, IDLE_TIMEOUT_S);
        }
      },
      // The default prints source and stack.
      error: app.error,
    });
  } catch (thrown) {
    throw listenError(thrown, hostname, port);
  }
}

function listenError(thrown: unknown, host: string, port: number): CodedError {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown";
  if (code === "EADDRINUSE") {
    return new CodedError(
      "SERVER_ADDRESS_IN_USE",
      `Cannot listen on ${host} port ${port} as it must be free: found it in use: choose another with --port`,
      { detail: { host, port }, cause: thrown },
    );
  }
  return new CodedError(
    "SERVER_LISTEN_FAILED",
    `Cannot listen on ${host} port ${port} as ${reasonOf(code, port)}`,
    { detail: { host, port }, cause: thrown },
  );
}

/** Ports below this are only for the administrator on most systems. */
const PRIVILEGED_PORT_END = 1024;

/** Errors of a machine that has run out of something. */
const EXHAUSTED: readonly string[] = ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"];

function reasonOf(code: string, port: number): string {
  if (code === "EACCES" && port > 0 && port < PRIVILEGED_PORT_END) {
    return `permission is denied: choose a port from ${PRIVILEGED_PORT_END} up with --port`;
  }
  if (EXHAUSTED.includes(code)) return `the operating system refused (${code}): try again later`;
  // For a name that does not resolve, Bun reports whichever error the system had before.
  return "it must be an address of this machine: found no such host or address: choose another with --host";
}

function isLoopback(host: string): boolean {
  return host.toLowerCase() === "localhost" || host === "::1" || /^127\./.test(host);
}
