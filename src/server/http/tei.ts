// The routes of Text Embeddings Inference. Its /predict is /classify here: the published /predict has the name.
import { rankingDialect } from "./cohere.ts";
import { operationRoute } from "./operation.ts";
import type { Route } from "./route.ts";
import { TEI } from "./status.ts";

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
];
