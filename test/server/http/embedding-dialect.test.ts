// Vectors in the dialects of OpenAI, Ollama and TEI over real sockets: shapes, headers, and errors as their
// clients know them.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeFixture } from "../../../scripts/fixture/make-model.ts";
import { type RunningServer, serve } from "../../../src/server/index.ts";
import { loadTokenizer, type Tokenizer } from "../../../src/tokenizer/index.ts";
import { overloaded, WordEngine } from "../../helper/word-engine.ts";

const servers: RunningServer[] = [];

function start(engine: WordEngine): string {
  const server = serve({ engine, host: "127.0.0.1", port: 0, onFault: () => undefined });
  servers.push(server);
  return server.url;
}

afterAll(() => {
  for (const server of servers) server.abort();
});

function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

const NO_ROUTE = expect.stringContaining("this server answers POST /predict");
/** The family's own routes first, and ten in all. */
const NO_OPENAI_ROUTE = expect.stringMatching(
  /answers POST \/v1\/embeddings, (?:[^,]+, ){9}and more: see GET \/openapi.json$/,
);
const NO_OLLAMA_ROUTE = expect.stringMatching(
  /answers POST \/api\/embed, (?:[^,]+, ){9}and more: see GET \/openapi.json$/,
);

let vectors = "";
let classes = "";
let tokenizer: Tokenizer;

beforeAll(async () => {
  vectors = start(new WordEngine("sentence_embedding"));
  const engine = new WordEngine("sequence_classification");
  const folder = await makeFixture({ head: "sequence-classification" });
  tokenizer = loadTokenizer(readFileSync(join(folder, "tokenizer.json")));
  classes = start(Object.assign(engine, { tokenizer: Promise.resolve(tokenizer) }));
});

/** The vector the engine of these tests has for a text of so many letters, of length 1. */
function unit(letters: number, dimensions = 3): number[] {
  const vector = [letters, 0.1, 1 / 3].slice(0, dimensions);
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

type OpenaiList = {
  object: string;
  data: { object: string; index: number; embedding: number[] | string }[];
  model: string;
  usage: Record<string, number>;
};

function closeTo(found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  for (const [index, value] of expected.entries()) expect(found[index]).toBeCloseTo(value, 5);
}

describe("OpenAI", () => {
  test.each(["/v1/embeddings", "/embeddings"])("POST %s answers a list", async (path) => {
    const response = await post(vectors + path, { model: "any name", input: ["ab c", "d"] });
    expect(response.status).toBe(200);
    expect(Number(response.headers.get("openai-processing-ms"))).toBeGreaterThanOrEqual(1);
    expect(response.headers.get("openai-version")).toBe("2020-10-01");
    expect(response.headers.get("x-request-id")).not.toBeNull();
    const { data, ...list } = (await response.json()) as OpenaiList;
    expect(list).toEqual({
      object: "list",
      model: "words",
      usage: { prompt_tokens: 3, total_tokens: 3 },
    });
    expect(data.map(({ object, index }) => [object, index])).toEqual([
      ["embedding", 0],
      ["embedding", 1],
    ]);
    closeTo(data[0]?.embedding as number[], unit(3));
    closeTo(data[1]?.embedding as number[], unit(1));
  });

  test("base64 is the bytes of the very numbers", async () => {
    const ask = async (encoding_format: string) => {
      const body = { model: "m", input: "ab c", encoding_format, dimensions: 2, user: "u" };
      const response = await post(`${vectors}/v1/embeddings`, body);
      return ((await response.json()) as OpenaiList).data[0]?.embedding;
    };
    const bytes = Uint8Array.fromBase64((await ask("base64")) as string);
    expect(bytes).toHaveLength(8);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const numbers = [view.getFloat32(0, true), view.getFloat32(4, true)];
    closeTo(numbers, unit(3, 2));
    expect((await ask("float")) as unknown as number[]).toEqual(
      numbers.map((value) => Number(value.toPrecision(9))).map((value) => expect.closeTo(value, 6)),
    );
  });

  test("token ids are one input, or several", async () => {
    const ask = async (input: unknown) => {
      const response = await post(`${vectors}/v1/embeddings`, { model: "m", input });
      return (await response.json()) as OpenaiList;
    };
    const one = await ask([2, 3]);
    expect([one.data.length, one.usage["prompt_tokens"]]).toEqual([1, 2]);
    closeTo(one.data[0]?.embedding as number[], unit(5));
    expect((await ask([[2, 3], [1]])).data).toHaveLength(2);
  });

  const INVALID = "invalid_request_error";
  test.each<[string, unknown, number, string, string | null, string | null]>([
    ["no input", { model: "m" }, 400, INVALID, "input", null],
    ["an empty text", { model: "m", input: "" }, 400, INVALID, "input", null],
    ["an empty list", { model: "m", input: [] }, 400, INVALID, "input", null],
    ["a wrong element", { model: "m", input: ["a", {}] }, 400, INVALID, "input[1]", null],
    ["an unknown field", { model: "m", input: "a", inputs: "a" }, 400, INVALID, "inputs", null],
    [
      "a wrong format",
      { input: "a", encoding_format: "hex" },
      400,
      INVALID,
      "encoding_format",
      null,
    ],
    ["no dimensions", { input: "a", dimensions: 0 }, 400, INVALID, "dimensions", null],
    ["too many dimensions", { input: "a", dimensions: 4 }, 400, INVALID, "dimensions", null],
    ["2,049 inputs", { input: new Array(2049).fill("a") }, 400, INVALID, "input", null],
  ])("%s is an error in the envelope", async (_, body, status, type, param, code) => {
    const response = await post(`${vectors}/v1/embeddings`, body);
    expect(response.status).toBe(status);
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    expect(error).toEqual({ message: expect.stringMatching(/^Cannot /), type, param, code });
  });

  test("2,048 inputs are answered", async () => {
    const response = await post(`${vectors}/v1/embeddings`, { input: new Array(2048).fill("a") });
    expect(((await response.json()) as OpenaiList).data).toHaveLength(2048);
  });

  test("a model of another task says what it can do", async () => {
    const response = await post(`${classes}/v1/embeddings`, { model: "m", input: "a" });
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { message: string; type: string } };
    expect(error.type).toBe(INVALID);
    expect(error.message).toContain("it serves POST /predict, POST /classify");
  });

  test("a full queue is a rate limit, a model that loads an error of the server", async () => {
    const busy = new WordEngine("sentence_embedding");
    busy.failure = overloaded();
    const refused = await post(`${start(busy)}/v1/embeddings`, { input: "a" });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(await refused.json()).toMatchObject({
      error: { type: "rate_limit_error", code: "rate_limit_exceeded", param: null },
    });
    const loading = new WordEngine("sentence_embedding", { ready: new Promise(() => undefined) });
    const early = await post(`${start(loading)}/v1/embeddings`, { input: "a" });
    expect(early.status).toBe(503);
    expect(await early.json()).toMatchObject({ error: { type: "server_error" } });
  });

  test("GET /v1/models has the one model, by any spelling of its address", async () => {
    const list = (await (await fetch(`${vectors}/v1/models`)).json()) as { data: object[] };
    const only = {
      id: "words",
      object: "model",
      created: expect.any(Number),
      owned_by: "encoderfile",
    };
    expect(list).toEqual({ object: "list", data: [only] } as never);
    expect(await (await fetch(`${vectors}/v1/models/w%6Frds`)).json()).toEqual(only);
    const other = await fetch(`${vectors}/v1/models/${encodeURIComponent("a/b")}`);
    expect(other.status).toBe(404);
    expect(await other.json()).toMatchObject({
      error: { code: "model_not_found", type: INVALID, param: "model" },
    });
  });
});

test.each<[string, string, number, unknown]>([
  [
    "POST",
    "/v1/chat/completions",
    404,
    { error: { message: NO_OPENAI_ROUTE, param: null, code: null } },
  ],
  ["DELETE", "/v1/models/words", 405, { error: { type: "invalid_request_error" } }],
  ["POST", "/api/chat", 404, { error: NO_OLLAMA_ROUTE }],
  ["POST", "/chat", 404, { error: { code: "SERVER_ROUTE_NOT_FOUND", message: NO_ROUTE } }],
])(
  "%s %s, which nobody serves, is refused as its family does",
  async (method, path, status, body) => {
    const response = await fetch(vectors + path, { method });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject(body as object);
  },
);

test("a refusal for the task names the path that was asked, and one for the type says what to send", async () => {
  const wrong = await fetch(`${vectors}/v1/rerank`, { method: "POST" });
  expect(((await wrong.json()) as { message: string }).message).toStartWith(
    "Cannot serve POST /v1/rerank as the task of this model is sentence_embedding",
  );
  const body = new URLSearchParams('{"input":"a"}');
  const form = await fetch(`${vectors}/api/embed`, { method: "POST", body });
  expect(form.status).toBe(415);
  expect(((await form.json()) as { error: string }).error).toEndWith(
    "(curl: -H 'content-type: application/json')",
  );
});

describe("Ollama", () => {
  test("POST /api/embed answers vectors of length 1 and what they cost", async () => {
    const body = { model: "any", input: ["ab", "c d"], options: { num_ctx: 1 }, keep_alive: "5m" };
    const response = await post(`${vectors}/api/embed`, body);
    expect(response.status).toBe(200);
    const { embeddings, total_duration, ...rest } = (await response.json()) as {
      embeddings: number[][];
      total_duration: number;
    };
    expect(rest).toEqual({ model: "words", load_duration: 0, prompt_eval_count: 3 } as never);
    expect(total_duration).toBeGreaterThan(1000);
    closeTo(embeddings[0] ?? [], unit(2));
    closeTo(embeddings[1] ?? [], unit(2));
  });

  test.each<[string, unknown]>([
    ["no input", { model: "m" }],
    ["null", { model: "m", input: null }],
    ["an empty text", { model: "m", input: "" }],
    ["an empty list", { model: "m", input: [] }],
  ])("%s only asks for the model to be loaded", async (_, body) => {
    const response = await post(`${vectors}/api/embed`, body);
    expect(await response.json()).toMatchObject({ embeddings: [], prompt_eval_count: 0 });
  });

  test.each([
    [2, 2],
    [0, 3],
    [3, 3],
    [99, 3],
  ])("dimensions of %d make vectors of %d", async (dimensions, expected) => {
    const response = await post(`${vectors}/api/embed`, { model: "m", input: "a", dimensions });
    const { embeddings } = (await response.json()) as { embeddings: number[][] };
    closeTo(embeddings[0] ?? [], unit(1, expected));
  });

  test("long texts are cut unless that is refused", async () => {
    const input = "a ".repeat(17);
    const cut = await post(`${vectors}/api/embed`, { model: "m", input });
    expect(cut.headers.get("x-truncated-inputs")).toBe("1");
    expect(await cut.json()).toMatchObject({ prompt_eval_count: 16 });
    const refused = await post(`${vectors}/api/embed`, { model: "m", input, truncate: false });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toEqual({ error: expect.stringContaining("at most 16 tokens") });
  });

  test("POST /api/embeddings answers one vector, or an empty one for no text", async () => {
    const response = await post(`${vectors}/api/embeddings`, { model: "m", prompt: "ab" });
    closeTo(((await response.json()) as { embedding: number[] }).embedding, unit(2));
    const none = await post(`${vectors}/api/embeddings`, { model: "m" });
    expect(await none.json()).toEqual({ embedding: [] });
  });

  test.each<[string, unknown]>([
    ["/api/embed", { model: "m", input: 5 }],
    ["/api/embed", { model: "m", input: ["a", ""] }],
    ["/api/embeddings", { model: "m", prompt: ["a"] }],
  ])("POST %s refuses %j with a sentence", async (path, body) => {
    const response = await post(vectors + path, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: expect.stringMatching(/^Cannot read the/) });
  });

  test("clients find the model, what it can do, and a version", async () => {
    const tags = (await (await fetch(`${vectors}/api/tags`)).json()) as { models: object[] };
    expect(tags.models).toMatchObject([
      {
        name: "words:latest",
        model: "words:latest",
        digest: "ab".repeat(32),
        details: { format: "onnx" },
      },
    ]);
    const version = await (await fetch(`${vectors}/api/version`)).json();
    expect(version).toEqual({ version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
    const shown = await (await post(`${vectors}/api/show`, { model: "words" })).json();
    expect(shown).toMatchObject({
      capabilities: ["embedding"],
      model_info: { "general.architecture": "encoder", "encoder.embedding_length": 3 },
    });
    const other = await (await post(`${classes}/api/show`, { model: "words" })).json();
    expect(other).toMatchObject({ capabilities: [] });
  });

  test("a model of another task says what it can do", async () => {
    const response = await post(`${classes}/api/embed`, { model: "m", input: "a" });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: expect.stringContaining("it serves POST") });
  });
});

describe("TEI", () => {
  test("POST /similarity answers cosines in the order of the sentences", async () => {
    const inputs = { source_sentence: "ab", sentences: ["ab", "abcdef"] };
    const response = await post(`${vectors}/similarity`, {
      inputs,
      parameters: { truncate: true },
    });
    const [same = 0, other = 0] = (await response.json()) as number[];
    expect(same).toBeCloseTo(1, 6);
    const expected = unit(2).reduce((sum, value, at) => sum + value * (unit(6)[at] ?? 0), 0);
    expect(other).toBeCloseTo(expected, 6);
  });

  test.each<[unknown, number, string]>([
    [{ inputs: { source_sentence: "a", sentences: [] } }, 400, "Empty"],
    [{ inputs: { source_sentence: "a" } }, 422, "Validation"],
    [{ inputs: ["a", "b"] }, 422, "Validation"],
    [{ inputs: { source_sentence: "a", sentences: new Array(2048).fill("a") } }, 422, "Validation"],
  ])("POST /similarity refuses what does not fit", async (body, status, error_type) => {
    const response = await post(`${vectors}/similarity`, body);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.any(String), error_type });
  });

  test("POST /embed takes token ids beside texts", async () => {
    const response = await post(`${vectors}/embed`, { inputs: ["ab", [1, 2]], normalize: false });
    expect(await response.json()).toEqual([
      [2, expect.closeTo(0.1), expect.closeTo(1 / 3)],
      [3, expect.closeTo(0.1), expect.closeTo(1 / 3)],
    ]);
  });

  test("POST /tokenize names tokens by the text of the input, and special ones by their name", async () => {
    const response = await post(`${classes}/tokenize`, { inputs: "A é😀 b" });
    const [tokens = []] = (await response.json()) as Record<string, unknown>[][];
    const [first] = tokens;
    expect(first).toEqual({
      id: expect.any(Number),
      text: "[CLS]",
      special: true,
      start: null,
      stop: null,
    });
    expect(tokens.at(-1)).toMatchObject({ text: "[SEP]", special: true, start: null, stop: null });
    const own = tokens.slice(1, -1);
    expect(own[0]).toMatchObject({ text: "A", special: false, start: 0, stop: 1 });
    expect(own.at(-1)).toMatchObject({ text: "b", start: 5, stop: 6 });
    const bytes = await post(`${classes}/tokenize`, { inputs: ["A é😀 b"], offsets: "byte" });
    const [[...counted] = []] = (await bytes.json()) as Record<string, unknown>[][];
    expect(counted.at(-2)).toMatchObject({ text: "b", start: 9, stop: 10 });
    const bare = await post(`${classes}/tokenize`, { inputs: "a", add_special_tokens: false });
    expect(((await bare.json()) as unknown[][])[0]).toHaveLength(1);
  });

  test("POST /decode is the way back", async () => {
    const ids = [...tokenizer.encode("a b c").ids];
    const text = await (await post(`${classes}/decode`, { ids })).json();
    expect(text).toEqual(["a b c"]);
    const whole = await post(`${classes}/decode`, { ids: [ids, ids], skip_special_tokens: false });
    expect(await whole.json()).toEqual(["[CLS] a b c [SEP]", "[CLS] a b c [SEP]"]);
    const unknown = await post(`${classes}/decode`, { ids: [[2 ** 31 - 1]] });
    expect(await unknown.json()).toEqual([""]);
  });

  test.each<[string, unknown, number]>([
    ["/tokenize", { inputs: [] }, 400],
    ["/tokenize", { inputs: [1] }, 422],
    ["/tokenize", {}, 422],
    ["/decode", { ids: [] }, 400],
    ["/decode", { ids: ["a"] }, 422],
    ["/decode", { ids: [2 ** 31] }, 422],
    ["/decode", { ids: [[1], 2] }, 422],
  ])("POST %s refuses %j with %d", async (path, body, status) => {
    expect((await post(classes + path, body)).status).toBe(status);
  });

  test("GET /info describes model and limits", async () => {
    const info = await (await fetch(`${vectors}/info`)).json();
    expect(info).toMatchObject({
      model_id: "words",
      model_sha: "ab".repeat(32),
      model_dtype: "float32",
      model_type: { embedding: { pooling: "mean" } },
      max_input_length: 16,
      max_client_batch_size: 2048,
      auto_truncate: true,
    });
    const other = await (await fetch(`${classes}/info`)).json();
    expect(other).toMatchObject({
      model_type: { classifier: { id2label: { 0: "O" }, label2id: { "B-PER": 1 } } },
    });
  });
});
