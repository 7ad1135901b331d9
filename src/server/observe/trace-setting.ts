// Where traces go and which are recorded, from the variables OpenTelemetry has named for every program. Reads variables
// only; those that are faulty end the program before it listens.
import { CodedError } from "../../error/index.ts";
import type { SpanAttributes } from "./otlp.ts";
import { SAMPLERS, type SamplerName } from "./trace-context.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export type TraceSettings = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly resourceAttributes: SpanAttributes;
  readonly sampler: SamplerName;
  readonly samplerRatio: number;
  readonly queueMax: number;
  readonly batchMax: number;
  readonly delayMs: number;
};

/** Added to an endpoint for all signals, says the specification. */
const TRACES_PATH = "v1/traces";

const TIMEOUT_MS_MAX = 600_000;
const SPANS_MAX = 1_000_000;

/**
 * What to do with traces; undefined when no collector is named, or traces are switched off. `endpoint` counts more than
 * the variables. Throws `USAGE`.
 */
export function readTraceSettings(env: Environment, endpoint?: string): TraceSettings | undefined {
  const variables = new Variables(env);
  const url = collectorUrl(variables, endpoint);
  if (url === undefined) return undefined;
  checkProtocol(variables);
  const name = variables.get("OTEL_SERVICE_NAME");
  const batchMax = variables.whole("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512, SPANS_MAX);
  const sampler = variables.get("OTEL_TRACES_SAMPLER") ?? "parentbased_always_on";
  if (!isSampler(sampler)) throw variables.unfit("OTEL_TRACES_SAMPLER", SAMPLERS.join(", "));
  return {
    url,
    headers: variables.pairs(variables.nameOf("HEADERS")),
    timeoutMs: variables.whole(variables.nameOf("TIMEOUT"), 10_000, TIMEOUT_MS_MAX),
    resourceAttributes: {
      ...variables.pairs("OTEL_RESOURCE_ATTRIBUTES"),
      ...(name !== undefined && { "service.name": name }),
    },
    sampler,
    samplerRatio: samplerRatio(variables),
    // A batch that never fits would never be sent.
    queueMax: Math.max(batchMax, variables.whole("OTEL_BSP_MAX_QUEUE_SIZE", 2048, SPANS_MAX)),
    batchMax,
    delayMs: variables.whole("OTEL_BSP_SCHEDULE_DELAY", 5_000, TIMEOUT_MS_MAX),
  };
}

/** Variables of OpenTelemetry: an empty one counts as unset. */
class Variables {
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  get(name: string): string | undefined {
    return this.#env[name]?.trim() || undefined;
  }

  /** The variable for traces where it is set, else that for all signals. */
  nameOf(what: string): string {
    const own = `OTEL_EXPORTER_OTLP_TRACES_${what}`;
    return this.get(own) === undefined ? `OTEL_EXPORTER_OTLP_${what}` : own;
  }

  whole(name: string, preset: number, max: number): number {
    const text = this.get(name);
    if (text === undefined) return preset;
    const value = Number(text);
    if (/^\d{1,9}$/.test(text) && value >= 1 && value <= max) return value;
    throw this.unfit(name, `a whole number from 1 to ${max}`);
  }

  /** `key=value,key=value` with percent-encoded values. */
  pairs(name: string): Readonly<Record<string, string>> {
    const items = (this.get(name) ?? "").split(",").map((item) => item.trim());
    const pairs = items
      .filter((item) => item !== "")
      .map((item) => {
        const at = item.indexOf("=");
        const key = item.slice(0, at).trim();
        const value = decoded(item.slice(at + 1).trim());
        // A header's value, too, has no control characters.
        if (at < 1 || value === undefined || !/^[\w.:/-]+$/.test(key) || /\p{Cc}/u.test(value)) {
          throw this.unfit(name, 'pairs such as "key=value" with commas in between', true);
        }
        return [key, value] as const;
      });
    return Object.fromEntries(pairs);
  }

  /** Headers hold secrets: what they are is not said then. */
  unfit(name: string, expected: string, isSecret = false): CodedError {
    const found = isSecret ? "something else" : JSON.stringify(this.get(name)?.slice(0, 60));
    return new CodedError(
      "USAGE",
      `Cannot export traces as ${name} must be ${expected}: found ${found}: correct or unset it`,
    );
  }
}

function collectorUrl(variables: Variables, endpoint: string | undefined): string | undefined {
  if (variables.get("OTEL_SDK_DISABLED")?.toLowerCase() === "true") return undefined;
  if (variables.get("OTEL_TRACES_EXPORTER") === "none") return undefined;
  const own = variables.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  // That for traces alone is taken as it is.
  if (endpoint === undefined && own !== undefined) return checkedUrl(own).href;
  const base = endpoint ?? variables.get("OTEL_EXPORTER_OTLP_ENDPOINT");
  if (base === undefined) return undefined;
  const url = checkedUrl(base);
  url.pathname = `${url.pathname.replace(/\/*$/, "")}/${TRACES_PATH}`;
  return url.href;
}

function checkedUrl(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === "http:" || url.protocol === "https:")) return url;
  throw new CodedError(
    "USAGE",
    "Cannot export traces as the endpoint of the collector must be an http or https address: " +
      "correct --otlp-endpoint or OTEL_EXPORTER_OTLP_ENDPOINT",
  );
}

/** JSON is what is spoken; collectors that take protobuf over HTTP take JSON at the same place. */
function checkProtocol(variables: Variables): void {
  const name = variables.nameOf("PROTOCOL");
  const protocol = variables.get(name) ?? "http/json";
  if (!protocol.startsWith("http/")) throw variables.unfit(name, "http/json");
}

function samplerRatio(variables: Variables): number {
  const name = "OTEL_TRACES_SAMPLER_ARG";
  const text = variables.get(name) ?? "1";
  const ratio = Number(text);
  if (/^[\d.]+$/.test(text) && ratio >= 0 && ratio <= 1) return ratio;
  throw variables.unfit(name, "a number from 0 to 1");
}

function isSampler(name: string): name is SamplerName {
  return (SAMPLERS as readonly string[]).includes(name);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not percent-encoded.
    return undefined;
  }
}
