// What must hold before a request is answered: its route exists, and the model is there. One coded error for each.
import { CodedError } from "../../error/index.ts";
import type { Engine } from "../../runtime/index.ts";
import { matchesPath, routeName, type Shared, usableRoutes } from "./route.ts";
import { spokenDialect } from "./spoken-dialect.ts";
import { NATIVE } from "./status.ts";

/** Throws `SERVER_NOT_READY` unless the engine can answer now. */
export function requireReady(engine: Engine): void {
  if (engine.state === "ready") return;
  const reason = {
    loading: "it is still loading its model: try again soon",
    failed: "it could not load its model",
    closed: "it is shutting down: try another",
  }[engine.state];
  throw new CodedError("SERVER_NOT_READY", `Cannot answer as this server is not ready: ${reason}`, {
    detail: { state: engine.state },
  });
}

/** The error for a request no route matches: a wrong method on a path that exists, or a path that does not. */
export function noRoute(method: string, path: string, service: Shared): CodedError {
  const allowed = service.routes.filter((route) => matchesPath(route, path));
  if (allowed.length > 0) {
    const allow = allowed.flatMap((route) => (route.method === "GET" ? ["GET", "HEAD"] : ["POST"]));
    return new CodedError(
      "SERVER_METHOD_NOT_ALLOWED",
      `Cannot ${method} this path: use ${allow.join(" or ")}`,
      { detail: { allow } },
    );
  }
  const names = namesFor(path, service);
  const more =
    names.length < usableRoutes(service).length ? ", and more: see GET /openapi.json" : "";
  const bare = path.replace(/\/+$/, "");
  const meant = service.routes.find((route) => bare !== path && matchesPath(route, bare));
  if (meant !== undefined) {
    return new CodedError(
      "SERVER_ROUTE_NOT_FOUND",
      `Cannot find a route for this path as it ends with a slash: use ${routeName(meant)}`,
      { detail: { routes: names } },
    );
  }
  return new CodedError(
    "SERVER_ROUTE_NOT_FOUND",
    `Cannot find a route for this path: this server answers ${names.join(", ")}${more}`,
    { detail: { routes: names } },
  );
}

/** Routes that are listed for clients of another server, which show a message in a line. */
const FAMILY_ROUTES_MAX = 10;

/** What is answered: where a whole family of paths is spoken, its routes first and no more than a few. */
function namesFor(path: string, service: Shared): readonly string[] {
  const usable = usableRoutes(service);
  const dialect = spokenDialect(path, service.routes);
  if (dialect === NATIVE) return usable.map(routeName);
  const own = usable.filter((route) => route.dialect === dialect);
  return [...new Set([...own, ...usable])].slice(0, FAMILY_ROUTES_MAX).map(routeName);
}
