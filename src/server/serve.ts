// A listening socket in front of the application, and its end: stop accepting, finish what was begun, within a bound.
import type { Limits } from "../contract/index.ts";
import { assert } from "../error/index.ts";
import type { Engine } from "../runtime/index.ts";
import { isLoopback, listenError, tlsError, urlOf } from "./address.ts";
import { type App, type AppOptions, createApp } from "./http/app.ts";
import {
  DELIVERY_GRACE_MS,
  DRAIN_POLL_MS,
  DRAIN_TIMEOUT_MS,
  FIRST_REQUEST_TIMEOUT_S,
  type HttpLimits,
  IDLE_TIMEOUT_S,
} from "./http/limit.ts";
import { createPageGuard, type PageGuard } from "./http/page-guard.ts";

/** Certificates and keys as PEM texts. */
export type Tls = {
  readonly cert: string;
  readonly key: string;
  /** Only clients with a certificate of this authority are taken. */
  readonly clientCa?: string | undefined;
};

/** Exchanges sockets under a running server; where the system has no way to, nobody passes one. */
export type SocketExchange = {
  /** Runs `create`, which opens one listening socket, and tells its descriptor. */
  readonly open: <T>(create: () => T) => { readonly made: T; readonly descriptor: number };
  /** Makes the first descriptor another name for the socket of the second. */
  readonly replace: (descriptor: number, other: number) => void;
};

type AppSettings =
  | ("keys" | "corsOrigins" | "aliases")
  | ("onFault" | "onBegin" | "onRequest" | "metricsText");

export type ServeOptions = Pick<AppOptions, AppSettings> & {
  readonly engine: Engine;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Path of a unix socket to listen on instead. Nothing may be there. */
  readonly socketPath?: string | undefined;
  /** Descriptor of a socket that listens already, to be served on instead. Needs `exchange`. */
  readonly socket?: number | undefined;
  readonly exchange?: SocketExchange | undefined;
  readonly tls?: Tls | undefined;
  readonly httpLimits?: HttpLimits | undefined;
  readonly requestLimits?: Limits | undefined;
  /** How long a stopping server still takes requests while it says that it is not ready. */
  readonly drainDelayMs?: number | undefined;
  readonly drainTimeoutMs?: number | undefined;
  /** Bytes of a request's head, for all servers of this process. */
  readonly headerBytesMax?: number | undefined;
  /** How long a connection stays open after an answer, in whole seconds. */
  readonly idleTimeoutS?: number | undefined;
};

export type RunningServer = {
  /** "unix:" and a path for a unix socket; the scheme is "https" with certificates. */
  readonly url: string;
  /** 0 for a unix socket. */
  readonly port: number;
  /** Whether only this machine can reach it. */
  readonly loopback: boolean;
  /**
   * Stops accepting, waits for requests in flight, cuts what exceeds the bound. Requests that have not arrived in full
   * get little time to do so. Resolves to whether all others were answered.
   */
  readonly stop: () => Promise<boolean>;
  /** New connections get these certificates, those that are open stay. Throws `SERVER_TLS_INVALID`: nothing changes. */
  readonly reloadTls: (tls: Tls) => void;
  /** Closes connections that had an answer and wait for nothing, and returns how many. */
  readonly closeIdle: () => number;
  /** Address of the client of a request that is being answered; undefined for unix sockets. */
  readonly remoteOf: (request: Request) => string | undefined;
  /** Cuts every connection at once. */
  readonly abort: () => void;
};

/**
 * Listens at once, whether or not the engine is ready. Throws `SERVER_ADDRESS_IN_USE`, `SERVER_LISTEN_FAILED` or
 * `SERVER_TLS_INVALID`.
 */
export function serve(options: ServeOptions): RunningServer {
  const undelivered = new AbortController();
  const lifecycle = { draining: false, cut: false, undelivered: undelivered.signal };
  const app = createApp({ ...options, lifecycle, pageGuard: pageGuardOf(options) });
  checkTls(options);
  limitHeads(options);
  let { server, descriptor } = open(options, app);
  const { host, socketPath } = options;
  const port = server.port ?? 0;
  // Servers whose certificates were replaced, with connections that are still open.
  const replaced = new Set<Server>();
  const stop = async (): Promise<boolean> => {
    lifecycle.draining = true;
    await Bun.sleep(options.drainDelayMs ?? 0);
    const timeoutMs = options.drainTimeoutMs ?? DRAIN_TIMEOUT_MS;
    const cuts = {
      undelivered: () => undelivered.abort(),
      all: () => {
        lifecycle.cut = true;
      },
    };
    const drained = [server, ...replaced].map((one) => drain(one, timeoutMs, cuts));
    return (await Promise.all(drained)).every((answered) => answered);
  };
  let stopped: Promise<boolean> | undefined;
  return {
    url: socketPath === undefined ? urlOf(schemeOf(options), host, port) : `unix:${socketPath}`,
    port,
    loopback: socketPath !== undefined || isLoopback(host),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
    reloadTls: (tls) => {
      if (lifecycle.draining) return;
      checkTls({ tls });
      const old = { server, descriptor };
      ({ server, descriptor } = replace(old, { ...options, tls, port }, app));
      replaced.add(old.server);
      void old.server.stop().then(() => replaced.delete(old.server));
    },
    closeIdle: () =>
      [server, ...replaced].reduce((sum, one) => sum + one.closeIdleConnections(), 0),
    remoteOf: (request) => server.requestIP(request)?.address,
    abort: () => {
      lifecycle.cut = true;
      for (const one of [server, ...replaced]) void one.stop(true);
    },
  };
}

type Server = Bun.Server<undefined>;

/**
 * Where only this machine can ask and nothing proves who does, pages of other names must not. With TLS none can pass
 * for this server, as nobody else has a certificate; unix sockets are for programs, which may pass on what others sent.
 */
function pageGuardOf(options: ServeOptions): PageGuard | undefined {
  const { keys, tls, host, port, socket, socketPath } = options;
  // A socket that was handed over has a port unless it is a unix socket.
  const isUnix = socketPath !== undefined || (socket !== undefined && port === 0);
  if (keys !== undefined || tls !== undefined || isUnix || !isLoopback(host)) return undefined;
  return createPageGuard(options.corsOrigins ?? []);
}

/** A server and, where sockets can be exchanged, the descriptor it listens on. */
type Opened = { readonly server: Server; readonly descriptor: number | undefined };

function schemeOf({ tls }: ServeOptions): "http" | "https" {
  return tls === undefined ? "http" : "https";
}

function open(options: ServeOptions, app: App): Opened {
  const { exchange, socket } = options;
  if (exchange === undefined || (socket === undefined && options.tls === undefined)) {
    return { server: listen(options, app), descriptor: undefined };
  }
  if (socket === undefined) {
    const { made, descriptor } = exchange.open(() => listen(options, app));
    return { server: made, descriptor };
  }
  return openOver(socket, options, app);
}

/** A server on a socket that is there already: it opens one for which it is exchanged before anybody can know of it. */
function openOver(socket: number, options: ServeOptions, app: App): Opened {
  const { exchange } = options;
  assert(exchange !== undefined, "sockets are exchanged where there is a way to");
  const own = { ...options, host: "127.0.0.1", port: 0 };
  const { made, descriptor } = exchange.open(() => listen(own, app));
  try {
    exchange.replace(descriptor, socket);
  } catch (thrown) {
    void made.stop(true);
    throw thrown;
  }
  return { server: made, descriptor };
}

/** A server with other certificates in place of the old one, whose connections stay. */
function replace(old: Opened, options: ServeOptions, app: App): Opened {
  // The socket stays the same one, so that no connection is refused meanwhile.
  if (old.descriptor !== undefined) return openOver(old.descriptor, options, app);
  void old.server.stop();
  return { server: listen(options, app), descriptor: undefined };
}

/** Throws `SERVER_TLS_INVALID`. */
function checkTls({ tls }: Pick<ServeOptions, "tls">): void {
  if (tls === undefined) return;
  try {
    // Asked for late: it costs more than all the rest of the start.
    process
      .getBuiltinModule("node:tls")
      .createSecureContext({ cert: tls.cert, key: tls.key, ca: tls.clientCa });
  } catch (thrown) {
    throw tlsError(thrown instanceof Error ? thrown.message : "unknown", thrown);
  }
}

/** What a drain tells: that the wait for the rest of bodies ends, that every connection does. */
type Cuts = { readonly undelivered: () => void; readonly all: () => void };

/** Resolves to whether every request was answered. */
async function drain(server: Server, timeoutMs: number, cuts: Cuts): Promise<boolean> {
  const endMs = performance.now() + timeoutMs;
  const closed = server.stop();
  if (await settlesWithin(closed, Math.min(timeoutMs, DELIVERY_GRACE_MS))) return true;
  cuts.undelivered();
  while (server.pendingRequests > 0 && performance.now() < endMs) {
    if (await settlesWithin(closed, DRAIN_POLL_MS)) return true;
  }
  // What is left has sent no request, or is late.
  const answered = server.pendingRequests === 0;
  cuts.all();
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

/** The one bound that is the process's own; what is over it is answered 431 before this program hears of it. */
function limitHeads({ headerBytesMax }: ServeOptions): void {
  if (headerBytesMax === undefined) return;
  Object.assign(process.getBuiltinModule("node:http"), { maxHeaderSize: headerBytesMax });
}

function listen(options: ServeOptions, app: App): Server {
  const { host, port, socketPath } = options;
  const idleTimeoutS = options.idleTimeoutS ?? IDLE_TIMEOUT_S;
  const handlers = {
    // The default shows stack traces in a page when NODE_ENV is not "production".
    development: false,
    // Enforced by the application, which answers in the client's dialect.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch: async (request: Request, server: Server) => {
      // The idle timer would cut a connection whose client waits for a long answer. Reading a body has its own.
      server.timeout(request, 0);
      try {
        return await app.fetch(request);
      } finally {
        server.timeout(request, idleTimeoutS);
      }
    },
    // The default prints source and stack.
    error: app.error,
  };
  try {
    if (socketPath !== undefined) return Bun.serve({ ...handlers, unix: socketPath });
    return Bun.serve({
      ...handlers,
      ...tlsOptions(options),
      hostname: host,
      port,
      idleTimeout: FIRST_REQUEST_TIMEOUT_S,
      // Without development Bun would share a port that is in use, and two servers would answer in turn.
      reusePort: false,
    });
  } catch (thrown) {
    throw listenError(thrown, socketPath === undefined ? { host, port } : { path: socketPath });
  }
}

function tlsOptions({ tls }: ServeOptions) {
  if (tls === undefined) return {};
  const { cert, key, clientCa } = tls;
  const client =
    clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  return { tls: { cert, key, ...client } };
}
