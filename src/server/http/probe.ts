// Routes for load balancers and for people who look: alive, ready, what is this.
import { VERSION } from "../../about/index.ts";
import { describeLimits } from "../../contract/index.ts";
import { taskOfModel } from "../../task/index.ts";
import { requireReady } from "./gate.ts";
import { RETRY_AFTER_S } from "./limit.ts";
import { playgroundReply, wantsPage } from "./playground.ts";
import { ok, type Reply } from "./reply.ts";
import { type Route, routeName, type Service, usableRoutes } from "./route.ts";
import { NATIVE } from "./status.ts";

const index: Route = {
  method: "GET",
  path: "/",
  summary: "what this server is; to browsers a page to try it on",
  dialect: NATIVE,
  isPage: wantsPage,
  handle: (request, service) => (wantsPage(request) ? playgroundReply() : describeServer(service)),
};

function describeServer(service: Service): Reply {
  const { manifest, modelDigest, model } = service.engine;
  const license = manifest.provenance?.license ?? "";
  const description = {
    name: manifest.name,
    version: manifest.version,
    ...(license === "" ? {} : { license }),
    task: taskOfModel(model).id,
    model_digest: modelDigest,
    encoderfile_version: VERSION,
    limits: {
      ...describeLimits(service.requestLimits, model),
      body_bytes: service.limits.bodyBytesMax,
    },
    routes: Object.fromEntries(
      usableRoutes(service).map((route) => [routeName(route), route.summary]),
    ),
  };
  return { ...ok(description), headers: { vary: "accept" } };
}

const health: Route = {
  method: "GET",
  path: "/health",
  isProbe: true,
  unreadyStatus: 503,
  summary: "whether the model can answer",
  dialect: NATIVE,
  handle: (_request, { engine }) => {
    requireReady(engine);
    // The body published encoderfiles answer with.
    return ok("OK!");
  },
};

const live: Route = {
  method: "GET",
  path: "/livez",
  isProbe: true,
  summary: "whether the process answers",
  dialect: NATIVE,
  handle: () => ok({ status: "live" }),
};

const ready: Route = {
  method: "GET",
  path: "/readyz",
  isProbe: true,
  unreadyStatus: 503,
  summary: "whether requests should be sent here",
  dialect: NATIVE,
  handle: (_request, { engine, lifecycle }) => {
    const status = lifecycle.draining ? "draining" : engine.state;
    if (status === "ready") return ok({ status });
    return { status: 503, body: { status }, headers: { "retry-after": String(RETRY_AFTER_S) } };
  },
};

export const PROBE_ROUTES: readonly Route[] = [index, health, live, ready];
