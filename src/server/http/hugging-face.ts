// The route of Hugging Face's inference API, for clients that are given its address as an endpoint.

import { requireModel } from "./model-name.ts";
import { operationRoute } from "./operation.ts";
import type { Route } from "./route.ts";
import { TEI } from "./status.ts";

const pipeline = operationRoute("pipeline", {
  path: "/models/:name",
  summary: "labels, entities or vectors of texts, as Hugging Face's pipelines",
  dialect: TEI,
});

export const HUGGING_FACE_ROUTES: readonly Route[] = [
  {
    ...pipeline,
    handle: (request, service, params) => {
      requireModel(params, service);
      return pipeline.handle(request, service, params);
    },
  },
];
