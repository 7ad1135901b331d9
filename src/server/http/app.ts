// The HTTP application over one engine: finds the route, answers what it answers, turns errors into its dialect.
import { Hono } from "hono";
import { createOperations, LIMITS, type Limits } from "../../contract/index.ts";
import { CodedError, isCodedError } from "../../error/index.ts";
import type { Engine } from "../../runtime/index.ts";
import { createAdmission } from "./admission.ts";
import { isOpen, type KeyRing } from "./api-key.ts";
import { corsHeaders, preflightReply } from "./cors.ts";
import { deadlineOf } from "./deadline.ts";
import { noRoute } from "./gate.ts";
import { scopeHeaders } from "./header.ts";
import { DISCARD_BYTES_MAX, HTTP_LIMITS, type HttpLimits } from "./limit.ts";
import { METRICS_PATH, metricsRoute } from "./metrics.ts";
import { Outbox } from "./outbox.ts";
import type { PageGuard } from "./page-guard.ts";
import { closing, printBody, type Reply, toResponse } from "./reply.ts";
import { type Lifecycle, matchesPath, type PathParams, type Route, type Shared } from "./route.ts";
import { ROUTES } from "./routes.ts";
import { createScope, type RequestScope } from "./scope.ts";
import { spokenDialect } from "./spoken-dialect.ts";
import { errorReply, isPrivate, NATIVE } from "./status.ts";
import { pathOf } from "./url.ts";

/** `request` is undefined when the fault is not known to belong to one. */
export type FaultHandler = (
  error: CodedError,
  request: { readonly method: string; readonly path: string } | undefined,
) => void;

export type AppOptions = {
  readonly engine: Engine;
  readonly lifecycle: Lifecycle;
  readonly httpLimits?: HttpLimits | undefined;
  readonly requestLimits?: Limits | undefined;
  /** Told of faults whose reason the client does not get to see. */
  readonly onFault: FaultHandler;
  /** Without it everybody is answered. */
  readonly keys?: KeyRing | undefined;
  /** Refuses what pages of other names send. */
  readonly pageGuard?: PageGuard | undefined;
  /** Origins whose pages may read answers; none when absent, any for "*". */
  readonly corsOrigins?: readonly string[] | undefined;
  /** Paths that are answered as the route `of`, whatever else would answer there. */
  readonly aliases?: readonly { readonly path: string; readonly of: string }[] | undefined;
  /** Told of every request when it comes. */
  readonly onBegin?: (() => void) | undefined;
  /** Told of every request when its answer is made. */
  readonly onRequest?: ((scope: RequestScope) => void) | undefined;
  /** What Prometheus is answered; without it there is no such route. */
  readonly metricsText?: (() => string) | undefined;
};

export type App = {
  /** Answers every request; never rejects. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** The answer to a fault nobody saw coming, such as one of the HTTP server itself; it is logged. */
  readonly error: (thrown: unknown) => Response;
};

export function createApp(options: AppOptions): App {
  const shared = share(options);
  const answer = createAnswer(shared, options);
  // The library's own reading of an address takes parts of a path for a host when there is none.
  const app = new Hono({ getPath: (request) => pathOf(request) });
  for (const route of shared.routes) {
    app.on(route.method, route.path, ({ req }) => answer(req.raw, route, req.param()));
  }
  app.notFound(({ req }) => answer(req.raw, undefined, {}));

  function failUnread(thrown: unknown): Response {
    const error = CodedError.from(thrown);
    if (isPrivate(error)) options.onFault(error, undefined);
    return toResponse(closing(errorReply(error, NATIVE)));
  }

  return {
    fetch: async (request) => {
      try {
        // Here rather than in the library, whose answer to a throw is its own.
        return await (hasPath(request) ? app.fetch(request) : answer(request, undefined, {}));
      } catch (thrown) {
        return failUnread(thrown);
      }
    },
    error: failUnread,
  };
}

function share(options: AppOptions): Shared {
  const { engine, lifecycle, metricsText } = options;
  const requestLimits = options.requestLimits ?? LIMITS;
  return {
    engine,
    lifecycle,
    operations: createOperations(requestLimits),
    limits: options.httpLimits ?? HTTP_LIMITS,
    requestLimits,
    routes: withAliases(
      metricsText === undefined ? ROUTES : [...ROUTES, metricsRoute(metricsText)],
      options.aliases ?? [],
    ),
  };
}

function withAliases(
  routes: readonly Route[],
  aliases: NonNullable<AppOptions["aliases"]>,
): readonly Route[] {
  const named = aliases.flatMap(({ path, of }) =>
    routes.filter((route) => route.path === of).map((route) => ({ ...route, path })),
  );
  const others = routes.filter(
    ({ method, path }) => !named.some((alias) => alias.method === method && alias.path === path),
  );
  return [...others, ...named];
}

type Answer = (request: Request, route: Route | undefined, params: PathParams) => Promise<Response>;

/** What becomes of a request whose route, or lack of one, is known: who may ask, how much, how long, and the answer. */
function createAnswer(shared: Shared, options: AppOptions): Answer {
  const { engine, lifecycle, limits, routes } = shared;
  const admission = createAdmission(limits);
  const outbox = new Outbox(limits);
  const corsOrigins = options.corsOrigins ?? [];

  function respond(reply: Reply, scope: RequestScope, last = false): Response {
    scope.status = reply.status;
    const headers = {
      ...scopeHeaders(scope, engine.modelDigest),
      ...corsHeaders(scope.request, corsOrigins),
      ...reply.headers,
    };
    const whole = { ...reply, headers };
    const response = toResponse(last || lifecycle.draining ? closing(whole) : whole);
    const length = response.headers.get("content-length");
    if (length !== null) scope.responseBytes = Number(length);
    // Nobody is there to take it.
    if (scope.request.signal.aborted) scope.responseBytes = 0;
    options.onRequest?.(scope);
    return response;
  }

  return async (request, route, params) => {
    const scope = createScope(request);
    options.onBegin?.();
    let path = "";
    try {
      path = pathOf(request);
      // A wrong method still speaks the dialect of the path, and counts under it.
      scope.dialect = route?.dialect ?? spokenDialect(path, routes);
      const namesake = route ?? routes.find((other) => matchesPath(other, path));
      if (namesake !== undefined) scope.route = { ...namesake, method: request.method };
      const preflight = preflightReply(request, corsOrigins);
      if (preflight !== undefined) return respond({ ...preflight, body: undefined }, scope);
      options.pageGuard?.(request);
      scope.tellsModel = options.keys === undefined;
      if (!isOpen(route)) {
        if (options.keys !== undefined && route?.isPage?.(request) !== true) {
          options.keys.check(request);
          scope.tellsModel = true;
        }
        scope.asksModel = route?.operation !== undefined;
        // Who counts must get through when there is too much to do.
        if (route?.path !== METRICS_PATH) {
          scope.admitted = admission.admit();
          scope.reservation = outbox.reserve();
        }
      }
      if (route === undefined) throw noRoute(request.method, path, shared);
      scope.deadlineMs = deadlineOf(request.headers, scope.startedMs, limits.requestTimeoutMs);
      const reply = await route.handle(request, { ...shared, scope }, params);
      const printed = await printBody(reply);
      if (printed === undefined || request.method === "HEAD") return respond(reply, scope);
      // Nobody would take it, and it would wait for its time to be up.
      request.signal.throwIfAborted();
      const posted = outbox.post(printed, scope.reservation);
      scope.responseBytes = printed.byteLength;
      return respond({ ...reply, body: posted }, scope);
    } catch (thrown) {
      const error = codedError(thrown, request, lifecycle);
      if (isPrivate(error)) options.onFault(error, { method: request.method, path });
      scope.errorCode = error.code;
      const reply = errorReply(error, scope.dialect ?? NATIVE);
      return respond(reply, scope, mustClose(request, error));
    } finally {
      scope.reservation?.release();
      scope.admitted?.release();
    }
  };
}

/** Whether its address can be read, whatever is there. */
function hasPath(request: Request): boolean {
  try {
    pathOf(request);
    return true;
  } catch {
    // Said where it is answered.
    return false;
  }
}

/** An aborted request makes everything below it reject with whatever the signal carries. */
function codedError(thrown: unknown, request: Request, { cut }: Lifecycle): CodedError {
  if (cut === true && (request.signal.aborted || isCodedError(thrown, "SERVER_CLIENT_GONE"))) {
    // Nobody gets this answer: it is for logs and counters, which must not blame the client.
    return new CodedError(
      "SERVER_CUT_OFF",
      "Cannot answer as this server is shutting down and out of time: its connections were closed",
      { cause: thrown },
    );
  }
  if (thrown instanceof CodedError || !request.signal.aborted) return CodedError.from(thrown);
  return new CodedError("SERVER_CLIENT_GONE", "Cannot answer as the client has gone", {
    cause: thrown,
  });
}

/** Whether what is left of the body is too long, of unknown length or too slow to be thrown away as it comes. */
function mustClose(request: Request, error: CodedError): boolean {
  if (error.code === "SERVER_BODY_TIMEOUT" || error.code === "SERVER_BAD_HOST") return true;
  // What comes of it anyway must not be waited for while there is too much.
  if (error.code === "SERVER_BUSY" && request.body !== null) return true;
  const wasRead = request.bodyUsed && error.code !== "SERVER_BODY_TOO_LARGE";
  if (request.body === null || wasRead) return false;
  const declared = request.headers.get("content-length");
  return declared === null || Number(declared) > DISCARD_BYTES_MAX;
}
