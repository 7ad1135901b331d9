// The paths Vertex AI asks a container at, from the variables it sets: each is another name of a route there is.
import { unfit } from "./serve-value.ts";

/** A path that is answered as the route `of`. */
export type RouteAlias = { readonly path: string; readonly of: string };

const ROUTE_OF_VARIABLE = {
  AIP_HEALTH_ROUTE: "/health",
  AIP_PREDICT_ROUTE: "/vertex",
} as const;

/** What paths look like that mean one thing: no parameters, no wildcards, nothing encoded. */
const PLAIN_PATH = /^(?:\/[\w.~-][\w.~:-]*)+$/;

/** The aliases that were asked for. Throws `USAGE` for what is no plain path. */
export function vertexRoutes(
  env: Readonly<Record<string, string | undefined>>,
): readonly RouteAlias[] {
  return Object.entries(ROUTE_OF_VARIABLE).flatMap(([variable, of]) => {
    const path = env[variable];
    if (path === undefined || path === "") return [];
    if (!PLAIN_PATH.test(path)) throw unfit(path, variable, "a path such as /predict");
    return [{ path, of }];
  });
}
