// Requests without a usable Host header, over raw sockets: no client library sends them.
import { afterAll, describe, expect, test } from "bun:test";
import { serve } from "../../../src/server/index.ts";
import { RawHttp } from "../../helper/raw-http.ts";
import { WordEngine } from "../../helper/word-engine.ts";

const faults: string[] = [];
const server = serve({
  engine: new WordEngine("sentence_embedding"),
  host: "127.0.0.1",
  port: 0,
  onFault: (error) => faults.push(error.message),
});

afterAll(() => server.abort());

async function ask(request: string): Promise<string> {
  const client = await RawHttp.connect(server.port);
  try {
    await client.send(`${request}\r\n\r\n`);
    return await client.until(/\r\n\r\n./s);
  } finally {
    client.destroy();
  }
}

describe("pathOf()", () => {
  test.each([
    ["GET /health HTTP/1.0"],
    ["GET /health?a=//b HTTP/1.0"],
    ["GET /health HTTP/1.0\r\nHost:"],
    ["GET /health HTTP/1.1\r\nHost:"],
    ["GET /health HTTP/1.1\r\nHost: test"],
    ["GET /health HTTP/1.1\r\nHost: [::1]:80"],
    ["GET http://other/health HTTP/1.1\r\nHost: test"],
  ])("pathOf() finds the path of %j", async (request) => {
    expect(await ask(request)).toMatch(/^HTTP\/1\.1 200 OK\r\n.*"OK!"$/s);
  });

  test.each([
    ["GET //health HTTP/1.0"],
    ["GET //health HTTP/1.1\r\nHost: test"],
    ["GET /:x/health HTTP/1.0"],
  ])("pathOf() takes no part of a path for a host: %j", async (request) => {
    expect(await ask(request)).toMatch(/^HTTP\/1\.1 404 .*"SERVER_ROUTE_NOT_FOUND"/s);
  });

  test.each([["[::1"], ["a b[::"], ["a/b"], ["x/livez?"], ["u@x"], ["x:99999"], ["xn--"], ["x#"]])(
    "pathOf() throws SERVER_BAD_HOST for %j",
    async (host) => {
      const answer = await ask(`GET /health HTTP/1.1\r\nHost: ${host}`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 .*connection: close.*"SERVER_BAD_HOST"/is);
      expect(answer).toContain(`found \\"${host}\\"`);
      expect(faults).toEqual([]);
    },
  );
});
