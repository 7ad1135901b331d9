// A route as data. The application, the list a lost client gets, and the Allow header all come from one table.
import {
  type Limits,
  type OperationId,
  type Operations,
  operationsOf,
} from "../../contract/index.ts";
import type { Engine } from "../../runtime/index.ts";
import type { HttpLimits } from "./limit.ts";
import type { Reply } from "./reply.ts";
import type { Dialect } from "./status.ts";

/** What the process is up to. */
export type Lifecycle = {
  readonly draining: boolean;
  /** Fires when requests whose bodies are still on their way are not waited for any longer. */
  readonly undelivered: AbortSignal;
};

/** What all requests share. */
export type Service = {
  readonly engine: Engine;
  readonly lifecycle: Lifecycle;
  readonly operations: Operations;
  readonly limits: HttpLimits;
  /** What the operations were made with. */
  readonly requestLimits: Limits;
  readonly routes: readonly Route[];
};

export type Route = {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly summary: string;
  readonly dialect: Dialect;
  /** What it asks of the model; without one, any model answers. */
  readonly operation?: OperationId;
  readonly handle: (request: Request, service: Service) => Reply | Promise<Reply>;
};

/** How a route is written where routes are listed: "POST /embed". */
export function routeName(route: Route): string {
  return `${route.method} ${route.path}`;
}

/** The routes this service's model can answer. */
export function usableRoutes({ engine, operations, routes }: Service): readonly Route[] {
  const served = operationsOf(operations, engine.model);
  return routes.filter(({ operation }) => operation === undefined || served.includes(operation));
}

/** What clients call an operation: the route that serves it. */
export function operationName({ routes }: Service, id: OperationId): string {
  const route = routes.find(({ operation }) => operation === id);
  return route === undefined ? id : routeName(route);
}
