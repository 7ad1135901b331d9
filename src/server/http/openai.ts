// The routes of OpenAI's embeddings and of its list of models.
import { openaiModelSchema, openaiModelsSchema } from "../../contract/index.ts";
import { CodedError } from "../../error/index.ts";
import { operationRoute } from "./operation.ts";
import { ok } from "./reply.ts";
import type { Route, Service } from "./route.ts";
import { OPENAI } from "./status.ts";

/** The version of the interface, which OpenAI has not changed since. */
const INTERFACE_VERSION = "2020-10-01";

function embeddingsRoute(path: string): Route {
  const route = operationRoute("openai_embeddings", {
    path,
    summary: "one vector per text, as OpenAI answers",
    dialect: OPENAI,
  });
  return {
    ...route,
    handle: async (request, service, params) => {
      const reply = await route.handle(request, service, params);
      const processingMs = Math.ceil(performance.now() - service.scope.startedMs);
      const headers = {
        ...reply.headers,
        "openai-processing-ms": String(processingMs),
        "openai-version": INTERFACE_VERSION,
      };
      return { ...reply, headers };
    },
  };
}

/** The one model there is. When it was made is not in the file: clients get the time this process began. */
function describeOnly({ engine }: Service) {
  return {
    id: engine.manifest.name,
    object: "model" as const,
    created: Math.floor(performance.timeOrigin / 1000),
    owned_by: "encoderfile",
  };
}

const models: Route = {
  method: "GET",
  path: "/v1/models",
  summary: "the model, as OpenAI lists models",
  dialect: OPENAI,
  schemas: () => ({ response: openaiModelsSchema }),
  handle: (_request, service) => ok({ object: "list", data: [describeOnly(service)] }),
};

const model: Route = {
  method: "GET",
  path: "/v1/models/:id",
  summary: "the model, as OpenAI describes one",
  dialect: OPENAI,
  schemas: () => ({ response: openaiModelSchema }),
  handle: (_request, service, { id = "" }) => {
    const only = describeOnly(service);
    if (id === only.id) return ok(only);
    throw new CodedError(
      "SERVER_MODEL_NOT_FOUND",
      `Cannot find the model ${JSON.stringify(id.slice(0, 100))}: this server has ${JSON.stringify(only.id)}`,
      { detail: { path: "model", expected: only.id } },
    );
  },
};

export const OPENAI_ROUTES: readonly Route[] = [
  embeddingsRoute("/v1/embeddings"),
  embeddingsRoute("/embeddings"),
  models,
  model,
];
