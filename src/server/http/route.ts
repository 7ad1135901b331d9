// A route as data. The application, the list a lost client gets, and the Allow header all come from one table.
import {
  type Limits,
  type OperationId,
  type Operations,
  operationsOf,
  type Schema,
} from "../../contract/index.ts";
import type { Engine } from "../../runtime/index.ts";
import type { HttpLimits } from "./limit.ts";
import type { Reply } from "./reply.ts";
import type { RequestScope } from "./scope.ts";
import type { Dialect } from "./status.ts";

/** What the process is up to. */
export type Lifecycle = {
  readonly draining: boolean;
  /** Whether this server ends connections itself, answered or not. */
  readonly cut?: boolean;
  /** Fires when requests whose bodies are still on their way are not waited for any longer. */
  readonly undelivered: AbortSignal;
};

/** What all requests share. */
export type Shared = {
  readonly engine: Engine;
  readonly lifecycle: Lifecycle;
  readonly operations: Operations;
  readonly limits: HttpLimits;
  /** What the operations were made with. */
  readonly requestLimits: Limits;
  readonly routes: readonly Route[];
};

/** What a route answers from: what all share, and the request's own scope. */
export type Service = Shared & { readonly scope: RequestScope };

/** Parts of a path that its route names, decoded: ":name" is `name`. */
export type PathParams = Readonly<Record<string, string>>;

/** What is not said is not described. */
export type RouteSchemas = { readonly request?: Schema; readonly response?: Schema };

export type Route = {
  readonly method: "GET" | "POST";
  /** May have parts that are parameters: "/v2/models/:name". */
  readonly path: string;
  readonly summary: string;
  readonly dialect: Dialect;
  /** What it asks of the model; without one, any model answers. */
  readonly operation?: OperationId;
  /** What it takes and gives, where no operation says so. */
  readonly schemas?: (limits: Limits) => RouteSchemas;
  /** Of its answer; JSON when absent. */
  readonly mediaType?: string;
  /** Of its answer while the model cannot answer, where the route is there to tell that. */
  readonly unreadyStatus?: number;
  /** Whether it answers a POST with what is known without the tokenizer. */
  readonly isFact?: boolean;
  /** Whether machines ask it all day to see that all is well: it needs no key. */
  readonly isProbe?: boolean;
  /** Whether it answers this request with a page that knows nothing, and so needs no key: browsers send none. */
  readonly isPage?: (request: Request) => boolean;
  readonly handle: (
    request: Request,
    service: Service,
    params: PathParams,
  ) => Reply | Promise<Reply>;
};

/** Whether the route is for this path, whatever the method. */
export function matchesPath({ path: pattern }: Pick<Route, "path">, path: string): boolean {
  if (!pattern.includes(":")) return pattern === path;
  const parts = path.split("/");
  const expected = pattern.split("/");
  return (
    parts.length === expected.length &&
    expected.every((part, at) => (part.startsWith(":") ? parts[at] !== "" : part === parts[at]))
  );
}

/** How a route is written where routes are listed: "POST /embed". */
export function routeName(route: Pick<Route, "path"> & { readonly method: string }): string {
  return `${route.method} ${route.path}`;
}

/** The routes this service's model can answer. */
export function usableRoutes({ engine, operations, routes }: Shared): readonly Route[] {
  const served = operationsOf(operations, engine.model);
  return routes.filter(({ operation }) => operation === undefined || served.includes(operation));
}

/** What clients call an operation: the route that serves it. */
export function operationName({ routes }: Shared, id: OperationId): string {
  const route = routes.find(({ operation }) => operation === id);
  return route === undefined ? id : routeName(route);
}
