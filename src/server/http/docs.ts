// The routes that describe the others: for programs and for people.
import { printJson } from "../../contract/index.ts";
import { docsPage } from "./docs-page.ts";
import { describeApi } from "./openapi.ts";
import { ok, type Reply } from "./reply.ts";
import type { Route, Shared } from "./route.ts";
import { NATIVE } from "./status.ts";

/** Descriptions that were printed, by what they were made of: schemas are walked once for each server. */
const printed = new WeakMap<Shared["operations"], Uint8Array>();

function openapi(shared: Shared): Reply {
  const known = printed.get(shared.operations);
  const body = known ?? new TextEncoder().encode(printJson(describeApi(shared)));
  if (known === undefined) printed.set(shared.operations, body);
  // Bytes have no type of their own.
  return { ...ok(body), headers: { "content-type": "application/json" } };
}

function openapiRoute(path: string): Route {
  return {
    method: "GET",
    path,
    summary: "this interface, as OpenAPI 3.1",
    dialect: NATIVE,
    handle: (_request, service) => openapi(service),
  };
}

const docs: Route = {
  method: "GET",
  path: "/docs",
  summary: "this interface, to read and to try",
  dialect: NATIVE,
  mediaType: "text/html",
  isPage: () => true,
  handle: () => {
    const { html, policy } = docsPage();
    const headers = {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
    };
    return { ...ok(new TextEncoder().encode(html)), headers };
  },
};

export const DOCS_ROUTES: readonly Route[] = [
  openapiRoute("/openapi.json"),
  // Where Text Embeddings Inference has it.
  openapiRoute("/api-doc/openapi.json"),
  docs,
];
