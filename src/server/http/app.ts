// The HTTP application over one engine: finds the route, answers what it answers, turns errors into its dialect.
import { Hono } from "hono";
import { createOperations, LIMITS, type Limits } from "../../contract/index.ts";
import { CodedError } from "../../error/index.ts";
import type { Engine } from "../../runtime/index.ts";
import { noRoute } from "./gate.ts";
import { DISCARD_BYTES_MAX, HTTP_LIMITS, type HttpLimits } from "./limit.ts";
import { closing, type Reply, toResponse } from "./reply.ts";
import type { Lifecycle, Route, Service } from "./route.ts";
import { ROUTES } from "./routes.ts";
import { type Dialect, errorReply, isPrivate, NATIVE } from "./status.ts";
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
};

export type App = {
  /** Answers every request; never rejects. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** The answer to a fault nobody saw coming, such as one of the HTTP server itself; it is logged. */
  readonly error: (thrown: unknown) => Response;
};

export function createApp(options: AppOptions): App {
  const { engine, lifecycle, onFault } = options;
  const requestLimits = options.requestLimits ?? LIMITS;
  const service: Service = {
    engine,
    lifecycle,
    operations: createOperations(requestLimits),
    limits: options.httpLimits ?? HTTP_LIMITS,
    requestLimits,
    routes: ROUTES,
  };
  // The library's own reading of an address takes parts of a path for a host when there is none.
  const app = new Hono({ getPath: (request) => pathOf(request) });
  for (const route of ROUTES) {
    app.on(route.method, route.path, ({ req }) => answer(req.raw, route));
  }
  app.notFound(({ req }) => answer(req.raw, undefined));

  async function answer(request: Request, route: Route | undefined): Promise<Response> {
    const path = pathOf(request);
    try {
      if (route === undefined) throw noRoute(request.method, path, service);
      return respond(await route.handle(request, service));
    } catch (thrown) {
      const error = codedError(thrown, request);
      if (isPrivate(error)) onFault(error, { method: request.method, path });
      // A wrong method still speaks the dialect of the path.
      const spoken = route ?? ROUTES.find((candidate) => candidate.path === path);
      return fail(error, spoken?.dialect ?? NATIVE, mustClose(request, error));
    }
  }

  function respond(reply: Reply, last = false): Response {
    return toResponse(last || lifecycle.draining ? closing(reply) : reply);
  }

  function fail(error: CodedError, dialect: Dialect, last: boolean): Response {
    return respond(errorReply(error, dialect), last);
  }

  function failUnread(thrown: unknown): Response {
    const error = CodedError.from(thrown);
    if (isPrivate(error)) onFault(error, undefined);
    return fail(error, NATIVE, true);
  }

  return {
    fetch: async (request) => {
      try {
        // Here rather than in the library, whose answer to a throw is its own.
        pathOf(request);
        return await app.fetch(request);
      } catch (thrown) {
        return failUnread(thrown);
      }
    },
    error: failUnread,
  };
}

/** An aborted request makes everything below it reject with whatever the signal carries. */
function codedError(thrown: unknown, request: Request): CodedError {
  if (thrown instanceof CodedError || !request.signal.aborted) return CodedError.from(thrown);
  return new CodedError("SERVER_CLIENT_GONE", "Cannot answer as the client has gone", {
    cause: thrown,
  });
}

/** Whether what is left of the body is too long, of unknown length or too slow to be thrown away as it comes. */
function mustClose(request: Request, error: CodedError): boolean {
  if (error.code === "SERVER_BODY_TIMEOUT") return true;
  const wasRead = request.bodyUsed && error.code !== "SERVER_BODY_TOO_LARGE";
  if (request.body === null || wasRead) return false;
  const declared = request.headers.get("content-length");
  return declared === null || Number(declared) > DISCARD_BYTES_MAX;
}
