// The routes of the Open Inference Protocol (KServe v2): health, what there is, and tensors in and out.
import { VERSION } from "../../about/index.ts";
import {
  describeInference,
  kserveLiveSchema,
  kserveModelReadySchema,
  kserveModelSchema,
  kserveReadySchema,
  kserveServerSchema,
} from "../../contract/index.ts";
import { CodedError } from "../../error/index.ts";
import { requireModel } from "./model-name.ts";
import { operationRoute } from "./operation.ts";
import { ok, type Reply } from "./reply.ts";
import type { Route, Service } from "./route.ts";
import { KSERVE } from "./status.ts";

/** ONNX by its name in the protocol. */
const PLATFORM = "onnx_onnxv1";

/** Says that tensors follow the JSON as bytes, and where. */
const BINARY_HEADER = "inference-header-content-length";

/** Answers to probes: the protocol has 4xx for "no". */
function yesOrNo(isYes: boolean, body: object): Reply {
  return { status: isYes ? 200 : 400, body };
}

function isReady({ engine, lifecycle }: Service): boolean {
  return engine.state === "ready" && !lifecycle.draining;
}

const server: Route = {
  method: "GET",
  path: "/v2",
  summary: "what this server is, as the Open Inference Protocol asks",
  dialect: KSERVE,
  schemas: () => ({ response: kserveServerSchema }),
  handle: () => ok({ name: "encoderfile", version: VERSION, extensions: [] }),
};

// The text of the protocol and its schema call the one field differently: both get their own.
const live: Route = {
  method: "GET",
  path: "/v2/health/live",
  isProbe: true,
  summary: "whether the process answers, as the Open Inference Protocol asks",
  dialect: KSERVE,
  schemas: () => ({ response: kserveLiveSchema }),
  handle: () => yesOrNo(true, { live: true }),
};

const ready: Route = {
  method: "GET",
  path: "/v2/health/ready",
  isProbe: true,
  unreadyStatus: 400,
  summary: "whether requests should be sent here, as the Open Inference Protocol asks",
  dialect: KSERVE,
  schemas: () => ({ response: kserveReadySchema }),
  handle: (_request, service) => {
    const isYes = isReady(service);
    return yesOrNo(isYes, { ready: isYes, live: isYes });
  },
};

/** The paths of a model, with and without a version, which differ in nothing else. */
function modelRoutes(route: Route): readonly Route[] {
  const [base = "", rest = ""] = route.path.split("*");
  const handle: Route["handle"] = (request, service, params) => {
    requireModel(params, service);
    return route.handle(request, service, params);
  };
  return ["", "/versions/:version"].map((part) => ({
    ...route,
    path: `${base}:name${part}${rest}`,
    handle,
  }));
}

const metadata = modelRoutes({
  method: "GET",
  path: "/v2/models/*",
  summary: "what tensors the model takes and gives",
  dialect: KSERVE,
  schemas: () => ({ response: kserveModelSchema }),
  handle: (_request, { engine }) => {
    const { name, version } = engine.manifest;
    const { inputs, outputs, parameters } = describeInference(engine.model);
    const versions = version === "" ? [] : [version];
    return ok({ name, versions, platform: PLATFORM, inputs, outputs, parameters });
  },
});

const modelReady = modelRoutes({
  method: "GET",
  path: "/v2/models/*/ready",
  unreadyStatus: 400,
  summary: "whether requests for the model should be sent here",
  dialect: KSERVE,
  schemas: () => ({ response: kserveModelReadySchema }),
  handle: (_request, service) => {
    const isYes = isReady(service);
    return yesOrNo(isYes, { name: service.engine.manifest.name, ready: isYes });
  },
});

const inferOperation = operationRoute("infer", {
  path: "/v2/models/*/infer",
  summary: "what the model is for, or what its graph gives, as tensors",
  dialect: KSERVE,
});

const infer = modelRoutes({
  ...inferOperation,
  handle: async (request, service, params) => {
    refuseBinary(request);
    const reply = await inferOperation.handle(request, service, params);
    // What the operation answers, in which it has no word for the version.
    const { model_name, ...rest } = reply.body as { readonly model_name: string };
    const { version } = service.engine.manifest;
    return { ...reply, body: { model_name, model_version: version, ...rest } };
  },
});

function refuseBinary(request: Request): void {
  if (!request.headers.has(BINARY_HEADER)) return;
  throw new CodedError(
    "SERVER_UNSUPPORTED_MEDIA_TYPE",
    "Cannot read tensors that follow the JSON as bytes: leave out Inference-Header-Content-Length and send their " +
      "data in the JSON (binary_data=False in Triton's client)",
  );
}

export const KSERVE_ROUTES: readonly Route[] = [
  server,
  live,
  ready,
  ...metadata,
  ...modelReady,
  ...infer,
];
