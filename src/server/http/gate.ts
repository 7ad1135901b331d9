// What must hold before a request is answered: its route exists, and the model is there. One coded error for each.
import { CodedError } from "../../error/index.ts";
import type { Engine } from "../../runtime/index.ts";
import { matchesPath, routeName, type Shared, usableRoutes } from "./route.ts";

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
  const names = usableRoutes(service).map(routeName);
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
    `Cannot find a route for this path: this server answers ${names.join(", ")}`,
    { detail: { routes: names } },
  );
}
