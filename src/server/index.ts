// Door of the module `server`.
export { isLoopback } from "./address.ts";
export { createKeyRing, type KeyRing } from "./http/api-key.ts";
export type { FaultHandler } from "./http/app.ts";
export { HTTP_LIMITS, type HttpLimits } from "./http/limit.ts";
export type { RequestScope } from "./http/scope.ts";
export {
  createLog,
  LOG_FORMATS,
  LOG_LEVELS,
  type Log,
  type LogFormat,
  type LogLevel,
} from "./observe/log.ts";
export { type MetricsServer, serveMetrics } from "./observe/metrics-server.ts";
export {
  createObservation,
  type Observation,
  type ObservationOptions,
} from "./observe/observation.ts";
export { type RunningServer, type ServeOptions, serve, type Tls } from "./serve.ts";
export { activatedSocket, watchdogInterval } from "./systemd.ts";
