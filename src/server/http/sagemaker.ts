// The routes platforms expect that know one health check and one way to ask: SageMaker, Vertex AI, and Hugging Face's
// endpoints.
import { naturalOperation } from "../../contract/index.ts";
import { requireReady } from "./gate.ts";
import { answerOperation, operationRoute } from "./operation.ts";
import { ok } from "./reply.ts";
import type { Route } from "./route.ts";
import { TEI } from "./status.ts";

const ping: Route = {
  method: "GET",
  path: "/ping",
  isProbe: true,
  unreadyStatus: 503,
  summary: "whether the model can answer, as SageMaker asks",
  dialect: TEI,
  handle: (_request, { engine }) => {
    requireReady(engine);
    return ok({ status: "ready" });
  },
};

/** The same body and answer as at the route that is meant: /classify, /rerank, /embed_sparse, /embed or /embed_all. */
function invocations(path: string): Route {
  return {
    method: "POST",
    path,
    summary: "what the model is for, in the shape of its own route",
    dialect: TEI,
    handle: (request, service) =>
      answerOperation(naturalOperation(service.operations, service.engine.model), request, service),
  };
}

const vertex = operationRoute("vertex", {
  path: "/vertex",
  summary: "the same for each of several instances, as Vertex AI sends them",
  dialect: TEI,
});

export const SAGEMAKER_ROUTES: readonly Route[] = [
  ping,
  vertex,
  invocations("/invocations"),
  invocations("/"),
];
