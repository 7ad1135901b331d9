// The route Prometheus asks. What is counted is said elsewhere.
import { EXPOSITION_TYPE } from "../observe/instrument.ts";
import type { Reply } from "./reply.ts";
import type { Route } from "./route.ts";
import { NATIVE } from "./status.ts";

export const METRICS_PATH = "/metrics";

/** The route that answers with `text`. */
export function metricsRoute(text: () => string): Route {
  return {
    method: "GET",
    path: METRICS_PATH,
    summary: "counters and timings for Prometheus",
    dialect: NATIVE,
    mediaType: "text/plain",
    handle: () => metricsReply(text),
  };
}

export function metricsReply(text: () => string): Reply {
  const body = new TextEncoder().encode(text());
  return { status: 200, body, headers: { "content-type": EXPOSITION_TYPE } };
}
