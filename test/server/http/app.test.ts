// Requests and answers over real sockets: every dialect's success, and everything a client can do wrong.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CodedError } from "../../../src/error/index.ts";
import { Pooling } from "../../../src/gen/manifest_pb.ts";
import { createApp } from "../../../src/server/http/app.ts";
import { type FaultHandler, type RunningServer, serve } from "../../../src/server/index.ts";
import type { TaskId } from "../../../src/task/index.ts";
import { overloaded, WordEngine } from "../../helper/word-engine.ts";

const servers: RunningServer[] = [];
const faults: string[] = [];

function start(engine: WordEngine): string {
  const onFault: FaultHandler = (error, request) => {
    faults.push(`${request?.method} ${request?.path}: ${error.code}`);
  };
  const server = serve({ engine, host: "127.0.0.1", port: 0, onFault });
  servers.push(server);
  return server.url;
}

type NativeError = {
  error: { code: string; message: string; detail: Record<string, string | string[]> };
};
type TeiError = { error: string; error_type: string };
type Index = { routes: Record<string, string>; limits: Record<string, number> };

/** The body of an answer, which the assertions that follow look into. */
async function bodyOf<T>(response: Response): Promise<T> {
  return (await response.json()) as T;
}

afterAll(() => {
  for (const server of servers) server.abort();
});

function post(url: string, body: unknown, headers?: Record<string, string>): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
}

describe("answers", () => {
  const urls = new Map<TaskId, string>();
  beforeAll(() => {
    const tasks: TaskId[] = [
      "embedding",
      "sentence_embedding",
      "sequence_classification",
      "token_classification",
      "reranking",
      "sparse_embedding",
    ];
    for (const task of tasks) urls.set(task, start(new WordEngine(task)));
  });

  test.each<[TaskId, string, unknown, RegExp]>([
    ["sentence_embedding", "/embed", { inputs: "one two" }, /^\[\[0\.99\d*,/],
    [
      "sentence_embedding",
      "/embed",
      { inputs: ["a", "bb"], normalize: false },
      /^\[\[1,0\.1,0\.33333334\],\[2,0\.1,0\.33333334\]\]$/,
    ],
    [
      "sentence_embedding",
      "/embed_all",
      { inputs: "a bb" },
      /^\[\[\[1,0\.1,0\.33333334\],\[2,0\.1,0\.33333334\]\]\]$/,
    ],
    [
      "sentence_embedding",
      "/predict",
      { inputs: ["a"], metadata: { k: "v" } },
      /^\{"results":\[\{"embedding":\[1,0\.1,0\.33333334\]\}\],"model_id":"words","metadata":\{"k":"v"\}\}$/,
    ],
    [
      "embedding",
      "/predict",
      { inputs: ["a bb"] },
      /"token_info":\{"token":"xx","token_id":2,"start":2,"end":4\}/,
    ],
    [
      "sequence_classification",
      "/predict",
      { inputs: ["a"] },
      /"predicted_index":0,"predicted_label":"O"/,
    ],
    ["sequence_classification", "/classify", { inputs: "a" }, /^\[\{"score":0\.\d+,"label":"O"\},/],
    [
      "token_classification",
      "/predict",
      { inputs: ["a"] },
      /^\{"results":\[\{"tokens":\[\{"token_info"/,
    ],
    ["token_classification", "/classify", { inputs: "a" }, /^\[\]$/],
    ["token_classification", "/redact", { inputs: "a" }, /^\{"text":"a","entities":\[\]\}$/],
    ["token_classification", "/redact", { inputs: ["a"] }, /^\[\{"text":"a","entities":\[\]\}\]$/],
    [
      "sparse_embedding",
      "/embed_sparse",
      { inputs: "a" },
      /^\[\[\{"index":0,"value":1\},\{"index":1,"value":0\.1\},/,
    ],
    [
      "sparse_embedding",
      "/predict",
      { inputs: "a", top_k: 1 },
      /^\{"results":\[\{"sparse_embedding":\[\{"index":0,"value":1,"token":""\}\]\}\],/,
    ],
    ["sentence_embedding", "/predict", { inputs: "a", prompt: "bb " }, /"embedding":\[3,/],
    [
      "reranking",
      "/rerank",
      { query: "q", texts: ["a", "b"] },
      /^\[\{"index":0,"score":0\.7310586\},\{"index":1/,
    ],
  ])("a %s model answers POST %s with %j", async (task, path, body, expected) => {
    const response = await post(urls.get(task) + path, body);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.text()).toMatch(expected);
    expect(response.status).toBe(200);
  });

  test("GET /model says what the model is", async () => {
    const response = await fetch(`${urls.get("sequence_classification")}/model`);
    expect(await response.json()).toEqual({
      model_id: "words",
      model_type: "sequence_classification",
      id2label: { "0": "O", "1": "B-PER", "2": "I-PER" },
      task: "sequence_classification",
      model_version: "1.2.3",
      model_digest: "ab".repeat(32),
      max_length: 16,
    });
  });

  const long = "a ".repeat(17);

  test.each<[TaskId, string, unknown, string | null]>([
    ["sentence_embedding", "/embed", { inputs: [long, "a", long] }, "2"],
    ["sentence_embedding", "/embed_all", { inputs: long }, "1"],
    ["sentence_embedding", "/predict", { inputs: long }, "1"],
    ["sentence_embedding", "/predict", { inputs: "a" }, null],
    ["sparse_embedding", "/embed_sparse", { inputs: long }, "1"],
    ["sequence_classification", "/classify", { inputs: [[long], ["a"]] }, "1"],
    ["token_classification", "/classify", { inputs: long }, null],
    ["token_classification", "/classify", { inputs: long, truncate: true }, "1"],
    ["token_classification", "/redact", { inputs: long }, null],
    ["reranking", "/rerank", { query: long, texts: ["a", "b"] }, "2"],
  ])("a %s model tells at %s how many inputs were cut", async (task, path, body, expected) => {
    const response = await post(urls.get(task) + path, body);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-truncated-inputs")).toBe(expected);
  });

  test("an entailment model takes labels of the request, and counts texts that were cut", async () => {
    const entailment = { entailmentIndex: 0, contradictionIndex: 1, hypothesisTemplate: "{}" };
    const url = start(new WordEngine("sequence_classification", { entailment }));
    const parameters = { candidate_labels: ["x", "yyyy"] };
    const one = await post(`${url}/classify`, { inputs: "a", parameters });
    expect(await one.json()).toMatchObject({ sequence: "a", labels: ["yyyy", "x"] });
    expect(one.headers.get("x-truncated-inputs")).toBeNull();
    const some = await post(`${url}/classify`, { inputs: [long, "a"], parameters });
    expect(await some.json()).toMatchObject([{ sequence: long }, { sequence: "a" }]);
    expect(some.headers.get("x-truncated-inputs")).toBe("1");
    const own = await post(`${url}/classify`, { inputs: "a" });
    expect(await own.json()).toHaveLength(3);
    expect(await bodyOf(await fetch(`${url}/model`))).toMatchObject({
      zero_shot: { hypothesis_template: "{}" },
    });
  });

  test("labels of the request for a model that cannot try them are 424 and named", async () => {
    const body = { inputs: "a", candidate_labels: ["x"] };
    const response = await post(`${urls.get("sequence_classification")}/classify`, body);
    expect(response.status).toBe(424);
    expect((await bodyOf<TeiError>(response)).error).toContain("are O, B-PER, I-PER where");
  });

  test("GET / lists the routes this model answers", async () => {
    const body = await bodyOf<Index>(await fetch(`${urls.get("reranking")}/`));
    expect(body).toMatchObject({ name: "words", version: "1.2.3", task: "reranking" });
    expect(Object.keys(body.routes)).toContain("POST /rerank");
    expect(Object.keys(body.routes)).not.toContain("POST /embed");
  });

  test("GET / tells the limits of a request", async () => {
    const body = await bodyOf<Index>(await fetch(`${urls.get("embedding")}/`));
    expect(body.limits).toEqual({
      inputs_per_request: 2048,
      characters_per_input: 250_000,
      characters_per_prompt: 10_000,
      tokens_per_input: 16,
      texts_per_rerank: 1000,
      metadata_entries: 256,
      labels_per_request: 1000,
      body_bytes: 16 * 1024 * 1024,
    });
  });

  test("a model that pools itself offers no vectors of tokens and says what to use", async () => {
    const url = start(new WordEngine("sentence_embedding", { pooling: [Pooling.NONE] }));
    const { routes } = await bodyOf<Index>(await fetch(`${url}/`));
    expect(Object.keys(routes)).toContain("POST /embed");
    expect(Object.keys(routes)).not.toContain("POST /embed_all");
    const refused = await post(`${url}/embed_all`, { inputs: "a" });
    expect(refused.status).toBe(424);
    expect((await bodyOf<TeiError>(refused)).error).toEndWith(": use POST /embed");
    const other = await bodyOf<TeiError>(await post(`${url}/rerank`, {}));
    expect(other.error).toContain(": it serves POST /predict, POST /embed, POST /similarity");
    expect(other.error).not.toContain("embed_all");
  });

  test.each([
    ["/health", "OK!"],
    ["/livez", { status: "live" }],
    ["/readyz", { status: "ready" }],
  ])("GET %s of a ready server is 200", async (path, body) => {
    const response = await fetch(urls.get("embedding") + path);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(body);
  });

  test("HEAD is answered like GET, without a body", async () => {
    const url = `${urls.get("embedding")}/health`;
    const response = await fetch(url, { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
    const length = response.headers.get("content-length");
    expect(length).toBe("5");
    expect(length).toBe((await fetch(url)).headers.get("content-length"));
  });
});

describe("errors", () => {
  let url = "";
  beforeAll(() => {
    url = start(new WordEngine("sentence_embedding"));
  });
  const bytes = (...values: number[]) => Uint8Array.from(values);
  const json = { "content-type": "application/json" };

  // Each row is sent to a route of both dialects that read a body.
  test.each<[string, string | Uint8Array | undefined, Record<string, string>, number, string]>([
    ["no body", undefined, json, 400, "SERVER_BAD_JSON"],
    ["broken JSON", '{"inputs":', json, 400, "SERVER_BAD_JSON"],
    ["two values", '{"inputs":"a"}{}', json, 400, "SERVER_BAD_JSON"],
    ["invalid UTF-8", bytes(0x7b, 0xff, 0x7d), json, 400, "SERVER_BAD_JSON"],
    ["a repeated name", '{"inputs":"a","inputs":"b"}', json, 400, "SERVER_BAD_JSON"],
    ["deep nesting", "[".repeat(50_000), json, 400, "SERVER_BAD_JSON"],
    [
      "no content type",
      '{"inputs":"a"}',
      { "content-type": "" },
      415,
      "SERVER_UNSUPPORTED_MEDIA_TYPE",
    ],
    [
      "text",
      '{"inputs":"a"}',
      { "content-type": "text/plain" },
      415,
      "SERVER_UNSUPPORTED_MEDIA_TYPE",
    ],
    [
      "latin1",
      '{"inputs":"a"}',
      { "content-type": "application/json; charset=latin1" },
      415,
      "SERVER_UNSUPPORTED_MEDIA_TYPE",
    ],
    [
      "a packed body",
      '{"inputs":"a"}',
      { ...json, "content-encoding": "gzip" },
      415,
      "SERVER_UNSUPPORTED_MEDIA_TYPE",
    ],
    ["an array", "[]", json, 422, "REQUEST_INVALID"],
    ["null", "null", json, 422, "REQUEST_INVALID"],
    ["a wrong type", '{"inputs":{"a":1}}', json, 422, "REQUEST_INVALID"],
    ["a wrong option", '{"inputs":["a"],"normalize":1}', json, 422, "REQUEST_INVALID"],
    ["an empty text", '{"inputs":["a",""]}', json, 422, "REQUEST_INVALID"],
    ["gigantic dimensions", '{"inputs":"a","dimensions":1e999}', json, 422, "REQUEST_INVALID"],
    ["too many dimensions", '{"inputs":"a","dimensions":4}', json, 422, "TASK_DIMENSIONS_INVALID"],
  ])("%s is refused in the dialect of the path", async (_name, body, headers, status, code) => {
    const request = { method: "POST", headers, ...(body === undefined ? {} : { body }) };
    const native = await fetch(`${url}/predict`, request);
    expect(native.status).toBe(status);
    const nativeBody = await bodyOf<NativeError>(native);
    expect(nativeBody.error.code).toBe(code);
    expect(nativeBody.error.message).toMatch(/^Cannot /);
    const tei = await fetch(`${url}/embed`, request);
    expect(tei.status).toBe(status);
    expect(await tei.json()).toEqual({
      error: nativeBody.error.message,
      error_type: "Validation",
    });
  });

  test.each<[string, unknown, string]>([
    [
      "a text that is too long",
      { inputs: "a ".repeat(17), truncate: false },
      "ENGINE_INPUT_TOO_LONG",
    ],
    ["a text of 10 MB", { inputs: "x".repeat(10_000_000) }, "REQUEST_INVALID"],
    [
      "a prompt of 10,001 characters",
      { inputs: "a", prompt: "x".repeat(10_001) },
      "REQUEST_INVALID",
    ],
    ["an unknown prompt", { inputs: "a", prompt_name: "query" }, "REQUEST_INVALID"],
  ])("%s is 422 at every route", async (_, body, code) => {
    const native = await post(`${url}/predict`, body);
    expect(native.status).toBe(422);
    const { error } = await bodyOf<NativeError>(native);
    expect(error.code).toBe(code);
    expect(error.message.length).toBeLessThan(300);
    expect((await post(`${url}/embed`, body)).status).toBe(422);
    expect((await post(`${url}/embed_all`, body)).status).toBe(422);
  });

  test("half of a surrogate pair in JSON is answered like U+FFFD", async () => {
    const half = await post(`${url}/embed`, '{"inputs":"a\\ud800b"}');
    expect(half.status).toBe(200);
    expect(await half.text()).toBe(
      await (await post(`${url}/embed`, { inputs: "a\ufffdb" })).text(),
    );
    const tagger = start(new WordEngine("token_classification"));
    const redacted = await post(`${tagger}/redact`, '{"inputs":"\\ud800"}');
    expect(await redacted.json()).toEqual({ text: "\ufffd", entities: [] });
  });

  test("redaction refuses to cut, natively and with the reason", async () => {
    const tagger = start(new WordEngine("token_classification"));
    const response = await post(`${tagger}/redact`, { inputs: "a", truncate: true });
    expect(response.status).toBe(422);
    const { error } = await bodyOf<NativeError>(response);
    expect([error.code, error.detail["path"]]).toEqual(["REQUEST_INVALID", "truncate"]);
    expect(error.message).toContain("what is cut off is not redacted");
    const other = await post(`${url}/redact`, { inputs: "a" });
    expect(other.status).toBe(422);
    expect((await bodyOf<NativeError>(other)).error.code).toBe("TASK_MISMATCH");
  });

  test("an empty batch is 422 natively and TEI's 400", async () => {
    expect((await post(`${url}/predict`, { inputs: [] })).status).toBe(422);
    const tei = await post(`${url}/embed`, { inputs: [] });
    expect(tei.status).toBe(400);
    expect(await tei.json()).toMatchObject({ error_type: "Empty" });
  });

  test("a fault names the path of the field", async () => {
    const response = await post(`${url}/predict`, { inputs: ["a", 1] });
    const { error } = await bodyOf<NativeError>(response);
    expect(error.message).toContain("inputs[1]");
    expect(error.detail["path"]).toBe("inputs[1]");
  });

  test("an unknown route is 404 and lists what exists", async () => {
    const response = await fetch(`${url}/nothing/here?x=1`);
    expect(response.status).toBe(404);
    const { error } = await bodyOf<NativeError>(response);
    expect(error.code).toBe("SERVER_ROUTE_NOT_FOUND");
    expect(error.detail["routes"]).toContain("POST /embed");
    expect(error.detail["routes"]).not.toContain("POST /rerank");
  });

  test.each(["/embed/", "/embed//"])(
    "%s is 404 and names the route without slash",
    async (path) => {
      const response = await post(url + path, { inputs: "a" });
      expect(response.status).toBe(404);
      const { error } = await bodyOf<NativeError>(response);
      expect(error.message).toBe(
        "Cannot find a route for this path as it ends with a slash: use POST /embed",
      );
      expect(error.detail["routes"]).toContain("POST /embed");
    },
  );

  test("an unknown field is 422 natively and ignored by TEI, unless it is a misspelt one", async () => {
    const unknown = { inputs: "a", pooling: "mean" };
    const native = await post(`${url}/predict`, unknown);
    expect(native.status).toBe(422);
    const { error } = await bodyOf<NativeError>(native);
    expect([error.code, error.detail["path"]]).toEqual(["REQUEST_INVALID", "pooling"]);
    expect((await post(`${url}/embed`, unknown)).status).toBe(200);
    const misspelt = await post(`${url}/embed`, { inputs: "a", normalise: false });
    expect(misspelt.status).toBe(422);
    expect((await bodyOf<TeiError>(misspelt)).error).toContain('did you mean "normalize"?');
  });

  test.each([
    ["GET", "/embed", "POST"],
    ["DELETE", "/predict", "POST"],
    ["POST", "/health", "GET, HEAD"],
    ["OPTIONS", "/model", "GET, HEAD"],
  ])("%s %s is 405 and allows %s", async (method, path, allow) => {
    const response = await fetch(url + path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allow);
    expect(JSON.stringify(await response.json())).toContain(`use ${allow.replace(", ", " or ")}`);
  });

  test("a task the model does not do is 424 in TEI and names what it does", async () => {
    const response = await post(`${url}/rerank`, { query: "q", texts: ["a"] });
    expect(response.status).toBe(424);
    const body = await bodyOf<TeiError>(response);
    expect(body.error_type).toBe("Backend");
    expect(body.error).toContain("sentence_embedding");
    expect(body.error).toContain("embed");
  });

  test("a defect is 500, says nothing of its cause, and is told to the log", async () => {
    const engine = new WordEngine("sentence_embedding");
    engine.failure = new Error("secret of /home/me");
    const broken = start(engine);
    const native = await post(`${broken}/predict`, { inputs: "a" });
    expect(native.status).toBe(500);
    expect(await native.text()).not.toContain("secret");
    const tei = await post(`${broken}/embed`, { inputs: "a" });
    expect(tei.status).toBe(424);
    expect(await tei.text()).not.toContain("secret");
    expect(faults).toContain("POST /predict: INTERNAL");
  });

  test("a full queue is 429 with Retry-After", async () => {
    const engine = new WordEngine("sentence_embedding");
    engine.failure = overloaded();
    const full = start(engine);
    for (const path of ["/predict", "/embed"]) {
      const response = await post(full + path, { inputs: "a" });
      expect(response.status).toBe(429);
      expect(response.headers.get("retry-after")).toBe("1");
    }
  });
});

describe("readiness", () => {
  test("while loading, the process is live and everything else is 503 with Retry-After", async () => {
    const engine = new WordEngine("sentence_embedding", { ready: new Promise(() => undefined) });
    const url = start(engine);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect((await fetch(`${url}/model`)).status).toBe(200);
    const answers = [
      await fetch(`${url}/health`),
      await fetch(`${url}/readyz`),
      await post(`${url}/predict`, { inputs: "a" }),
      await post(`${url}/embed`, { inputs: "a" }),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([503, 503, 503, 503]);
    expect(answers.map((answer) => answer.headers.get("retry-after"))).toEqual([
      "1",
      "1",
      "1",
      "1",
    ]);
    expect(await answers[3]?.json()).toMatchObject({ error_type: "Unhealthy" });
    engine.state = "ready";
    expect((await post(`${url}/embed`, { inputs: "a" })).status).toBe(200);
  });

  test.each(["failed", "closed"] as const)("an engine that is %s answers 503", async (state) => {
    const engine = new WordEngine("sentence_embedding");
    engine.state = state;
    const response = await post(`${start(engine)}/predict`, { inputs: "a" });
    expect(response.status).toBe(503);
    expect((await bodyOf<NativeError>(response)).error.code).toBe("SERVER_NOT_READY");
  });

  test("an engine that closes during a request is 503", async () => {
    const engine = new WordEngine("sentence_embedding");
    engine.failure = new CodedError("ENGINE_CLOSED", "Cannot answer as this server is closing");
    const response = await post(`${start(engine)}/embed`, { inputs: "a" });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error_type: "Unhealthy" });
  });

  test("a draining server is not ready, and closes connections after what it still answers", async () => {
    const engine = new WordEngine("sentence_embedding");
    const lifecycle = { draining: true, undelivered: new AbortController().signal };
    const app = createApp({ engine, lifecycle, onFault: () => undefined });
    const ready = await app.fetch(new Request("http://test/readyz"));
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ status: "draining" });
    const model = await app.fetch(new Request("http://test/model"));
    expect(model.status).toBe(200);
    expect(model.headers.get("connection")).toBe("close");
  });

  test("a fault nobody saw coming is a coded answer without its reason, and is told", async () => {
    const told: string[] = [];
    const onFault: FaultHandler = (error, request) => told.push(`${request}: ${error.message}`);
    const app = createApp({
      engine: new WordEngine("embedding"),
      lifecycle: { draining: false, undelivered: new AbortController().signal },
      onFault,
    });
    const response = app.error(new Error("boom"));
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain('"code":"INTERNAL"');
    expect(text).not.toContain("boom");
    expect(told).toEqual(["undefined: Unexpected failure: boom"]);
  });
});
