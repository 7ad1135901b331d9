// Instruments of the process itself, under the names every client library of Prometheus gives them, and how late its
// timers are: what delays a timer delays every request.
import type { Registry } from "./instrument.ts";

/** What only the system knows; undefined where it does not tell. */
export type ProcessFacts = { readonly openDescriptors?: () => number | undefined };

const LAG_INTERVAL_MS = 500;
const LAG_BOUNDS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const MICROSECONDS = 1e6;

export function addProcessMetrics(registry: Registry, { openDescriptors }: ProcessFacts): void {
  const cpuSeconds = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / MICROSECONDS;
  };
  registry.read(
    { name: "process_cpu_seconds_total", help: "Seconds of CPU time of all threads" },
    "counter",
    cpuSeconds,
  );
  registry.read(
    { name: "process_resident_memory_bytes", help: "Bytes of memory that are resident" },
    "gauge",
    () => process.memoryUsage.rss(),
  );
  registry.read(
    { name: "process_start_time_seconds", help: "When the process began, in Unix time" },
    "gauge",
    () => performance.timeOrigin / 1000,
  );
  if (openDescriptors === undefined) return;
  registry.read(
    { name: "process_open_fds", help: "Open files and connections" },
    "gauge",
    openDescriptors,
  );
}

/** Measures until it is disposed of. */
export function watchEventLoop(registry: Registry): Disposable {
  const lag = registry.histogram(
    {
      name: "encoderfile_event_loop_lag_seconds",
      help: "Seconds by which a timer of the thread that answers requests was late",
    },
    LAG_BOUNDS_S,
  );
  let expectedMs = performance.now() + LAG_INTERVAL_MS;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    lag.observe(Math.max(0, nowMs - expectedMs) / 1000);
    expectedMs = nowMs + LAG_INTERVAL_MS;
  }, LAG_INTERVAL_MS);
  // Nobody waits for it.
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
