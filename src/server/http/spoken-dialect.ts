// Whose errors a path gets when no route answers it: clients of other servers ask for much that is not served
// here, and should understand the refusal.
import { matchesPath, type Route } from "./route.ts";
import { type Dialect, NATIVE, OLLAMA, OPENAI } from "./status.ts";

/** Places where everything belongs to one family. */
const FAMILIES: readonly (readonly [string, Dialect])[] = [
  ["/v1/", OPENAI],
  ["/api/", OLLAMA],
];

/** The dialect of the route for this path, whatever the method, else that of its family, else our own. */
export function spokenDialect(path: string, routes: readonly Route[]): Dialect {
  const spoken = routes.find((candidate) => matchesPath(candidate, path));
  if (spoken !== undefined) return spoken.dialect;
  return FAMILIES.find(([start]) => path.startsWith(start))?.[1] ?? NATIVE;
}
