// What an operator sees of a compiled server: counters, lines, traces; and that nobody who looks can hold it up.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { closeSync, constants, openSync } from "node:fs";
import { cachedDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import { startCollector } from "../helper/collector.ts";
import { parseExposition } from "../helper/exposition.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { buildFile, runWell } from "./executable.ts";
import { Watched } from "./watched.ts";

const folder = createTempDir();
const TRACE = "0af7651916cd43dd8448eb211c80319c";
let file: string;

beforeAll(async () => {
  const models = await cachedDemoModels();
  file = await buildFile(folder.join("sentiment.encoderfile"), models.sentiment);
});
afterAll(() => folder[Symbol.dispose]());

function predict(url: string, init: BunFetchRequestInit = {}): Promise<Response> {
  return fetch(`${url}/predict`, {
    method: "POST",
    body: '{"inputs":["canary7531 words"]}',
    ...init,
    headers: { "content-type": "application/json", ...init.headers },
  });
}

test("a compiled server counts, logs and traces what it answers, and tells no input", async () => {
  using collector = startCollector();
  const args = ["--log-format", "json", "--log-level", "debug", "--metrics-port", "0"];
  await using server = new Watched([file, "serve", "--port", "0", ...args], {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  });
  const url = await server.url();
  await server.until(/ready after/);
  const [, metricsUrl = ""] = await server.until(/metrics on (http\S+\/metrics)/);
  const headers = { traceparent: `00-${TRACE}-b7ad6b7169203331-01`, "x-request-id": "mine" };
  expect((await predict(url, { headers })).status).toBe(200);
  expect((await fetch(`${url}/metrics`)).status).toBe(404);
  const families = parseExposition(await (await fetch(metricsUrl)).text());
  const [info] = families.get("encoderfile_build_info")!.samples;
  expect(info?.labels).toMatchObject({ task: "sequence_classification" });
  expect(info?.labels["onnxruntime"]).toMatch(/^\d+\.\d+\.\d+$/);
  expect(info?.labels["target"]).not.toBe("");
  expect(families.get("encoderfile_inputs_total")!.samples[0]?.value).toBe(1);
  expect(families.get("process_open_fds")!.samples[0]?.value).toBeGreaterThan(3);
  server.child.kill("SIGTERM");
  expect(await server.child.exited).toBe(0);
  await server.until(/stopping on SIGTERM/);
  const lines = server.log
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const line = lines.find(({ request_id }) => request_id === "mine");
  expect(line).toMatchObject({ route: "/predict", status: 200, inputs: 1, trace_id: TRACE });
  expect(line.inference_ms).toBeGreaterThan(0);
  expect(server.log).not.toContain("canary7531");
  const spans = collector.spans().filter(({ traceId }) => traceId === TRACE);
  expect(spans.map(({ name }) => name)).toEqual([
    ...["POST /predict", "tokenize", "queue", "inference"],
  ]);
  expect(collector.resource()["encoderfile.model_digest"]).toMatch(/^[0-9a-f]{64}$/);
});

test("a compiled server answers on when stderr is not read, and when its reader has gone", async () => {
  const pipe = folder.join("stderr");
  const unix = folder.join("socket");
  await runWell(["mkfifo", pipe]);
  // Open for writing, too, so that opening waits for nobody.
  const reader = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  const script = 'exec "$0" serve --uds "$1" --max-requests 5000 2>"$2"';
  await using server = new Watched(["sh", "-c", script, file, unix, pipe]);
  await answering(unix);
  // Some 300 bytes a line: several times what a pipe holds.
  await predictOften(unix, 1000);
  closeSync(reader);
  await predictOften(unix, 100);
  server.child.kill("SIGTERM");
  expect(await server.child.exited).toBe(0);
});

test("a compiled server runs with stderr closed", async () => {
  const unix = folder.join("other");
  await using server = new Watched(["sh", "-c", 'exec "$0" serve --uds "$1" 2>&-', file, unix]);
  await answering(unix);
  await predictOften(unix, 10);
  server.child.kill("SIGTERM");
  expect(await server.child.exited).toBe(0);
});

test("a faulty variable of OpenTelemetry ends the program before it listens", async () => {
  await using server = new Watched([file, "serve", "--port", "0", "--otlp-endpoint", "ftp://x"]);
  expect(await server.child.exited).toBe(2);
  await server.until(/Cannot export traces as the endpoint/);
  expect(server.log).not.toContain("listening");
});

async function answering(unix: string): Promise<void> {
  for (;;) {
    const response = await fetch("http://localhost/readyz", { unix }).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.status === 200) return;
    await Bun.sleep(5);
  }
}

async function predictOften(unix: string, count: number): Promise<void> {
  for (let done = 0; done < count; done += 50) {
    const batch = Array.from({ length: Math.min(50, count) }, () =>
      predict("http://localhost", { unix }),
    );
    for (const response of await Promise.all(batch)) {
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    }
  }
}
