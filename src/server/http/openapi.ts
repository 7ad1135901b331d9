// The description of all this server answers, as OpenAPI 3.1: made of the route table and of the schemas that
// validate, so that it cannot say anything else.
import { VERSION } from "../../about/index.ts";
import {
  type JsonSchema,
  type OperationId,
  requestJsonSchema,
  responseJsonSchema,
} from "../../contract/index.ts";
import { CodedError, type ErrorCode } from "../../error/index.ts";
import { taskOfModel } from "../../task/index.ts";
import { isOpen } from "./api-key.ts";
import { exampleOf } from "./example.ts";
import { type Route, type RouteSchemas, type Shared, usableRoutes } from "./route.ts";
import { sampleSchema } from "./sample-schema.ts";
import { type Dialect, errorReply } from "./status.ts";

const JSON_MEDIA_TYPE = "application/json";

type Faults = readonly (readonly [ErrorCode, string])[];

/** What can go wrong with any request but a probe, in words for a status. */
const REQUEST_FAULTS: Faults = [
  ["SERVER_UNAUTHORIZED", "the server asks for keys, and this is none of them"],
  ["SERVER_FOREIGN_PAGE", "a page of another name asks a server that only this machine can reach"],
  ["SERVER_BUSY", "too much at once: try again after Retry-After"],
];

/** What can go wrong with any request that has a body. */
const BODY_FAULTS: Faults = [
  ["SERVER_BAD_JSON", "the body is no JSON"],
  ["REQUEST_INVALID", "the body does not fit the schema, or an input the model"],
  ["REQUEST_EMPTY", "the list of inputs is empty"],
  ["SERVER_BODY_TIMEOUT", "the body did not arrive in time"],
  ["SERVER_BODY_TOO_LARGE", "the body is too long"],
  ["SERVER_UNSUPPORTED_MEDIA_TYPE", "the body is not application/json"],
  ["SERVER_NOT_READY", "the model is loading, or the server is shutting down"],
];

/** What can go wrong with a request that the model or its tokenizer is to answer. */
const MODEL_FAULTS: Faults = [
  ["ENGINE_OVERLOADED", "too much work at once: try again after Retry-After"],
  ["REQUEST_ANSWER_TOO_LARGE", "the answer would hold too much: send fewer inputs"],
  ["ENGINE_WORKER_FAILED", "what worked on it has died, and is replaced"],
  ["ENGINE_DEADLINE_EXCEEDED", "the work was not begun in time"],
  ["ONNX_RUN_FAILED", "a fault of the server"],
];

/** All routes this service's model can answer. */
export function describeApi(shared: Shared): JsonSchema {
  const { manifest, model } = shared.engine;
  const routes = usableRoutes(shared);
  const dialects = new Map(routes.map(({ dialect }) => [dialect.name, dialect]));
  const license = manifest.provenance?.license ?? "";
  return {
    openapi: "3.1.0",
    info: {
      title: manifest.name,
      version: manifest.version || "0",
      summary: `A model for ${taskOfModel(model).id.replaceAll("_", " ")}`,
      description: `Served by encoderfile ${VERSION}. Model digest: ${shared.engine.modelDigest}`,
      ...(license === "" ? {} : { license: { name: license } }),
    },
    servers: [{ url: "/" }],
    // Keys are asked for only where the server was started with some.
    security: [{}, { bearer: [] }, { apiKey: [] }],
    paths: describePaths(routes, shared),
    components: {
      schemas: Object.fromEntries(
        [...dialects.values()].map((dialect) => [errorName(dialect), errorSchema(dialect)]),
      ),
      parameters: PARAMETERS,
      headers: HEADERS,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        apiKey: { type: "apiKey", in: "header", name: "x-api-key" },
      },
    },
  };
}

const PARAMETERS = {
  RequestId: {
    name: "x-request-id",
    in: "header",
    description: "1 to 128 printable ASCII characters that come back with the answer",
    schema: { type: "string", maxLength: 128 },
  },
  Timeout: {
    name: "x-request-timeout-ms",
    in: "header",
    description: "after this many milliseconds the work is not begun any more",
    schema: { type: "integer", minimum: 1 },
  },
} as const;

const HEADERS = {
  RequestId: { description: "the request's own id, or one made here", schema: { type: "string" } },
  ModelDigest: { description: "sha256 that identifies the model", schema: { type: "string" } },
  Truncated: {
    description: "how many inputs were cut, as they are too long for the model; absent when none",
    schema: { type: "integer", minimum: 1 },
  },
} as const;

function describePaths(routes: readonly Route[], shared: Shared): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route, shared) };
  }
  return paths;
}

function describeRoute(route: Route, shared: Shared): JsonSchema {
  const { request, response } = schemasOf(route, shared);
  const task = taskOfModel(shared.engine.model).id;
  const example = route.operation === undefined ? undefined : exampleOf(route.operation, task);
  const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
  const inHeaders = route.method === "POST" ? ["RequestId", "Timeout"] : ["RequestId"];
  const body = {
    schema: request === undefined ? {} : requestJsonSchema(request),
    ...(example === undefined ? {} : { example }),
  };
  return {
    operationId: operationIdOf(route),
    summary: route.summary,
    tags: [route.dialect.name],
    parameters: [
      ...names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })),
      ...inHeaders.map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ],
    ...(route.method === "POST"
      ? { requestBody: { required: true, content: { [JSON_MEDIA_TYPE]: body } } }
      : {}),
    responses: {
      200: {
        description: route.summary,
        headers: responseHeaders(route),
        content: {
          [route.mediaType ?? JSON_MEDIA_TYPE]: {
            schema: response === undefined ? {} : responseJsonSchema(response),
          },
        },
      },
      ...describeFaults(route),
    },
  };
}

function schemasOf(route: Route, { engine, operations, requestLimits }: Shared): RouteSchemas {
  const { operation, schemas } = route;
  if (operation === undefined) return schemas?.(requestLimits) ?? {};
  // A route that is listed is one whose operation the model serves.
  return operations[operation][taskOfModel(engine.model).id] ?? {};
}

function responseHeaders({ operation }: { readonly operation?: OperationId }): JsonSchema {
  const names = {
    "x-request-id": "RequestId",
    "x-model-digest": "ModelDigest",
    ...(operation === undefined ? {} : { "x-truncated-inputs": "Truncated" }),
  };
  return Object.fromEntries(
    Object.entries(names).map(([header, name]) => [
      header,
      { $ref: `#/components/headers/${name}` },
    ]),
  );
}

function operationIdOf({ method, path }: Route): string {
  const words = path.split(/[^\w]+/).filter((word) => word !== "");
  return [method.toLowerCase(), ...(words.length === 0 ? ["root"] : words)].join("_");
}

/** The statuses the dialect has for the faults, each with all that may have gone wrong. */
function describeFaults(route: Route): JsonSchema {
  const faults = [
    ...(isOpen(route) ? [] : REQUEST_FAULTS),
    ...(route.method === "POST" ? BODY_FAULTS : []),
    ...(route.method === "POST" && route.isFact !== true ? MODEL_FAULTS : []),
  ];
  const sentences: Record<string, string[]> = {};
  for (const [code, sentence] of faults) {
    const { status } = errorReply(new CodedError(code, "Cannot"), route.dialect);
    sentences[status] = [...(sentences[status] ?? []), sentence];
  }
  const schema = { $ref: `#/components/schemas/${errorName(route.dialect)}` };
  const content = { [JSON_MEDIA_TYPE]: { schema } };
  const described = Object.entries(sentences).map(([status, reasons]) => [
    status,
    { description: reasons.join("; or "), content },
  ]);
  const { unreadyStatus: unready } = route;
  const notReady = {
    description: "the model cannot answer now",
    content: { [JSON_MEDIA_TYPE]: {} },
  };
  return {
    ...(unready === undefined ? {} : { [unready]: notReady }),
    ...Object.fromEntries(described),
    default: { description: "any other fault", content },
  };
}

function errorName({ name }: Dialect): string {
  return `error_${name}`;
}

/** The envelope of the dialect's errors, told from what it makes of some. */
function errorSchema(dialect: Dialect): JsonSchema {
  const message = "Cannot read the request as ...";
  const detail = { path: "inputs[3]", found: "5", expected: "a string" };
  const errors = [
    new CodedError("REQUEST_INVALID", message, { detail }),
    new CodedError("ENGINE_OVERLOADED", message),
    new CodedError("SERVER_ROUTE_NOT_FOUND", message),
  ];
  return sampleSchema(errors.map((error) => dialect.body(error, message)));
}
