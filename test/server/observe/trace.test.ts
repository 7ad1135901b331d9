// Traces as a collector gets them: which requests, whose children, and what a collector that is down does to nobody.
import { afterAll, describe, expect, test } from "bun:test";
import { createLog, createObservation, serve } from "../../../src/server/index.ts";
import { createSampler, parseTraceParent } from "../../../src/server/observe/trace-context.ts";
import { readTraceSettings } from "../../../src/server/observe/trace-setting.ts";
import { thrownBy } from "../../helper/coded.ts";
import { startCollector } from "../../helper/collector.ts";
import { WordEngine } from "../../helper/word-engine.ts";

const stops: (() => void)[] = [];
afterAll(() => {
  for (const stop of stops) stop();
});

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

async function start(env: Record<string, string>) {
  const engine = new WordEngine("sentence_embedding");
  const lines: string[] = [];
  const sink = (text: string) => {
    lines.push(text);
    return undefined;
  };
  const log = createLog({ format: "text", level: "info", sink });
  const observation = await createObservation({ engine, log, env });
  const options = { engine, host: "127.0.0.1", port: 0, onFault: () => undefined };
  const server = serve({ ...options, ...observation });
  stops.push(server.abort);
  const embed = async (headers: Record<string, string> = {}, body = '{"inputs":["a","b"]}') => {
    const response = await fetch(`${server.url}/embed`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    });
    await response.arrayBuffer();
    return response.status;
  };
  return { url: server.url, embed, close: observation.close, lines, text: observation.metricsText };
}

describe("traces", () => {
  test("traces continue that of the caller, with a child for each stage", async () => {
    using collector = startCollector();
    const { embed, close, lines } = await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=a%20b",
      OTEL_SERVICE_NAME: "mine",
      OTEL_RESOURCE_ATTRIBUTES: "zone=west,service.name=other",
    });
    await embed({ traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: "v=1" });
    await close();
    expect(collector.requests).toHaveLength(1);
    expect(collector.requests[0]?.path).toBe("/v1/traces");
    expect(collector.requests[0]?.headers.get("x-tenant")).toBe("a b");
    expect(collector.resource()).toMatchObject({ "service.name": "mine", zone: "west" });
    const [root, ...stages] = collector.spans();
    expect(root).toMatchObject({
      traceId: TRACE,
      parentSpanId: PARENT,
      traceState: "v=1",
      name: "POST /embed",
      kind: 2,
      status: {},
    });
    expect(root?.attributes).toMatchObject({
      "http.route": "/embed",
      "http.response.status_code": "200",
      "encoderfile.inputs": "2",
    });
    expect(stages.map(({ name }) => name)).toEqual(["tokenize", "queue", "inference"]);
    for (const stage of stages) {
      expect(stage).toMatchObject({ traceId: TRACE, parentSpanId: root!.spanId, kind: 1 });
      expect(stage.startTimeUnixNano >= root!.startTimeUnixNano).toBe(true);
      expect(stage.endTimeUnixNano >= stage.startTimeUnixNano).toBe(true);
      expect(stage.endTimeUnixNano <= root!.endTimeUnixNano).toBe(true);
    }
    expect(root!.startTimeUnixNano).toMatch(/^\d{19}$/);
    expect(lines.join("")).toContain(`trace_id=${TRACE}`);
  });

  test("traces are of requests that ask something, and not of those whose caller records none", async () => {
    using collector = startCollector();
    const { url, embed, close } = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    for (const path of ["/livez", "/readyz", "/metrics"]) await (await fetch(url + path)).text();
    await embed({ traceparent: `00-${TRACE}-${PARENT}-00` });
    await embed({ traceparent: "00-malformed" }, '{"inputs":5}');
    await close();
    const spans = collector.spans();
    expect(spans.map(({ name }) => name)).toEqual(["POST /embed"]);
    expect(spans[0]?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(spans[0]?.traceId).not.toBe(TRACE);
    expect(spans[0]?.parentSpanId).toBeUndefined();
    expect(spans[0]?.attributes["error.type"]).toBe("REQUEST_INVALID");
    // What the client did wrong is no failure of this server.
    expect(spans[0]?.status).toEqual({});
  });

  test.each<[string, Record<string, string>]>([
    ["that is not sampled", { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" }],
    ["without a collector", {}],
  ])("the trace of a caller %s is in the log", async (_, env) => {
    const { embed, close, lines } = await start(env);
    await embed({ traceparent: `00-${TRACE}-${PARENT}-00` });
    await close();
    expect(lines.join("")).toContain(`trace_id=${TRACE}`);
  });

  test("traces are tried again when a collector is busy, and never hold up a request", async () => {
    using collector = startCollector([503]);
    const { embed, close, text, lines } = await start({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/own/path`,
      OTEL_BSP_SCHEDULE_DELAY: "1",
    });
    await embed();
    await collector.asked(1);
    await close();
    expect(collector.requests.map(({ path }) => path)).toEqual(["/own/path", "/own/path"]);
    expect(collector.spans()).toHaveLength(4);
    expect(text()).toContain("\nencoderfile_trace_spans_exported_total 4\n");
    expect(lines.join("")).toContain("warning: the collector of traces took none: it answered 503");
  });

  test("traces that no collector takes are dropped and counted beyond the bound", async () => {
    const gone = startCollector();
    const { url } = gone;
    gone[Symbol.dispose]();
    const { embed, close, text } = await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_BSP_MAX_QUEUE_SIZE: "8",
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "4",
      OTEL_BSP_SCHEDULE_DELAY: "600000",
    });
    const statuses = await Promise.all(Array.from({ length: 20 }, () => embed()));
    expect(new Set(statuses)).toEqual(new Set([200]));
    await close();
    expect(text()).toContain("\nencoderfile_trace_spans_exported_total 0\n");
    expect(text()).toContain("\nencoderfile_trace_spans_dropped_total 80\n");
  });

  test("traces hold up the end of a server no longer than their bound", async () => {
    const hanging = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => new Promise(() => {}),
    });
    const { embed, close } = await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${hanging.port}`,
    });
    await embed();
    const startMs = performance.now();
    await close();
    expect(performance.now() - startMs).toBeLessThan(4_000);
    await hanging.stop(true);
  });
});

describe("parseTraceParent()", () => {
  test.each<[string, boolean | undefined]>([
    [`00-${TRACE}-${PARENT}-01`, true],
    [`00-${TRACE}-${PARENT}-00`, false],
    [`00-${TRACE}-${PARENT}-03`, true],
    [`cc-${TRACE}-${PARENT}-01-later`, true],
    [`00-${TRACE}-${PARENT}-01-more`, undefined],
    [`ff-${TRACE}-${PARENT}-01`, undefined],
    [`00-${"0".repeat(32)}-${PARENT}-01`, undefined],
    [`00-${TRACE}-${"0".repeat(16)}-01`, undefined],
    [`00-${TRACE.toUpperCase()}-${PARENT}-01`, undefined],
    ["", undefined],
  ])("parseTraceParent() takes %s as sampled %p", (traceparent, isSampled) => {
    expect(parseTraceParent(new Headers({ traceparent }))?.isSampled).toBe(isSampled!);
  });
});

describe("createSampler()", () => {
  test("createSampler() does as the parent did where it is based on it, and as the id says", () => {
    const parent = { traceId: TRACE, spanId: PARENT, isSampled: false };
    expect(createSampler("parentbased_always_on", 1)(parent, TRACE)).toBe(false);
    expect(createSampler("parentbased_always_on", 1)(undefined, TRACE)).toBe(true);
    expect(createSampler("always_on", 1)(parent, TRACE)).toBe(true);
    expect(createSampler("parentbased_always_off", 1)({ ...parent, isSampled: true }, TRACE)).toBe(
      true,
    );
    const half = createSampler("traceidratio", 0.5);
    expect(half(undefined, `${"f".repeat(18)}${"7".repeat(14)}`)).toBe(true);
    expect(half(undefined, `${"0".repeat(18)}${"8".repeat(14)}`)).toBe(false);
    expect(createSampler("traceidratio", 1)(undefined, "f".repeat(32))).toBe(true);
  });
});

describe("readTraceSettings()", () => {
  test.each<[Record<string, string>, string | undefined, string | undefined]>([
    [{}, undefined, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: " " }, undefined, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://a:4318/" }, undefined, "http://a:4318/v1/traces"],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://a/x" }, undefined, "http://a/x/v1/traces"],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://a/x" }, undefined, "https://a/x"],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://a/x" }, "http://b", "http://b/v1/traces"],
    [{ OTEL_SDK_DISABLED: "true" }, "http://b", undefined],
    [{ OTEL_TRACES_EXPORTER: "none" }, "http://b", undefined],
  ])("readTraceSettings() makes of %p and %p the address %p", (env, endpoint, url) => {
    expect(readTraceSettings(env, endpoint)?.url).toBe(url!);
  });

  test.each([
    { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" },
    { OTEL_EXPORTER_OTLP_TIMEOUT: "soon" },
    { OTEL_EXPORTER_OTLP_TRACES_HEADERS: "secret" },
    { OTEL_EXPORTER_OTLP_HEADERS: "a=secret%0a" },
    { OTEL_TRACES_SAMPLER: "jaeger_remote" },
    { OTEL_TRACES_SAMPLER_ARG: "2" },
    { OTEL_BSP_MAX_QUEUE_SIZE: "0" },
    { OTEL_EXPORTER_OTLP_ENDPOINT: "ftp://secret" },
  ])("readTraceSettings() throws USAGE for %p and tells no secret", (env) => {
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://a", ...env };
    const error = thrownBy(() => readTraceSettings(endpoint));
    expect(error.code).toBe("USAGE");
    expect(error.message).not.toContain("secret");
  });
});
