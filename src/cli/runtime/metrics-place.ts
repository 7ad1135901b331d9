// Whether the port for metrics and the port for requests are two, asked before either is listened on.
import { CodedError, printable } from "../../error/index.ts";

/** Where something listens; a port of 0 is whichever is free. */
type Place = {
  readonly host: string;
  readonly port: number;
  readonly socketPath?: string | undefined;
};

type MetricsSettings = { readonly metricsHost: string; readonly metricsPort: number | undefined };

/** Throws `USAGE` for metrics where `place` answers requests; the system would blame whichever came second. */
export function checkMetricsPlace(place: Place, settings: MetricsSettings): void {
  const { metricsHost, metricsPort } = settings;
  const isTaken = place.socketPath === undefined && place.port !== 0 && metricsPort === place.port;
  if (!isTaken || !overlap(bare(place.host), bare(metricsHost))) return;
  throw new CodedError(
    "USAGE",
    `Cannot answer metrics at ${printable(metricsHost)} port ${metricsPort} as requests are answered there: ` +
      "choose another with --metrics-port, or leave it out to have /metrics among the other paths",
    { detail: { port: metricsPort } },
  );
}

const EVERY_ADDRESS: readonly string[] = ["0.0.0.0", "::"];

/** Names are not looked up: what this does not see is found when it is listened on. */
function overlap(host: string, other: string): boolean {
  return host === other || [host, other].some((one) => EVERY_ADDRESS.includes(one));
}

function bare(host: string): string {
  const name = host.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  return name === "localhost" ? "127.0.0.1" : name;
}
