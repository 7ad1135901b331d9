// Answers that would hold too much: refused before the model works, or while they are made.
import { afterAll, expect, test } from "bun:test";
import { HTTP_LIMITS, type RunningServer, serve } from "../../../src/server/index.ts";
import type { TaskId } from "../../../src/task/index.ts";
import { WordEngine } from "../../helper/word-engine.ts";

const servers: RunningServer[] = [];

afterAll(() => {
  for (const server of servers) server.abort();
});

function start(task: TaskId): string {
  const server = serve({
    engine: new WordEngine(task),
    host: "127.0.0.1",
    port: 0,
    onFault: (error) => {
      throw error;
    },
    httpLimits: HTTP_LIMITS,
  });
  servers.push(server);
  return server.url.toString().replace(/\/$/, "");
}

const tokens = start("token_classification");

function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  return fetch(tokens + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

const words = (count: number) => "a ".repeat(count);

test.each([
  [
    "/predict",
    [words(125_000)],
    "not even the first input fits: send a shorter one, or ask /classify",
  ],
  ["/predict", [words(50_000), words(50_000), words(50_000)], "the first 2 of its inputs fit"],
  ["/tokenize", [words(125_000), words(125_000)], "the first 1 of its inputs fit"],
])("POST %s refuses an answer that is too large", async (path, inputs, reason) => {
  const response = await post(path, { inputs });
  expect(response.status).toBe(413);
  expect(await response.text()).toContain(reason);
});

test("POST infer counts the padding of all its tensors", async () => {
  const data = [words(100_000), ...Array.from({ length: 3 }, () => "a")];
  const inputs = [{ name: "text", shape: [data.length], datatype: "BYTES", data }];
  const response = await post("/v2/models/words/infer", { inputs });
  expect(response.status).toBe(413);
  expect(await response.text()).toContain("the first 2 of its inputs fit");
});

test("POST /classify answers the text that is too long for /predict", async () => {
  const response = await post("/classify", { inputs: words(125_000) });
  expect(response.status).toBe(200);
  expect(await response.json()).toBeArray();
});

test.each([
  ["/tokenize", { inputs: Array.from({ length: 2048 }, () => "a".repeat(1000)) }],
  ["/decode", { ids: Array.from({ length: 2048 }, () => Array.from({ length: 500 }, () => 1)) }],
])("POST %s keeps to x-request-timeout-ms", async (path, body) => {
  const response = await post(path, body, { "x-request-timeout-ms": "1" });
  expect(response.status).toBe(504);
});
