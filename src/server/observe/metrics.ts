// What the server counts of requests and of the engine's work, under its own names. The other families are added here,
// too: the names of Text Embeddings Inference and those of the process.
import { baseIdentity, VERSION } from "../../about/index.ts";
import type { Engine, RejectReason } from "../../runtime/index.ts";
import { taskOfModel } from "../../task/index.ts";
import type { RequestScope } from "../http/scope.ts";
import { geometricBounds, Registry } from "./instrument.ts";
import { addProcessMetrics, type ProcessFacts, watchEventLoop } from "./process-metrics.ts";
import { createTeiMetrics } from "./tei-metrics.ts";

export type MetricsOptions = ProcessFacts & { readonly engine: Engine };

export type Metrics = Disposable & {
  /** Families of other parts of the server may be added. */
  readonly registry: Registry;
  /** A request has come. */
  readonly began: () => void;
  /** Its answer is made. */
  readonly record: (scope: RequestScope) => void;
  /** All instruments in the exposition format of Prometheus. */
  readonly text: () => string;
};

/** Stands for every path that no route has: clients choose paths, and each label value takes memory for ever. */
const UNMATCHED = "unmatched";

// From an answer out of nothing to what --request-timeout allows.
const REQUEST_BOUNDS_S = [
  ...[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
  ...[1, 2.5, 5, 10, 30, 60, 300],
];
const STAGE_BOUNDS_S = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05],
  ...[0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
];
const BATCH_INPUTS_BOUNDS = geometricBounds(1, 2, 11);
const BATCH_TOKENS_BOUNDS = geometricBounds(8, 2, 14);

const ENGINE_REASONS: readonly RejectReason[] = [
  "queue_full",
  "predicted_late",
  "deadline",
  "gone",
  "worker_failed",
];

/** Refusals that the engine never hears of. */
const REASON_OF_CODE: Readonly<Record<string, string>> = {
  SERVER_BUSY: "busy",
  SERVER_NOT_READY: "not_ready",
  SERVER_CUT_OFF: "cut_off",
  SERVER_UNAUTHORIZED: "unauthorized",
  SERVER_FOREIGN_PAGE: "foreign_page",
  SERVER_BODY_TOO_LARGE: "body_too_large",
  SERVER_BODY_TIMEOUT: "body_timeout",
  SERVER_BAD_HOST: "bad_host",
  SERVER_BAD_HEADER: "bad_header",
  SERVER_UNSUPPORTED_MEDIA_TYPE: "media_type",
  REQUEST_ANSWER_TOO_LARGE: "answer_too_large",
};

/** Begins to count. */
export function createMetrics(options: MetricsOptions): Metrics {
  const { engine } = options;
  const registry = new Registry();
  addBuildInfo(registry, engine);
  const rejected = registry.counters<"reason">({
    name: "encoderfile_rejected_requests_total",
    help: "Requests that were not worked on or given up, by reason",
    labels: ["reason"],
  });
  for (const reason of [...ENGINE_REASONS, ...Object.values(REASON_OF_CODE)])
    rejected.of({ reason });
  const recordHttp = httpMetrics(registry);
  const recordBatch = engineMetrics(registry, engine);
  const tei = createTeiMetrics(registry, engine);
  const cut = registry.counter({
    name: "encoderfile_truncated_inputs_total",
    help: "Inputs that were cut as they had too many tokens",
  });
  engine.observe({
    batch: (report) => {
      recordBatch(report);
      tei.batch(report);
    },
    truncated: (count) => cut.add(count),
    rejected: (reason) => rejected.of({ reason }).add(1),
    // Kept by the engine itself.
    workerRestarted: () => undefined,
  });
  addProcessMetrics(registry, options);
  const lag = watchEventLoop(registry);
  let inFlight = 0;
  registry.read(
    {
      name: "encoderfile_http_requests_in_flight",
      help: "Requests that are being read or answered",
    },
    "gauge",
    () => inFlight,
  );
  return {
    registry,
    began: () => {
      inFlight += 1;
    },
    record: (scope) => {
      inFlight -= 1;
      const seconds = (performance.now() - scope.startedMs) / 1000;
      recordHttp(scope, seconds);
      tei.record(scope, seconds);
      const reason = REASON_OF_CODE[scope.errorCode ?? ""];
      if (reason !== undefined) rejected.of({ reason }).add(1);
    },
    text: () => registry.text(),
    [Symbol.dispose]: () => lag[Symbol.dispose](),
  };
}

function addBuildInfo(registry: Registry, engine: Engine): void {
  const identity = baseIdentity();
  registry.info(
    { name: "encoderfile_build_info", help: "What is served: the program and the model in it" },
    {
      version: VERSION,
      model_name: engine.manifest.name,
      model_digest: engine.modelDigest,
      task: taskOfModel(engine.model).id,
      // Run from source, it is of no target.
      target: identity?.target ?? "",
      onnxruntime: identity?.onnxruntime ?? "",
    },
  );
  registry.read(
    { name: "encoderfile_ready", help: "Whether the model can answer, 1 or 0" },
    "gauge",
    () => (engine.state === "ready" ? 1 : 0),
  );
}

function httpMetrics(registry: Registry) {
  const requests = registry.counters<"route" | "status">({
    name: "encoderfile_http_requests_total",
    help: "Requests by route and status; paths no route has are one",
    labels: ["route", "status"],
  });
  const errors = registry.counters<"code">({
    name: "encoderfile_http_errors_total",
    help: "Answers that were errors, by code",
    labels: ["code"],
  });
  const duration = registry.histograms<"route">(
    {
      name: "encoderfile_http_request_duration_seconds",
      help: "Seconds from the head of a request to its answer, by route",
      labels: ["route"],
    },
    REQUEST_BOUNDS_S,
  );
  const received = registry.counter({
    name: "encoderfile_http_request_body_bytes_total",
    help: "Bytes of bodies that were read",
  });
  const sent = registry.counter({
    name: "encoderfile_http_response_body_bytes_total",
    help: "Bytes of bodies that were answered with",
  });
  const tokenize = registry.histogram(
    {
      name: "encoderfile_tokenize_seconds",
      help: "Seconds it took to turn the texts of a request into tokens",
    },
    STAGE_BOUNDS_S,
  );
  return (scope: RequestScope, seconds: number): void => {
    const route = scope.route?.path ?? UNMATCHED;
    requests.of({ route, status: String(scope.status) }).add(1);
    duration.of({ route }).observe(seconds);
    received.add(scope.bodyBytes);
    sent.add(scope.responseBytes);
    if (scope.errorCode !== undefined) errors.of({ code: scope.errorCode }).add(1);
    if (scope.inputs > 0) tokenize.observe(scope.meter.tokenizeMs / 1000);
  };
}

function engineMetrics(registry: Registry, engine: Engine) {
  addEngineGauges(registry, engine);
  const count = (name: string, help: string) => registry.counter({ name, help });
  const inputs = count(
    "encoderfile_inputs_total",
    "Inputs the graph ran on, each window of a text",
  );
  const tokens = count("encoderfile_tokens_total", "Tokens the graph ran on, without padding");
  const padding = count("encoderfile_padding_tokens_total", "Padding the graph ran on for nothing");
  const wait = registry.histogram(
    { name: "encoderfile_queue_wait_seconds", help: "Seconds inputs waited for a worker" },
    STAGE_BOUNDS_S,
  );
  const inference = registry.histogram(
    { name: "encoderfile_inference_seconds", help: "Seconds batches took in a worker" },
    STAGE_BOUNDS_S,
  );
  const batchInputs = registry.histogram(
    { name: "encoderfile_batch_inputs", help: "Inputs of batches" },
    BATCH_INPUTS_BOUNDS,
  );
  const batchTokens = registry.histogram(
    { name: "encoderfile_batch_tokens", help: "Tokens of batches, with padding" },
    BATCH_TOKENS_BOUNDS,
  );
  const record: Parameters<Engine["observe"]>[0]["batch"] = (report) => {
    inputs.add(report.inputs);
    tokens.add(report.tokens);
    padding.add(report.paddedTokens - report.tokens);
    for (const waitMs of report.waitsMs) wait.observe(waitMs / 1000);
    inference.observe(report.inferenceMs / 1000);
    batchInputs.observe(report.inputs);
    batchTokens.observe(report.paddedTokens);
  };
  return record;
}

function addEngineGauges(registry: Registry, engine: Engine): void {
  const gauge = (name: string, help: string, value: () => number) =>
    registry.read({ name, help }, "gauge", value);
  gauge("encoderfile_queue_inputs", "Inputs that wait for a worker", () => engine.stats().queued);
  gauge(
    "encoderfile_queue_predicted_wait_seconds",
    "Seconds an input that came now would wait, as far as can be told",
    () => engine.stats().predictedWaitMs / 1000,
  );
  gauge("encoderfile_running_inputs", "Inputs in workers", () => engine.stats().running);
  gauge("encoderfile_workers", "Workers that answer", () => engine.stats().workers);
  gauge("encoderfile_workers_busy", "Workers that run a batch", () => engine.stats().busyWorkers);
  registry.read(
    { name: "encoderfile_worker_restarts_total", help: "Workers that died and were replaced" },
    "counter",
    () => engine.stats().restarts,
  );
}
