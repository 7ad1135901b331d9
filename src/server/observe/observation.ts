// Everything an operator learns of a running server, behind what the application calls: counters, lines of the log,
// traces. What is not wanted costs nothing.
import type { Engine } from "../../runtime/index.ts";
import type { AppOptions } from "../http/app.ts";
import type { Log } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import type { ProcessFacts } from "./process-metrics.ts";
import { createRequestLog, type RequestLogOptions } from "./request-log.ts";
import { parseTraceParent } from "./trace-context.ts";
import { readTraceSettings } from "./trace-setting.ts";

export type ObservationOptions = ProcessFacts &
  RequestLogOptions & {
    readonly engine: Engine;
    readonly log: Log;
    /** Where variables of OpenTelemetry are looked for. */
    readonly env: Readonly<Record<string, string | undefined>>;
    /** Address of a collector that counts more than the one in the variables. */
    readonly otlpEndpoint?: string | undefined;
  };

export type Observation = Required<Pick<AppOptions, "onBegin" | "onRequest">> & {
  /** What Prometheus is answered. */
  readonly metricsText: () => string;
  /** Sends and writes what is left, within a bound. */
  readonly close: () => Promise<void>;
};

/** Begins to observe the engine. Throws `USAGE` for faulty variables. */
export async function createObservation(options: ObservationOptions): Promise<Observation> {
  const { engine, log, env, otlpEndpoint } = options;
  const settings = readTraceSettings(env, otlpEndpoint);
  const metrics = createMetrics(options);
  const say = createRequestLog(log, options);
  const onFailure = (reason: string) => log.warn(`the collector of traces took none: ${reason}`);
  const tracer =
    settings === undefined
      ? undefined
      : // Most servers never load it.
        (await import("./tracer.ts")).createTracer({
          settings,
          engine,
          registry: metrics.registry,
          onFailure,
        });
  return {
    onBegin: metrics.began,
    onRequest: (scope) => {
      metrics.record(scope);
      say(scope, tracer?.record(scope) ?? parseTraceParent(scope.request.headers)?.traceId);
    },
    metricsText: metrics.text,
    close: async () => {
      metrics[Symbol.dispose]();
      await tracer?.close();
      await log.flush();
    },
  };
}
