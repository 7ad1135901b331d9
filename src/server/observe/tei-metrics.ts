// The instruments of Text Embeddings Inference under their names, so that dashboards made for it work. Every request
// that asks the model and may counts, in whichever dialect; what it counts twice there is counted once.
import type { ErrorCode } from "../../error/index.ts";
import type { BatchReport, Engine } from "../../runtime/index.ts";
import { taskOfModel } from "../../task/index.ts";
import type { RequestScope } from "../http/scope.ts";
import { type Counter, geometricBounds, type Histogram, type Registry } from "./instrument.ts";

export type TeiMetrics = {
  readonly record: (scope: RequestScope, seconds: number) => void;
  readonly batch: (report: BatchReport) => void;
};

// The bounds are those of Text Embeddings Inference: dashboards add up what several servers count.
const SECONDS = geometricBounds(1.5e-5, 1.5, 35);
const SIZES = geometricBounds(1, 2, 13);
const TOKENS = geometricBounds(1, 2, 21);

const FAILURES = [
  "batch_size",
  "dropped",
  "inference",
  "missing_values",
  "model_type",
  "overloaded",
  "tokenization",
  "validation",
] as const;
type Failure = (typeof FAILURES)[number];

const FAILURE_OF_CODE: Partial<Record<ErrorCode, Failure>> = {
  SERVER_CLIENT_GONE: "dropped",
  // Nothing is known of what it asked.
  SERVER_BODY_TIMEOUT: "dropped",
  SERVER_CUT_OFF: "dropped",
  ENGINE_DEADLINE_EXCEEDED: "overloaded",
  ENGINE_OVERLOADED: "overloaded",
  ENGINE_CLOSED: "overloaded",
  SERVER_BUSY: "overloaded",
  SERVER_NOT_READY: "overloaded",
  REQUEST_EMPTY: "missing_values",
  TASK_MISMATCH: "model_type",
  TASK_VIEW_UNSUPPORTED: "model_type",
};

export function createTeiMetrics(registry: Registry, engine: Engine): TeiMetrics {
  const counts = requestCounters(registry);
  const request = stageHistograms(registry, "te_request", "a request");
  const embed = kindMetrics(registry, "embed", "vectors");
  const predict = kindMetrics(registry, "predict", "predictions");
  const kind = taskOfModel(engine.model).id.endsWith("embedding") ? embed : predict;
  const inputLength = registry.histogram(
    { name: "te_request_input_length", help: "Tokens of the inputs of requests" },
    TOKENS,
  );
  const batchSize = registry.histogram(
    { name: "te_batch_next_size", help: "Inputs of batches" },
    SIZES,
  );
  const batchTokens = registry.histogram(
    { name: "te_batch_next_tokens", help: "Tokens of batches, without padding" },
    TOKENS,
  );
  registry.read(
    { name: "te_queue_size", help: "Inputs that wait for a worker" },
    "gauge",
    () => engine.stats().queued,
  );
  return {
    record: (scope, seconds) => {
      if (!scope.asksModel) return;
      const isDone = (scope.status ?? 0) < 400;
      counts.record(scope, isDone);
      kind.count.add(scope.inputs);
      if (!isDone) return;
      kind.success.add(scope.inputs);
      request(scope, seconds, 1);
      // Inputs of one request are not told apart: each counts as their slowest did.
      kind.stages(scope, seconds, scope.inputs);
      if (scope.inputs > 0) inputLength.observe(scope.meter.tokens / scope.inputs, scope.inputs);
    },
    batch: ({ inputs, tokens }) => {
      batchSize.observe(inputs);
      batchTokens.observe(tokens);
    },
  };
}

function requestCounters(registry: Registry) {
  const method = ["method"] as const;
  const count = registry.counters<"method">({
    name: "te_request_count",
    help: "Requests that asked the model, by whether they had several inputs",
    labels: method,
  });
  const success = registry.counters<"method">({
    name: "te_request_success",
    help: "Requests that asked the model and were answered, by whether they had several inputs",
    labels: method,
  });
  const failure = registry.counters<"err">({
    name: "te_request_failure",
    help: "Requests that asked the model and failed, by kind of failure",
    labels: ["err"],
  });
  // What has not happened yet is there with 0, so that its first time is seen as an increase.
  for (const err of FAILURES) failure.of({ err });
  const methods = { single: { method: "single" }, batch: { method: "batch" } };
  for (const values of Object.values(methods)) [count, success].map((family) => family.of(values));
  return {
    record: (scope: RequestScope, isDone: boolean) => {
      const values = scope.inputs > 1 ? methods.batch : methods.single;
      count.of(values).add(1);
      if (isDone) success.of(values).add(1);
      else failure.of({ err: failureOf(scope) }).add(1);
    },
  };
}

type Stages = (scope: RequestScope, seconds: number, times: number) => void;

function kindMetrics(
  registry: Registry,
  kind: "embed" | "predict",
  what: string,
): { readonly count: Counter; readonly success: Counter; readonly stages: Stages } {
  return {
    count: registry.counter({
      name: `te_${kind}_count`,
      help: `Inputs that were to become ${what}`,
    }),
    success: registry.counter({ name: `te_${kind}_success`, help: `Inputs that became ${what}` }),
    stages: stageHistograms(registry, `te_${kind}`, `an input that became ${what}`),
  };
}

/** Where the time of a request went: the whole and its stages. */
function stageHistograms(registry: Registry, prefix: string, whose: string): Stages {
  const stage = (name: string, what: string): Histogram =>
    registry.histogram({ name: `${prefix}_${name}`, help: `Seconds ${whose} ${what}` }, SECONDS);
  const whole = stage("duration", "took");
  const tokenization = stage("tokenization_duration", "spent on becoming tokens");
  const queue = stage("queue_duration", "waited for a worker");
  const inference = stage("inference_duration", "took in a worker");
  return ({ meter }, seconds, times) => {
    whole.observe(seconds, times);
    tokenization.observe(meter.tokenizeMs / 1000, times);
    queue.observe(meter.queueMs / 1000, times);
    inference.observe(meter.inferenceMs / 1000, times);
  };
}

function failureOf({ errorCode, status = 500 }: RequestScope): Failure {
  const known = FAILURE_OF_CODE[errorCode as ErrorCode];
  if (known !== undefined) return known;
  if (errorCode?.startsWith("TOKENIZER_")) return "tokenization";
  return status >= 500 ? "inference" : "validation";
}
