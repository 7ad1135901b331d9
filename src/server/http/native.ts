// The routes of published encoderfiles, and those that no other server has.
import { describeModel, modelInfoSchema, weightsIdentity } from "../../contract/index.ts";
import { operationRoute } from "./operation.ts";
import { ok } from "./reply.ts";
import type { Route } from "./route.ts";
import { NATIVE } from "./status.ts";

const model: Route = {
  method: "GET",
  path: "/model",
  summary: "what the model is, what it answers with and what requests may name",
  dialect: NATIVE,
  schemas: () => ({ response: modelInfoSchema }),
  handle: (_request, { engine }) => {
    const { manifest, modelDigest } = engine;
    const named = { modelId: manifest.name, modelVersion: manifest.version };
    const identity = { ...named, modelDigest, ...weightsIdentity(manifest) };
    return ok(describeModel(engine.model, identity));
  },
};

export const NATIVE_ROUTES: readonly Route[] = [
  operationRoute("predict", {
    path: "/predict",
    summary: "what the model is for, in the shape of published encoderfiles",
    dialect: NATIVE,
  }),
  operationRoute("redact", {
    path: "/redact",
    summary: "texts with the entities in them replaced",
    dialect: NATIVE,
  }),
  model,
];
