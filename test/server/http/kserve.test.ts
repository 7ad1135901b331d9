// The Open Inference Protocol and SageMaker's routes over HTTP: health, metadata, inference and errors.
import { afterAll, describe, expect, test } from "bun:test";
import { CodedError, type ErrorCode } from "../../../src/error/index.ts";
import { type RunningServer, serve } from "../../../src/server/index.ts";
import type { TaskId } from "../../../src/task/index.ts";
import { WordEngine } from "../../helper/word-engine.ts";

const servers: RunningServer[] = [];

function start(engine: WordEngine): string {
  const server = serve({ engine, host: "127.0.0.1", port: 0, onFault: () => undefined });
  servers.push(server);
  return server.url;
}

afterAll(() => {
  for (const server of servers) server.abort();
});

const embedder = start(new WordEngine("sentence_embedding"));
const loading = start(new WordEngine("sentence_embedding", { ready: Promise.resolve() }));

async function ask(url: string, init: RequestInit = {}) {
  const response = await fetch(url, init);
  const body: unknown = await response.json();
  return { status: response.status, body, headers: response.headers };
}

function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  return ask(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

const TEXTS = {
  id: "7",
  inputs: [{ name: "text", datatype: "BYTES", shape: [2], data: ["a", "bb"] }],
};

describe("health", () => {
  test.each([
    ["/v2/health/live", { live: true }],
    ["/v2/health/ready", { ready: true, live: true }],
    ["/v2/models/words/ready", { name: "words", ready: true }],
    ["/v2/models/words/versions/1.2.3/ready", { name: "words", ready: true }],
    ["/ping", { status: "ready" }],
  ])("GET %s of a model that is ready", async (path, expected) => {
    const { status, body } = await ask(embedder + path);
    expect(status).toBe(200);
    expect(body).toEqual(expected);
  });

  test.each([
    ["/v2/health/live", 200, { live: true }],
    ["/v2/health/ready", 400, { ready: false, live: false }],
    ["/v2/models/words/ready", 400, { name: "words", ready: false }],
    ["/ping", 503, { error_type: "Unhealthy" }],
  ])("GET %s of a model that is loading has status %d", async (path, expected, shape) => {
    const { status, body } = await ask(loading + path);
    expect(status).toBe(expected);
    expect(body).toMatchObject(shape);
  });
});

describe("metadata", () => {
  test("GET /v2 tells what the server is", async () => {
    const { body } = await ask(`${embedder}/v2`);
    expect(body).toMatchObject({
      name: "encoderfile",
      version: expect.any(String),
      extensions: [],
    });
  });

  test.each([["/v2/models/words"], ["/v2/models/words/versions/1.2.3"]])(
    "GET %s tells what tensors there are",
    async (path) => {
      const { body } = await ask(embedder + path);
      expect(body).toMatchObject({
        name: "words",
        versions: ["1.2.3"],
        platform: "onnx_onnxv1",
        inputs: [{ name: "text", datatype: "BYTES", shape: [-1] }],
        outputs: [{ name: "embedding", datatype: "FP32", shape: [-1, 3] }],
      });
    },
  );

  test.each([
    ["/v2/models/other", '"other": this server has "words"'],
    ["/v2/models/other/ready", '"other": this server has "words"'],
    ["/v2/models/words/versions/2", 'version "2" of the model: this server has "1.2.3"'],
  ])("GET %s is 404 (SERVER_MODEL_NOT_FOUND)", async (path, sentence) => {
    const { status, body } = await ask(embedder + path);
    expect(status).toBe(404);
    expect((body as { error: string }).error).toContain(sentence);
    expect(Object.keys(body as object)).toEqual(["error"]);
  });
});

describe("infer", () => {
  test.each([["/v2/models/words/infer"], ["/v2/models/words/versions/1.2.3/infer"]])(
    "POST %s answers with tensors",
    async (path) => {
      const { status, body } = await post(embedder + path, TEXTS);
      expect(status).toBe(200);
      expect(body).toEqual({
        model_name: "words",
        model_version: "1.2.3",
        id: "7",
        outputs: [
          {
            name: "embedding",
            datatype: "FP32",
            shape: [2, 3],
            data: [1, 0.1, 0.33333334, 2, 0.1, 0.33333334],
          },
        ],
      });
    },
  );

  const long = Array(20).fill("a").join(" ");

  test("tells in field and header that inputs were cut", async () => {
    const cut = { inputs: [{ ...TEXTS.inputs[0], data: ["a", long] }] };
    const { body, headers } = await post(`${embedder}/v2/models/words/infer`, cut);
    expect(body).toMatchObject({ parameters: { truncated_inputs: 1 } });
    expect(headers.get("x-truncated-inputs")).toBe("1");
  });

  test.each<[string, unknown, number, string]>([
    ["a wrong tensor", { inputs: [] }, 400, '"inputs"'],
    ["no JSON", "{", 400, "as JSON"],
    ["another shape", { inputs: [{ ...TEXTS.inputs[0], shape: [3] }] }, 400, "[3]"],
    [
      "a text that may not be cut",
      { inputs: [{ ...TEXTS.inputs[0], data: ["a", long] }], parameters: { truncate: false } },
      400,
      "input 1",
    ],
  ])("refuses %s in its own envelope", async (_, body, expected, sentence) => {
    const reply = await post(`${embedder}/v2/models/words/infer`, body);
    expect(reply.status).toBe(expected);
    expect(Object.keys(reply.body as object)).toEqual(["error"]);
    expect((reply.body as { error: string }).error).toContain(sentence);
  });

  test("refuses tensors behind the JSON and says what to do", async () => {
    const headers = { "inference-header-content-length": "10" };
    const reply = await post(`${embedder}/v2/models/words/infer`, TEXTS, headers);
    expect(reply.status).toBe(415);
    expect((reply.body as { error: string }).error).toContain("binary_data=False");
  });

  test("a model of another name is not asked", async () => {
    const reply = await post(`${embedder}/v2/models/other/infer`, TEXTS);
    expect(reply.status).toBe(404);
  });

  test("a wrong method speaks the dialect of the path", async () => {
    const reply = await ask(`${embedder}/v2/models/words/infer`);
    expect(reply.status).toBe(405);
    expect(reply.body).toEqual({ error: "Cannot GET this path: use POST" });
  });

  test.each<[ErrorCode, number]>([
    ["ENGINE_OVERLOADED", 429],
    ["ENGINE_CLOSED", 503],
    ["ENGINE_WORKER_FAILED", 503],
  ])("answers %s with status %d", async (code, expected) => {
    const failure = new CodedError(code, "Cannot answer");
    const engine = new WordEngine("sentence_embedding");
    engine.failure = failure;
    const reply = await post(`${start(engine)}/v2/models/words/infer`, TEXTS);
    expect(reply.status).toBe(expected);
    expect(Object.keys(reply.body as object)).toEqual(["error"]);
  });
});

describe("invocations", () => {
  test.each<[TaskId, string, unknown]>([
    ["sentence_embedding", "/embed", { inputs: "a" }],
    ["embedding", "/embed_all", { inputs: ["a"] }],
    ["sequence_classification", "/classify", { inputs: "a" }],
    ["token_classification", "/classify", { inputs: "a" }],
    ["sparse_embedding", "/embed_sparse", { inputs: "a" }],
    ["reranking", "/rerank", { query: "q", texts: ["a", "b"] }],
  ])("a %s model answers as at POST %s", async (task, path, sent) => {
    const url = start(new WordEngine(task));
    const expected = await post(url + path, sent);
    expect(expected.status).toBe(200);
    for (const alias of ["/invocations", "/"]) {
      const { status, body } = await post(url + alias, sent);
      expect(status).toBe(200);
      expect(body).toEqual(expected.body);
    }
  });

  test("POST /vertex answers each instance as its own request", async () => {
    const instances = [
      { inputs: "a", normalize: false },
      { inputs: ["bb", "c"], normalize: false },
    ];
    const { status, body } = await post(`${embedder}/vertex`, { instances });
    expect(status).toBe(200);
    const rest = [0.1, 0.33333334];
    expect(body).toEqual({
      predictions: [
        [[1, ...rest]],
        [
          [2, ...rest],
          [1, ...rest],
        ],
      ],
    });
  });

  test("POST /invocations refuses as TEI does", async () => {
    const { status, body } = await post(`${embedder}/invocations`, { inputs: [] });
    expect(status).toBe(400);
    expect(body).toMatchObject({ error_type: "Empty" });
  });

  test("POST /invocations of a model that is loading is 503", async () => {
    const { status, headers } = await post(`${loading}/invocations`, { inputs: "a" });
    expect(status).toBe(503);
    expect(headers.get("retry-after")).toBe("1");
  });
});
