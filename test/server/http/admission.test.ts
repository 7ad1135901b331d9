// Bounds over all requests together: how many, and how many bytes of bodies, at the bound and one beyond.
import { afterAll, describe, expect, test } from "bun:test";
import { isCodedError } from "../../../src/error/index.ts";
import { createAdmission } from "../../../src/server/http/admission.ts";
import { HTTP_LIMITS } from "../../../src/server/http/limit.ts";
import { type RunningServer, serve } from "../../../src/server/index.ts";
import { RawHttp } from "../../helper/raw-http.ts";
import { WordEngine } from "../../helper/word-engine.ts";

const servers: RunningServer[] = [];

afterAll(() => {
  for (const server of servers) server.abort();
});

function start(engine: WordEngine, limits: Partial<typeof HTTP_LIMITS>): RunningServer {
  const httpLimits = { ...HTTP_LIMITS, ...limits };
  const onFault = () => undefined;
  const server = serve({ engine, host: "127.0.0.1", port: 0, onFault, httpLimits });
  servers.push(server);
  return server;
}

function isBusy(action: () => unknown): boolean {
  try {
    action();
    return false;
  } catch (thrown) {
    if (!isCodedError(thrown, "SERVER_BUSY")) throw thrown;
    return true;
  }
}

const HEAD = "POST /embed HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n";

describe("createAdmission()", () => {
  test("createAdmission() throws SERVER_BUSY for one request too many, until one ends", () => {
    const admission = createAdmission({ requestsMax: 2, bodyBytesTotalMax: 10 });
    const first = admission.admit();
    admission.admit();
    expect(isBusy(() => admission.admit())).toBe(true);
    first.release();
    expect(isBusy(() => admission.admit())).toBe(false);
  });

  test("createAdmission() takes bytes up to the bound over all requests", () => {
    const admission = createAdmission({ requestsMax: 9, bodyBytesTotalMax: 10 });
    const first = admission.admit();
    const second = admission.admit();
    first.take(6);
    expect(isBusy(() => second.expect(5))).toBe(true);
    second.take(4);
    expect(isBusy(() => second.take(1))).toBe(true);
    first.release();
    expect(isBusy(() => second.take(6))).toBe(false);
    expect(isBusy(() => second.take(1))).toBe(true);
  });
});

describe("a server that takes on only so much", () => {
  test("one request too many is 429 with Retry-After, probes are answered", async () => {
    const engine = new WordEngine("sentence_embedding");
    const { url } = start(engine, { requestsMax: 1 });
    const release = engine.hold();
    const body = JSON.stringify({ inputs: "a" });
    const init = { method: "POST", headers: { "content-type": "application/json" }, body };
    const held = fetch(`${url}/embed`, init);
    await engine.begun;
    const refused = await fetch(`${url}/embed`, init);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(await refused.json()).toMatchObject({ error_type: "Overloaded" });
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    release();
    expect((await held).status).toBe(200);
    expect((await fetch(`${url}/embed`, init)).status).toBe(200);
  });

  test("bodies that are too much together are 429 before they are read, and room comes back", async () => {
    const engine = new WordEngine("sentence_embedding");
    const server = start(engine, { bodyBytesTotalMax: 100 });
    const release = engine.hold();
    const body = JSON.stringify({ inputs: "x".repeat(87) });
    expect(body).toHaveLength(100);
    const request = `${HEAD}Content-Length: 100\r\n\r\n${body}`;
    const first = await RawHttp.connect(server.port);
    await first.send(request);
    await engine.begun;
    const second = await RawHttp.connect(server.port);
    await second.send(`${HEAD}Content-Length: 1\r\n\r\n`);
    expect(await second.closed()).toMatch(/^HTTP\/1\.1 429 .*may have 100 bytes/s);
    release();
    expect(await first.until(/\]\]/)).toMatch(/^HTTP\/1\.1 200/);
    const third = await RawHttp.connect(server.port);
    await third.send(request);
    expect(await third.until(/\]\]/)).toMatch(/^HTTP\/1\.1 200/);
    first.destroy();
    third.destroy();
  });

  test("who announces a body and sends none holds no room", async () => {
    const server = start(new WordEngine("sentence_embedding"), { bodyBytesTotalMax: 100 });
    const silent = await RawHttp.connect(server.port);
    await silent.send(`${HEAD}Content-Length: 100\r\n\r\n`);
    const other = await RawHttp.connect(server.port);
    await other.send(`${HEAD}Content-Length: 14\r\n\r\n{"inputs":"a"}`);
    expect(await other.until(/\]\]/)).toMatch(/^HTTP\/1\.1 200/);
    silent.destroy();
    other.destroy();
  });

  test("a chunked body is counted as it comes", async () => {
    const server = start(new WordEngine("sentence_embedding"), { bodyBytesTotalMax: 100 });
    const client = await RawHttp.connect(server.port);
    await client.send(`${HEAD}Transfer-Encoding: chunked\r\n\r\n65\r\n${"x".repeat(101)}\r\n`);
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 429 .*connection: close/is);
  });
});
