// The listening socket: what is in its way, and how it ends.
import { describe, expect, test } from "bun:test";
import { CodedError, isCodedError } from "../../src/error/index.ts";
import {
  createKeyRing,
  type RequestScope,
  type ServeOptions,
  serve,
} from "../../src/server/index.ts";
import { RawHttp } from "../helper/raw-http.ts";
import { WordEngine } from "../helper/word-engine.ts";

function start(engine: WordEngine, options?: Partial<ServeOptions>) {
  return serve({ engine, host: "127.0.0.1", port: 0, onFault: () => undefined, ...options });
}

function thrownBy(action: () => unknown): CodedError {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof CodedError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}

const BODY = '{"inputs":"a"}';
const EMBED = `POST /embed HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;
const CHUNKED_EMBED = `POST /embed HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;

describe("serve()", () => {
  test("serve() takes a free port for 0 and tells it", async () => {
    const server = start(new WordEngine("embedding"));
    expect(server.port).toBeGreaterThan(0);
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect(server.loopback).toBe(true);
    expect(await server.stop()).toBe(true);
  });

  test("serve() answers an alias as the route it stands for, whatever else is there", async () => {
    const usual = "/v1/endpoints/1/deployedModels/2:predict";
    const aliases = [
      { path: "/alive", of: "/health" },
      { path: "/predict", of: "/vertex" },
      { path: usual, of: "/vertex" },
    ];
    const keys = createKeyRing(["key"]);
    const server = start(new WordEngine("sentence_embedding"), { aliases, keys });
    expect((await fetch(`${server.url}/alive`)).status).toBe(200);
    for (const path of ["/predict", usual]) {
      const headers = { "content-type": "application/json", "x-api-key": "key" };
      const body = '{"instances":[{"inputs":"a"}]}';
      const response = await fetch(server.url + path, { method: "POST", headers, body });
      expect([path, response.status]).toEqual([path, 200]);
      expect(await response.json()).toHaveProperty("predictions");
    }
    expect((await fetch(server.url + usual, { method: "POST" })).status).toBe(401);
    await server.stop();
  });

  test("serve() throws SERVER_ADDRESS_IN_USE in one clear line", async () => {
    const first = start(new WordEngine("embedding"));
    const error = thrownBy(() => start(new WordEngine("embedding"), { port: first.port }));
    expect(isCodedError(error, "SERVER_ADDRESS_IN_USE")).toBe(true);
    expect(error.message).toBe(
      `Cannot listen on 127.0.0.1 port ${first.port} as it must be free: found it in use: choose another with --port`,
    );
    await first.stop();
  });

  test.each(["192.0.2.1", "300.1.1.1", "nosuch.invalid", "fe80::1", "a b", "http://localhost"])(
    "serve() throws SERVER_LISTEN_FAILED for %s, which is not of this machine",
    (host) => {
      const error = thrownBy(() => start(new WordEngine("embedding"), { host }));
      expect(isCodedError(error, "SERVER_LISTEN_FAILED")).toBe(true);
      expect(error.message).toBe(
        `Cannot listen on ${host} port 0 as it must be an address of this machine: ` +
          "found no such host or address: choose another with --host",
      );
    },
  );

  test.each([
    ["[::1]", true],
    ["::1", true],
    ["LocalHost", true],
  ])("serve() listens on %s", async (host, loopback) => {
    const server = start(new WordEngine("embedding"), { host });
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    expect(server.loopback).toBe(loopback);
    await server.stop();
  });

  test("closeIdle() closes what had its answer, and nothing else", async () => {
    const engine = new WordEngine("sentence_embedding");
    const server = start(engine);
    const idle = await RawHttp.connect(server.port);
    await idle.send("GET /livez HTTP/1.1\r\nHost: test\r\n\r\n");
    await idle.until(/live/);
    const release = engine.hold();
    const busy = await RawHttp.connect(server.port);
    await busy.send(EMBED);
    await engine.begun;
    expect(server.closeIdle()).toBe(1);
    await idle.closed();
    release();
    expect(await busy.until(/\]\]/)).toContain("200 OK");
    busy.destroy();
    await server.stop();
  });

  test("serve() knows which addresses others can reach", async () => {
    const open = start(new WordEngine("embedding"), { host: "0.0.0.0" });
    expect(open.loopback).toBe(false);
    await open.stop();
  });
});

describe("stop()", () => {
  test("stop() ends idle connections and accepts no more", async () => {
    const server = start(new WordEngine("sentence_embedding"));
    const idle = await RawHttp.connect(server.port);
    await idle.send(EMBED);
    await idle.until(/\]\]/);
    expect(await server.stop()).toBe(true);
    expect(await fetch(`${server.url}/livez`).catch((error) => error.code)).toBe("ECONNREFUSED");
    await idle.closed();
  });

  test("stop() lets a request in flight finish and closes its connection", async () => {
    const engine = new WordEngine("sentence_embedding");
    const server = start(engine);
    const release = engine.hold();
    const client = await RawHttp.connect(server.port);
    await client.send(EMBED);
    await engine.begun;
    const stopped = server.stop();
    release();
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 200.*connection: close.*\[\[/is);
    expect(await stopped).toBe(true);
  });

  test("stop() cuts what does not finish within the bound and aborts its run", async () => {
    const engine = new WordEngine("sentence_embedding");
    const ended = Promise.withResolvers<unknown>();
    const onRequest = ({ status, errorCode, responseBytes }: RequestScope) =>
      ended.resolve([status, errorCode, responseBytes]);
    const server = start(engine, { drainTimeoutMs: 50, onRequest });
    engine.hold();
    const client = await RawHttp.connect(server.port);
    await client.send(EMBED);
    await engine.begun;
    const [signal] = engine.signals;
    expect(await server.stop()).toBe(false);
    expect(await client.closed()).toBe("");
    expect(signal?.aborted).toBe(true);
    // Logs and counters must not say that the client went, nor that it was answered.
    expect(await ended.promise).toEqual([499, "SERVER_CUT_OFF", 0]);
  });

  test.each([
    ["a header", "POST /embed HTTP/1.1\r\nHost:", ""],
    [
      "a body",
      EMBED.slice(0, -1),
      /^HTTP\/1\.1 503 .*connection: close.*shutting down: not all of its 14 bytes had come/is,
    ],
    [
      "a body of unknown length",
      CHUNKED_EMBED.slice(0, -7),
      /^HTTP\/1\.1 503 .*connection: close.*shutting down: 14 bytes had come/is,
    ],
  ])("stop() does not wait for the rest of %s", async (_name, part, answer) => {
    const server = start(new WordEngine("sentence_embedding"));
    const client = await RawHttp.connect(server.port);
    await client.send(part);
    // Another connection's answer tells that the server has seen the first.
    await fetch(`${server.url}/livez`);
    expect(await server.stop()).toBe(true);
    expect(await client.closed()).toMatch(answer);
  });

  test("stop() takes a body that arrives in the meantime", async () => {
    const server = start(new WordEngine("sentence_embedding"));
    const client = await RawHttp.connect(server.port);
    await client.send(EMBED.slice(0, -1));
    await fetch(`${server.url}/livez`);
    const stopped = server.stop();
    await client.send(EMBED.slice(-1));
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 200.*\[\[/is);
    expect(await stopped).toBe(true);
  });

  test("stop() waits for an answer, whatever others have not sent", async () => {
    const engine = new WordEngine("sentence_embedding");
    const server = start(engine);
    const release = engine.hold();
    const half = await RawHttp.connect(server.port);
    await half.send(EMBED.slice(0, -1));
    const client = await RawHttp.connect(server.port);
    await client.send(EMBED);
    await engine.begun;
    const stopped = server.stop();
    expect(await half.closed()).toMatch(/^HTTP\/1\.1 503/);
    release();
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 200.*\[\[/is);
    expect(await stopped).toBe(true);
  });

  test("abort() cuts everything at once", async () => {
    const engine = new WordEngine("sentence_embedding");
    const server = start(engine);
    engine.hold();
    const client = await RawHttp.connect(server.port);
    await client.send(EMBED);
    await engine.begun;
    server.abort();
    expect(await client.closed()).toBe("");
  });
});
