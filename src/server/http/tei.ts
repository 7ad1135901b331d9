// The routes of Text Embeddings Inference. Its /predict is /classify here: the published /predict has the name.
import { VERSION } from "../../about/index.ts";
import { describeForTei, teiInfoSchema, weightsIdentity } from "../../contract/index.ts";
import { BATCH_INPUTS_MAX, BATCH_TOKENS_MAX } from "../../runtime/index.ts";
import { rankingDialect } from "./cohere.ts";
import { operationRoute } from "./operation.ts";
import { ok } from "./reply.ts";
import type { Route } from "./route.ts";
import { TEI } from "./status.ts";
import { TEI_TOKEN_ROUTES } from "./tei-token.ts";

const info: Route = {
  method: "GET",
  path: "/info",
  summary: "model and limits, as Text Embeddings Inference describes them",
  dialect: TEI,
  schemas: () => ({ response: teiInfoSchema }),
  handle: (_request, { engine, limits, requestLimits }) => {
    const { manifest, model, modelDigest } = engine;
    const about = {
      modelId: manifest.name,
      revision: manifest.provenance?.revision ?? "",
      modelDigest,
      ...weightsIdentity(manifest),
      version: VERSION,
      requestsMax: limits.requestsMax,
      inputsPerRequest: requestLimits.inputsPerRequest,
      batchTokensMax: BATCH_TOKENS_MAX,
      batchInputsMax: BATCH_INPUTS_MAX,
    };
    return ok(describeForTei(model, about));
  },
};

export const TEI_ROUTES: readonly Route[] = [
  operationRoute("embed", {
    path: "/embed",
    summary: "one vector per text",
    dialect: TEI,
  }),
  operationRoute("embed_all", {
    path: "/embed_all",
    summary: "one vector per token",
    dialect: TEI,
  }),
  operationRoute("embed_sparse", {
    path: "/embed_sparse",
    summary: "one weight per piece of the vocabulary that counts for a text",
    dialect: TEI,
  }),
  operationRoute("similarity", {
    path: "/similarity",
    summary: "the cosine between one text and others",
    dialect: TEI,
  }),
  operationRoute("rerank", {
    path: "/rerank",
    summary: "texts by their relevance to a query",
    dialect: TEI,
    dialectOf: rankingDialect,
  }),
  operationRoute("classify", {
    path: "/classify",
    summary: "labels of texts, the model's or the request's, or entities in texts",
    dialect: TEI,
  }),
  ...TEI_TOKEN_ROUTES,
  info,
];
