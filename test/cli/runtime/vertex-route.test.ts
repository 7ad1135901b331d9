// The variables Vertex AI sets: other names for routes, and what cannot be one.
import { expect, test } from "bun:test";
import { vertexRoutes } from "../../../src/cli/runtime/vertex-route.ts";

test("vertexRoutes() makes other names of /health and /vertex", () => {
  const usual = "/v1/endpoints/1/deployedModels/2:predict";
  expect(vertexRoutes({ AIP_HEALTH_ROUTE: "/ok", AIP_PREDICT_ROUTE: usual })).toEqual([
    { path: "/ok", of: "/health" },
    { path: usual, of: "/vertex" },
  ]);
  expect(vertexRoutes({ AIP_HEALTH_ROUTE: "" })).toEqual([]);
});

test.each(["predict", "/", "/a/:b", "/a/*", "/a//b", "/a?b", "/{a}", "/%61"])(
  "vertexRoutes() throws USAGE for %s",
  (path) => {
    expect(() => vertexRoutes({ AIP_PREDICT_ROUTE: path })).toThrow(
      /must be a path such as \/predict: correct AIP_PREDICT_ROUTE$/,
    );
  },
);
