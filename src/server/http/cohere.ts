// The routes of Cohere and of those who rank alike. What answers at /rerank answers at the paths of version 1 as well.
import { hasDocuments } from "../../contract/index.ts";
import { operationRoute } from "./operation.ts";
import type { Route } from "./route.ts";
import { COHERE, type Dialect, RANKING, TEI } from "./status.ts";

/** Whose errors a ranking request gets, which may be anything: TEI's has `texts`, the others' `documents`. */
export function rankingDialect(body: unknown): Dialect | undefined {
  if (hasDocuments(body)) return RANKING;
  const isTei = typeof body === "object" && body !== null && Object.hasOwn(body, "texts");
  return isTei ? TEI : undefined;
}

export const COHERE_ROUTES: readonly Route[] = [
  operationRoute("rerank", {
    path: "/v1/rerank",
    summary: "documents by their relevance to a query, as Cohere's version 1 and Jina",
    dialect: RANKING,
    dialectOf: rankingDialect,
  }),
  operationRoute("rerank_v2", {
    path: "/v2/rerank",
    summary: "documents by their relevance to a query, as Cohere's version 2",
    dialect: COHERE,
  }),
  ...["/reranking", "/v1/reranking"].map((path) =>
    operationRoute("rerank", {
      path,
      summary: "documents or texts by their relevance to a query, as llama.cpp",
      dialect: RANKING,
      dialectOf: rankingDialect,
    }),
  ),
];
