// Makes spans of answered requests: one for the request, one for each stage of its work. Begins nothing while requests
// run, as all is known when they end.
import { VERSION } from "../../about/index.ts";
import type { Engine } from "../../runtime/index.ts";
import type { RequestScope } from "../http/scope.ts";
import type { Registry } from "./instrument.ts";
import type { Span, SpanAttributes } from "./otlp.ts";
import { isQuiet } from "./request-log.ts";
import { SpanExporter } from "./span-exporter.ts";
import { createSampler, parseTraceParent, randomId } from "./trace-context.ts";
import type { TraceSettings } from "./trace-setting.ts";

export type Tracer = {
  /** Records the request, if its trace is recorded, and returns the id of the trace then. */
  readonly record: (scope: RequestScope) => string | undefined;
  /** Sends what is left, within a bound. */
  readonly close: () => Promise<void>;
};

export type TracerOptions = {
  readonly settings: TraceSettings;
  readonly engine: Engine;
  readonly registry: Registry;
  readonly onFailure: (reason: string) => void;
};

/** What a stopping server spends on spans nobody may want. */
const FLUSH_TIMEOUT_MS = 2_000;

export function createTracer({ settings, engine, registry, onFailure }: TracerOptions): Tracer {
  const resource = {
    attributes: {
      "service.name": engine.manifest.name,
      "service.version": engine.manifest.version,
      "encoderfile.model_digest": engine.modelDigest,
      ...settings.resourceAttributes,
    },
    scope: { name: "encoderfile", version: VERSION },
  };
  const exporter = new SpanExporter({ ...settings, resource, onFailure });
  addExportCounts(registry, exporter);
  const isSampled = createSampler(settings.sampler, settings.samplerRatio);
  return {
    record: (scope) => {
      if (isQuiet(scope)) return undefined;
      const parent = parseTraceParent(scope.request.headers);
      const traceId = parent?.traceId ?? randomId(16);
      if (!isSampled(parent, traceId)) return undefined;
      const spanId = randomId(8);
      const endMs = Date.now();
      const startMs = endMs - (performance.now() - scope.startedMs);
      const route = scope.route?.path;
      exporter.add([
        {
          traceId,
          spanId,
          parentSpanId: parent?.spanId,
          traceState: parent?.state,
          name: route === undefined ? scope.method : `${scope.method} ${route}`,
          kind: "server",
          startMs,
          endMs,
          attributes: requestAttributes(scope),
          isError: (scope.status ?? 0) >= 500 || scope.errorCode === "SERVER_CUT_OFF",
        },
        ...stageSpans(scope, { traceId, spanId, startMs, endMs }),
      ]);
      return traceId;
    },
    close: () => exporter.close(FLUSH_TIMEOUT_MS),
  };
}

function addExportCounts(registry: Registry, exporter: SpanExporter): void {
  registry.read(
    { name: "encoderfile_trace_spans_exported_total", help: "Spans a collector has taken" },
    "counter",
    () => exporter.counts.exported,
  );
  registry.read(
    { name: "encoderfile_trace_spans_dropped_total", help: "Spans that no collector took" },
    "counter",
    () => exporter.counts.dropped,
  );
}

function requestAttributes(scope: RequestScope): SpanAttributes {
  const { route, errorCode, meter } = scope;
  return {
    "http.request.method": scope.method,
    "http.response.status_code": scope.status ?? 0,
    "http.request.body.size": scope.bodyBytes,
    "http.response.body.size": scope.responseBytes,
    ...(route && { "http.route": route.path }),
    ...(errorCode !== undefined && { "error.type": errorCode }),
    "encoderfile.request_id": scope.id,
    "encoderfile.inputs": scope.inputs,
    "encoderfile.tokens": meter.tokens,
    "encoderfile.truncated": scope.truncated,
  };
}

type Whole = Pick<Span, "traceId" | "spanId" | "startMs" | "endMs">;

/**
 * What is measured is how long stages took, not when they began: they are shown one after another, up to the end of the
 * request, which the last one nearly reaches.
 */
function stageSpans({ meter, inputs }: RequestScope, whole: Whole): readonly Span[] {
  if (inputs === 0) return [];
  const stages = [
    ["inference", meter.inferenceMs],
    ["queue", meter.queueMs],
    ["tokenize", meter.tokenizeMs],
  ] as const;
  let endMs = whole.endMs;
  const spans = stages.map(([name, ms]) => {
    const startMs = Math.max(whole.startMs, endMs - ms);
    const span: Span = {
      traceId: whole.traceId,
      spanId: randomId(8),
      parentSpanId: whole.spanId,
      name,
      kind: "internal",
      startMs,
      endMs,
      attributes: { "encoderfile.duration_ms": ms },
      isError: false,
    };
    endMs = startMs;
    return span;
  });
  return spans.reverse();
}
