// Every bound a request can run into, at the bound and one beyond: the status, the envelope of the dialect and the
// path of the field.
import { afterAll, describe, expect, test } from "bun:test";
import { LIMITS } from "../../../src/contract/index.ts";
import { HTTP_LIMITS, type RunningServer, serve } from "../../../src/server/index.ts";
import type { TaskId } from "../../../src/task/index.ts";
import { RawHttp } from "../../helper/raw-http.ts";
import { WordEngine } from "../../helper/word-engine.ts";

const servers: RunningServer[] = [];

afterAll(() => {
  for (const server of servers) server.abort();
});

function start(task: TaskId): RunningServer {
  const server = serve({
    engine: new WordEngine(task),
    host: "127.0.0.1",
    port: 0,
    onFault: (error) => {
      throw error;
    },
    httpLimits: { ...HTTP_LIMITS, bodyBytesMax: 400, jsonDepthMax: 4, jsonMembersMax: 6 },
    requestLimits: { ...LIMITS, inputsPerRequest: 3, charactersPerInput: 20, textsPerRerank: 2 },
  });
  servers.push(server);
  return server;
}

const embedder = start("sentence_embedding");
const reranker = start("reranking");

function post(url: string, body: string): Promise<Response> {
  return fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
}

const repeated = (count: number, text: string) => Array.from({ length: count }, () => text);
const sized = (byteLength: number) => {
  const frame = JSON.stringify({ inputs: "a" });
  return frame + " ".repeat(byteLength - frame.length);
};
const nested = (depth: number) =>
  `{"inputs":"a","x":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
const membered = (count: number) => {
  const more = Array.from({ length: count - 1 }, (_, at) => `"x${at}":1`);
  return `{${['"inputs":"a"', ...more].join()}}`;
};
const inputs = (...texts: unknown[]) => JSON.stringify({ inputs: texts });

describe("bounds", () => {
  test.each<[string, string, string, number, RegExp]>([
    ["bytes of a body", sized(400), sized(401), 413, /may have 400 bytes: found 401/],
    ["levels of JSON", nested(4), nested(5), 400, /may nest 4 levels/],
    ["members of JSON", membered(6), membered(7), 400, /may have 6 members/],
    ["inputs", inputs(...repeated(3, "a")), inputs(...repeated(4, "a")), 422, /"inputs".* 3 /],
    ["characters", inputs("a".repeat(20)), inputs("a", "a".repeat(21)), 422, /"inputs\[1\]".* 20 /],
  ])("%s are counted", async (_, within, beyond, status, message) => {
    expect((await post(`${embedder.url}/embed`, within)).status).toBe(200);
    const tei = await post(`${embedder.url}/embed`, beyond);
    expect(tei.status).toBe(status);
    const { error, error_type } = (await tei.json()) as { error: string; error_type: string };
    expect([error, error_type]).toEqual([expect.stringMatching(message), "Validation"]);
    const native = await post(`${embedder.url}/predict`, beyond);
    expect(native.status).toBe(status);
    expect(await native.json()).toMatchObject({
      error: { message: expect.stringMatching(message) },
    });
  });

  test("documents of a ranking are counted", async () => {
    const ranking = (count: number) => JSON.stringify({ query: "q", texts: repeated(count, "a") });
    expect((await post(`${reranker.url}/rerank`, ranking(2))).status).toBe(200);
    const beyond = await post(`${reranker.url}/rerank`, ranking(3));
    expect(beyond.status).toBe(422);
    expect(await beyond.text()).toMatch(/texts.* 2 /);
  });

  test.each([
    ["a member twice", '{"inputs":"a","inputs":"a"}', 400, /member \\"inputs\\" twice/],
    ["a member twice, once in escapes", '{"inputs":"a","\\u0069nputs":"a"}', 400, /twice/],
    ["a gigantic number", '{"inputs":"a","dimensions":1e400}', 422, /dimensions/],
    ["a long number", `{"inputs":"a","dimensions":${"9".repeat(300)}}`, 422, /dimensions/],
    ["a truth for a text", '{"inputs":[true]}', 422, /inputs\[0\]/],
    ["nothing", "", 400, /empty body/],
    ["half a value", '{"inputs":["a"', 400, /JSON/],
    ["a NaN", '{"inputs":NaN}', 400, /JSON/],
  ])("%s is refused with the place", async (_, body, status, message) => {
    for (const path of ["/embed", "/predict"]) {
      const response = await post(embedder.url + path, body);
      expect([path, response.status]).toEqual([path, status]);
      expect(await response.text()).toMatch(message);
    }
  });
});

describe("sockets", () => {
  test("a head that is too long is 431, and the server goes on", async () => {
    const client = await RawHttp.connect(embedder.port);
    await client.send(`GET /livez HTTP/1.1\r\nHost: test\r\nX-Long: ${"x".repeat(17_000)}\r\n\r\n`);
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 431 /);
    expect((await fetch(`${embedder.url}/livez`)).status).toBe(200);
  });

  test.each([
    ["two lengths", "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
    ["a length and chunks", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["a negative length", "Content-Length: -1\r\n\r\n"],
    ["a length that is no number", "Content-Length: x\r\n\r\n"],
    ["a field without a colon", "Nonsense\r\n\r\n"],
  ])("a head with %s is 400", async (_, rest) => {
    const client = await RawHttp.connect(embedder.port);
    await client.send(`POST /embed HTTP/1.1\r\nHost: test\r\n${rest}`);
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("a client that closes its half after the request is answered", async () => {
    const client = await RawHttp.connect(embedder.port);
    const body = '{"inputs":"a"}';
    const head = "POST /embed HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n";
    await client.send(`${head}Content-Length: ${body.length}\r\n\r\n${body}`);
    expect(await client.until(/\]\]/)).toContain("200 OK");
    client.end();
    await client.closed();
    expect((await fetch(`${embedder.url}/livez`)).status).toBe(200);
  });

  test("garbage ends its connection only", async () => {
    const client = await RawHttp.connect(embedder.port);
    await client.send(Uint8Array.from({ length: 4096 }, (_, at) => (at * 31) % 256));
    await client.send("\r\n\r\n");
    expect(await client.closed()).toMatch(/^(?:HTTP\/1\.1 (?:400|505) |$)/);
    expect((await fetch(`${embedder.url}/livez`)).status).toBe(200);
  });
});
