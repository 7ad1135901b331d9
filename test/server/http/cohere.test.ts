// Rankings over HTTP: which shape and which errors each path and body gets.
import { afterAll, describe, expect, test } from "bun:test";
import { type RunningServer, serve } from "../../../src/server/index.ts";
import type { TaskId } from "../../../src/task/index.ts";
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

const reranker = start(new WordEngine("reranking"));

async function post(url: string, body: unknown) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
    headers: response.headers,
  };
}

const DOCUMENTS = { query: "q", documents: ["a", "b"] };
const TEXTS = { query: "q", texts: ["a", "b"] };

describe("answers", () => {
  test.each([["/rerank"], ["/v1/rerank"], ["/reranking"], ["/v1/reranking"]])(
    "POST %s answers texts as TEI and documents as Cohere and Jina",
    async (path) => {
      const texts = await post(reranker + path, TEXTS);
      expect(texts.body).toMatchObject([{ index: 0 }, { index: 1 }]);
      const { status, body, headers } = await post(reranker + path, DOCUMENTS);
      expect(status).toBe(200);
      expect(body).toMatchObject({ object: "list", model: "words", results: [{ index: 0 }, {}] });
      expect(body["id"]).toBe(headers.get("x-request-id"));
    },
  );

  test("POST /v2/rerank answers in the shape of version 2 alone", async () => {
    const { body } = await post(`${reranker}/v2/rerank`, DOCUMENTS);
    expect(Object.keys(body)).toEqual(["id", "results", "meta"]);
  });
});

type Errors = "tei" | "ranking" | "cohere";

function keysOf(errors: Errors): string[] {
  return { tei: ["error", "error_type"], ranking: ["message", "detail"], cohere: ["message"] }[
    errors
  ];
}

describe("errors", () => {
  test.each<[string, unknown, number, Errors]>([
    ["/rerank", { ...TEXTS, query: 1 }, 422, "tei"],
    ["/rerank", { query: "q", texts: [] }, 400, "tei"],
    ["/rerank", {}, 422, "tei"],
    ["/rerank", "{", 400, "tei"],
    ["/rerank", { ...TEXTS, ...DOCUMENTS }, 422, "tei"],
    ["/v1/rerank", { ...TEXTS, ...DOCUMENTS }, 422, "tei"],
    ["/rerank", { ...DOCUMENTS, query: 1 }, 400, "ranking"],
    ["/v1/rerank", { ...DOCUMENTS, query: 1 }, 400, "ranking"],
    ["/v1/rerank", { query: "q", documents: [] }, 400, "ranking"],
    ["/v1/rerank", { query: "q", documents: Array(1001).fill("a") }, 400, "ranking"],
    ["/v1/rerank", "{", 400, "ranking"],
    ["/v1/rerank", [], 400, "ranking"],
    ["/v1/rerank", { ...TEXTS, query: 1 }, 422, "tei"],
    ["/v2/rerank", { ...DOCUMENTS, query: 1 }, 400, "cohere"],
    ["/v2/rerank", { query: "q", documents: [] }, 400, "cohere"],
    ["/v2/rerank", TEXTS, 400, "cohere"],
    ["/v2/rerank", "{", 400, "cohere"],
  ])("POST %s speaks the dialect of what it was sent: %#", async (path, sent, status, errors) => {
    const reply = await post(reranker + path, sent);
    expect(reply.status).toBe(status);
    expect(Object.keys(reply.body)).toEqual(keysOf(errors));
    expect(reply.body[keysOf(errors)[0]!]).toStartWith("Cannot read the ");
  });

  test.each<[string, number, Errors]>([
    ["/rerank", 424, "tei"],
    ["/v1/rerank", 400, "ranking"],
    ["/v2/rerank", 400, "cohere"],
  ])("POST %s to a model of another task says what it can do", async (path, status, errors) => {
    for (const task of ["sentence_embedding", "token_classification"] satisfies TaskId[]) {
      const reply = await post(start(new WordEngine(task)) + path, DOCUMENTS);
      expect(reply.status).toBe(status);
      expect(Object.keys(reply.body)).toEqual(keysOf(errors));
      const message = reply.body[keysOf(errors)[0]!];
      expect(message).toContain(`the task of this model is ${task} where reranking is expected`);
      expect(message).toContain("it serves POST /predict, ");
    }
  });

  test.each<[string, Errors]>([
    ["/v1/rerank", "ranking"],
    ["/v2/rerank", "cohere"],
  ])("POST %s to a busy server is refused with 429", async (path, errors) => {
    const engine = new WordEngine("reranking");
    engine.failure = overloaded();
    const reply = await post(start(engine) + path, DOCUMENTS);
    expect(reply.status).toBe(429);
    expect(reply.headers.get("retry-after")).toBe("1");
    expect(Object.keys(reply.body)).toEqual(keysOf(errors));
  });

  test("GET of a ranking path speaks its dialect", async () => {
    const response = await fetch(`${reranker}/v2/rerank`);
    expect(response.status).toBe(405);
    expect(await response.json()).toEqual({ message: "Cannot GET this path: use POST" });
  });
});
