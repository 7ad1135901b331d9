// What Prometheus is told of requests over real sockets, read by strict rules.
import { afterAll, describe, expect, test } from "bun:test";
import {
  createKeyRing,
  type RunningServer,
  serve,
  serveMetrics,
} from "../../../src/server/index.ts";
import { geometricBounds, Registry } from "../../../src/server/observe/instrument.ts";
import { createMetrics } from "../../../src/server/observe/metrics.ts";
import { type Family, parseExposition } from "../../helper/exposition.ts";
import { RawHttp } from "../../helper/raw-http.ts";
import { overloaded, WordEngine } from "../../helper/word-engine.ts";

const stops: (() => void)[] = [];
afterAll(() => {
  for (const stop of stops) stop();
});

function start(engine = new WordEngine("sentence_embedding"), keys?: string[]): RunningServer {
  const metrics = createMetrics({ engine, openDescriptors: () => 7 });
  const server = serve({
    engine,
    host: "127.0.0.1",
    port: 0,
    onFault: () => undefined,
    onBegin: metrics.began,
    onRequest: metrics.record,
    metricsText: metrics.text,
    ...(keys && { keys: createKeyRing(keys) }),
  });
  stops.push(() => {
    metrics[Symbol.dispose]();
    server.abort();
  });
  return server;
}

async function scrape(url: string): Promise<Map<string, Family>> {
  const response = await fetch(`${url}/metrics`);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  return parseExposition(await response.text());
}

async function post(url: string, path: string, body: unknown): Promise<number> {
  const response = await fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}

/** The value of a sample, found by name and labels. */
function sampleOf(families: Map<string, Family>, name: string, labels = {}): number | undefined {
  for (const { samples } of families.values()) {
    const found = samples.find(
      (sample) => sample.name === name && Bun.deepEquals(sample.labels, labels),
    );
    if (found !== undefined) return found.value;
  }
  return undefined;
}

describe("GET /metrics", () => {
  test("GET /metrics counts requests by route pattern and status", async () => {
    const { url } = start();
    expect(await post(url, "/embed", { inputs: ["one two", "three"] })).toBe(200);
    expect(await post(url, "/embed", { inputs: 5 })).toBe(422);
    for (const path of ["/a", "/b", "/c/d", "/v2/models/x"]) await fetch(url + path);
    const families = await scrape(url);
    const requests = families.get("encoderfile_http_requests_total")!.samples;
    expect(requests.map(({ labels, value }) => [labels["route"], labels["status"], value])).toEqual(
      [
        ["/embed", "200", 1],
        ["/embed", "422", 1],
        ["unmatched", "404", 3],
        ["/v2/models/:name", "404", 1],
      ],
    );
    const count = "encoderfile_http_request_duration_seconds_count";
    expect(sampleOf(families, count, { route: "/embed" })).toBe(2);
    // The scrape itself.
    expect(sampleOf(families, "encoderfile_http_requests_in_flight")).toBe(1);
    expect(sampleOf(families, "encoderfile_http_errors_total", { code: "REQUEST_INVALID" })).toBe(
      1,
    );
    expect(sampleOf(families, "encoderfile_http_response_body_bytes_total")).toBeGreaterThan(100);
  });

  test("GET /metrics counts a wrong method under its path, and refusals that come early by reason", async () => {
    const { url } = start();
    await fetch(`${url}/embed`);
    await fetch(`${url}/livez`, { method: "DELETE" });
    await fetch(`${url}/embed`, { method: "POST", body: "a" });
    await fetch(`${url}/model`, { headers: { "x-request-timeout-ms": "soon" } });
    const { port } = new URL(url);
    const client = await RawHttp.connect(Number(port));
    await client.send("GET /livez HTTP/1.1\r\nHost: a b\r\n\r\n");
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 400 [\s\S]*SERVER_BAD_HOST/);
    const families = await scrape(url);
    const requests = families.get("encoderfile_http_requests_total")!.samples;
    expect(requests.map(({ labels }) => [labels["route"], labels["status"]])).toEqual([
      ["/embed", "405"],
      ["/livez", "405"],
      ["/embed", "415"],
      ["/model", "400"],
      ["unmatched", "400"],
    ]);
    const rejected = (reason: string) =>
      sampleOf(families, "encoderfile_rejected_requests_total", { reason });
    expect(["bad_host", "bad_header", "media_type", "busy"].map(rejected)).toEqual([1, 1, 1, 0]);
  });

  test("GET /metrics tells what the engine did", async () => {
    const { url } = start();
    await post(url, "/embed", { inputs: ["one two", "three"] });
    await post(url, "/embed", { inputs: "a ".repeat(50) });
    const families = await scrape(url);
    const value = (name: string, labels = {}) => sampleOf(families, `encoderfile_${name}`, labels);
    expect(value("inputs_total")).toBe(3);
    expect(value("tokens_total")).toBe(19);
    expect(value("padding_tokens_total")).toBe(0);
    expect(value("batch_inputs_count")).toBe(2);
    expect(value("queue_wait_seconds_count")).toBe(3);
    expect(value("queue_wait_seconds_sum")).toBeCloseTo(0.006);
    expect(value("inference_seconds_sum")).toBeCloseTo(0.006);
    expect(value("tokenize_seconds_count")).toBe(2);
    expect(value("truncated_inputs_total")).toBe(1);
    expect(value("workers")).toBe(1);
    expect(value("ready")).toBe(1);
    expect(value("worker_restarts_total")).toBe(0);
    expect(value("rejected_requests_total", { reason: "queue_full" })).toBe(0);
  });

  test("GET /metrics names the program and the model", async () => {
    const families = await scrape(start().url);
    const [info] = families.get("encoderfile_build_info")!.samples;
    expect(info?.value).toBe(1);
    expect(Object.keys(info!.labels)).toEqual([
      ...["version", "model_name", "model_digest", "task", "target", "onnxruntime"],
    ]);
    expect(info?.labels).toMatchObject({ model_name: "words", task: "sentence_embedding" });
    expect(sampleOf(families, "process_open_fds")).toBe(7);
    expect(sampleOf(families, "process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect(sampleOf(families, "process_cpu_seconds_total")).toBeGreaterThan(0);
  });

  test("GET /metrics has the names of Text Embeddings Inference", async () => {
    const engine = new WordEngine("sentence_embedding");
    const { url } = start(engine);
    await post(url, "/embed", { inputs: "one" });
    await post(url, "/v1/embeddings", { input: ["one", "two"], model: "words" });
    engine.failure = overloaded();
    expect(await post(url, "/embed", { inputs: "one" })).toBe(429);
    const families = await scrape(url);
    const value = (name: string, labels = {}) => sampleOf(families, `te_${name}`, labels);
    expect(value("request_count", { method: "single" })).toBe(2);
    expect(value("request_count", { method: "batch" })).toBe(1);
    expect(value("request_success", { method: "single" })).toBe(1);
    expect(value("request_failure", { err: "overloaded" })).toBe(1);
    expect(value("request_failure", { err: "validation" })).toBe(0);
    expect(value("embed_count")).toBe(4);
    expect(value("embed_success")).toBe(3);
    expect(value("predict_count")).toBe(0);
    expect(value("embed_duration_count")).toBe(3);
    expect(value("request_duration_count")).toBe(2);
    const bounds = families
      .get("te_request_duration")!
      .samples.filter(({ labels }) => labels["le"]);
    expect(bounds.slice(0, 2).map(({ labels }) => labels["le"])).toEqual(["0.000015", "0.0000225"]);
    expect(bounds).toHaveLength(36);
    for (const name of ["request_tokenization", "request_queue", "predict_inference"]) {
      expect(families.get(`te_${name}_duration`)?.type).toBe("histogram");
    }
    expect(families.get("te_batch_next_size")!.samples).toHaveLength(16);
    expect(families.get("te_batch_next_tokens")!.samples).toHaveLength(24);
    expect(value("queue_size")).toBe(0);
  });

  test("GET /metrics counts what was refused before the engine heard of it", async () => {
    const { url } = start(new WordEngine("embedding"), ["key"]);
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    const response = await fetch(`${url}/metrics`, { headers: { "x-api-key": "key" } });
    const families = parseExposition(await response.text());
    const reason = { reason: "unauthorized" };
    expect(sampleOf(families, "encoderfile_rejected_requests_total", reason)).toBe(1);
  });

  test("GET /metrics counts as asked of the model only what may ask it and does", async () => {
    const { url } = start(new WordEngine("sentence_embedding"), ["key"]);
    const key = { "x-api-key": "key" };
    const asks = { origin: "https://a.test", "access-control-request-method": "POST" };
    expect((await fetch(`${url}/embed`, { method: "OPTIONS", headers: asks })).status).toBe(204);
    expect(await post(url, "/embed", { inputs: "one" })).toBe(401);
    expect((await fetch(`${url}/embed`, { headers: key })).status).toBe(405);
    const embed = async (body: string) => {
      const headers = { ...key, "content-type": "application/json" };
      return (await fetch(`${url}/embed`, { method: "POST", headers, body })).status;
    };
    expect([await embed('{"inputs":"one"}'), await embed("{")]).toEqual([200, 400]);
    const invocation = { method: "POST", headers: { ...key, "content-type": "application/json" } };
    await fetch(`${url}/invocations`, { ...invocation, body: '{"inputs":"one"}' });
    const response = await fetch(`${url}/metrics`, { headers: key });
    const families = parseExposition(await response.text());
    const value = (name: string, labels = {}) => sampleOf(families, `te_${name}`, labels);
    expect(value("request_count", { method: "single" })).toBe(3);
    expect(value("request_count", { method: "batch" })).toBe(0);
    expect(value("request_success", { method: "single" })).toBe(2);
    expect(value("request_duration_count")).toBe(2);
    const failures = families.get("te_request_failure")!.samples.filter(({ value }) => value > 0);
    expect(failures.map(({ labels, value }) => [labels["err"], value])).toEqual([
      ["validation", 1],
    ]);
  });

  test("GET /metrics describes every family before anything has happened", async () => {
    const families = await scrape(start().url);
    expect(families.get("encoderfile_http_errors_total")?.type).toBe("counter");
    expect(families.get("te_request_failure")?.samples).not.toBeEmpty();
  });

  test("serveMetrics() answers nothing but metrics, on a port of its own", async () => {
    using metrics = serveMetrics({ host: "127.0.0.1", port: 0, text: () => "# nothing\n" });
    expect(await (await fetch(metrics.url)).text()).toBe("# nothing\n");
    expect((await fetch(new URL("/embed", metrics.url))).status).toBe(404);
    expect((await fetch(metrics.url, { method: "POST" })).status).toBe(404);
  });
});

describe("Registry", () => {
  test("Registry.text() escapes what would end a value or a line", () => {
    const registry = new Registry();
    registry.info({ name: "a_info", help: "one\ntwo \\" }, { name: 'x"\n\\' });
    expect(registry.text()).toBe(
      '# HELP a_info one\\ntwo \\\\\n# TYPE a_info gauge\na_info{name="x\\"\\n\\\\"} 1\n',
    );
    parseExposition(registry.text());
  });

  test("Registry.read() leaves out what is not a finite number", () => {
    const registry = new Registry();
    for (const [name, value] of [
      ["a", Number.NaN],
      ["b", undefined],
      ["c", 2],
    ] as const) {
      registry.read({ name, help: "x" }, "gauge", () => value);
    }
    const families = parseExposition(registry.text());
    expect([...families.values()].map(({ samples }) => samples.length)).toEqual([0, 0, 1]);
  });

  test("Registry.histogram() counts a value at its bound below it", () => {
    const registry = new Registry();
    const histogram = registry.histogram({ name: "h", help: "x" }, geometricBounds(1, 2, 3));
    histogram.observe(2);
    histogram.observe(9, 3);
    histogram.observe(0);
    const [family] = parseExposition(registry.text()).values();
    expect(family?.samples.map(({ value }) => value)).toEqual([1, 2, 2, 5, 29, 5]);
  });
});
