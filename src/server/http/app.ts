// The HTTP application over one engine: finds the route, answers what it answers, turns errors into its dialect.
import { Hono } from "hono";
import { createOperations, LIMITS, type Limits } from "../../contract/index.ts";
import { CodedError } from "../../error/index.ts";
import type { Engine } from "../../runtime/index.ts";
import { noRoute } from "./gate.ts";
import { DISCARD_BYTES_MAX, HTTP_LIMITS, type HttpLimits } from "./limit.ts";
import { closing, toResponse } from "./reply.ts";
import type { Lifecycle, Route, Service } from "./route.ts";
import { ROUTES } from "./routes.ts";
import { errorReply, isPrivate, NATIVE } from "./status.ts";

export type AppOptions = {
  readonly engine: Engine;
  readonly lifecycle: Lifecycle;
  readonly httpLimits?: HttpLimits | undefined;
  readonly requestLimits?: Limits | undefined;
  /** Told of faults whose reason the client does not get to see. */
  readonly onFault: (error: CodedError, request: { method: string; path: string }) => void;
};

/** Answers every request; never rejects. */
export type App = { readonly fetch: (request: Request) => Response | Promise<Response> };

export function createApp(options: AppOptions): App {
  const requestLimits = options.requestLimits ?? LIMITS;
  const service: Service = {
    engine: options.engine,
    lifecycle: options.lifecycle,
    operations: createOperations(requestLimits),
    limits: options.httpLimits ?? HTTP_LIMITS,
    requestLimits,
    routes: ROUTES,
  };
  const app = new Hono();
  for (const route of ROUTES) {
    app.on(route.method, route.path, ({ req }) => answer(req.raw, route));
  }
  app.notFound(({ req }) => answer(req.raw, undefined));

  async function answer(request: Request, route: Route | undefined): Promise<Response> {
    const { pathname: path } = new URL(request.url);
    try {
      if (route === undefined) throw noRoute(request.method, path, service);
      const reply = await route.handle(request, service);
      return toResponse(options.lifecycle.draining ? closing(reply) : reply);
    } catch (thrown) {
      const error = codedError(thrown, request);
      if (isPrivate(error)) options.onFault(error, { method: request.method, path });
      // A wrong method still speaks the dialect of the path.
      const spoken = route ?? ROUTES.find((candidate) => candidate.path === path);
      const reply = errorReply(error, spoken?.dialect ?? NATIVE);
      const last = options.lifecycle.draining || mustClose(request, error);
      return toResponse(last ? closing(reply) : reply);
    }
  }

  return { fetch: (request) => app.fetch(request) };
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
