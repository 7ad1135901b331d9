// Bodies at and above the limit, slow, chunked and cut off, over real sockets.
import { afterAll, describe, expect, test } from "bun:test";
import { DISCARD_BYTES_MAX, HTTP_LIMITS } from "../../../src/server/http/limit.ts";
import { type RunningServer, serve } from "../../../src/server/index.ts";
import { RawHttp } from "../../helper/raw-http.ts";
import { WordEngine } from "../../helper/word-engine.ts";

const LIMIT = 4096;
const servers: RunningServer[] = [];

function start(engine: WordEngine, limits?: Partial<typeof HTTP_LIMITS>): RunningServer {
  const httpLimits = { ...HTTP_LIMITS, bodyBytesMax: LIMIT, ...limits };
  const server = serve({
    engine,
    host: "127.0.0.1",
    port: 0,
    onFault: () => undefined,
    httpLimits,
  });
  servers.push(server);
  return server;
}

afterAll(() => {
  for (const server of servers) server.abort();
});

const server = start(new WordEngine("sentence_embedding"));

function bodyOf(byteLength: number): string {
  const frame = '{"inputs":""}';
  return frame.replace('""', `"${"x".repeat(byteLength - frame.length)}"`);
}

const HEAD = "POST /embed HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n";
const REQUEST = `${HEAD}Content-Length: 14\r\n\r\n{"inputs":"a"}`;

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

async function connected<T>(to: RunningServer, use: (client: RawHttp) => Promise<T>): Promise<T> {
  const client = await RawHttp.connect(to.port);
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}

describe("size", () => {
  test.each([
    [LIMIT - 1, 200],
    [LIMIT, 200],
    [LIMIT + 1, 413],
    [LIMIT * 100, 413],
  ])("a body of %d bytes with Content-Length is %d", async (byteLength, status) => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${server.url}/embed`, {
      method: "POST",
      headers,
      body: bodyOf(byteLength),
    });
    expect(response.status).toBe(status);
    if (status === 413) {
      expect(await response.json()).toMatchObject({ error_type: "Validation" });
    }
  });

  test.each([
    [LIMIT, "200 OK"],
    [LIMIT + 1, "413 Payload Too Large"],
  ])("a chunked body of %d bytes is %s", async (byteLength, status) => {
    const received = await connected(server, async (client) => {
      const body = bodyOf(byteLength);
      await client.send(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
      for (let at = 0; at < body.length; at += 1000) {
        await client.send(chunk(body.slice(at, at + 1000)));
      }
      await client.send("0\r\n\r\n");
      return client.until(/\}|\]\]/);
    });
    expect(received).toStartWith(`HTTP/1.1 ${status}`);
  });

  test("an endless chunked body is refused and its connection closed", async () => {
    const received = await connected(server, async (client) => {
      await client.send(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
      const closed = client.closed();
      const piece = chunk("x".repeat(LIMIT));
      let done = false;
      closed.then(() => {
        done = true;
      });
      while (!done) {
        await client.send(piece);
        await new Promise((resolve) => setImmediate(resolve));
      }
      return closed;
    });
    expect(received).toMatch(/^HTTP\/1\.1 413.*connection: close/is);
  });

  test("a body that is too large but bounded is thrown away, and the connection goes on", async () => {
    const received = await connected(server, async (client) => {
      await client.send(`${HEAD}Content-Length: ${LIMIT + 1}\r\n\r\n`);
      await client.until(/\}/);
      await client.send("x".repeat(LIMIT + 1));
      await client.send(REQUEST);
      return client.until(/\]\]/);
    });
    expect(received).toMatch(/^HTTP\/1\.1 413.*HTTP\/1\.1 200 OK/s);
    expect(received).not.toMatch(/connection: close/i);
  });

  test("a body that is announced beyond all bounds closes the connection unread", async () => {
    const received = await connected(server, async (client) => {
      await client.send(`${HEAD}Content-Length: ${DISCARD_BYTES_MAX + 1}\r\n\r\nx`);
      return client.closed();
    });
    expect(received).toMatch(/^HTTP\/1\.1 413.*connection: close/is);
  });

  test.each(["-1", "1x", "9".repeat(40)])(
    "Content-Length %s is no 200 and no 5xx",
    async (value) => {
      const received = await connected(server, async (client) => {
        await client.send(`${HEAD}Content-Length: ${value}\r\n\r\nx`);
        return client.closed();
      });
      expect(received).toMatch(/^HTTP\/1\.1 4\d\d/);
    },
  );
});

describe("time", () => {
  test("a body that stalls is 408 and its connection closed", async () => {
    const slow = start(new WordEngine("sentence_embedding"), { bodyTimeoutMs: 50 });
    const received = await connected(slow, async (client) => {
      await client.send(`${HEAD}Content-Length: 14\r\n\r\n{"inp`);
      return client.closed();
    });
    expect(received).toStartWith("HTTP/1.1 408");
    expect(received).toMatch(/connection: close/i);
    expect(received).toContain("not all of its 14 bytes came within 50 ms");
  });

  test("a body of unknown length that stalls is 408 and its connection closed", async () => {
    const slow = start(new WordEngine("sentence_embedding"), { bodyTimeoutMs: 50 });
    const received = await connected(slow, async (client) => {
      await client.send(`${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\n{"inp\r\n`);
      return client.closed();
    });
    expect(received).toStartWith("HTTP/1.1 408");
    expect(received).toMatch(/connection: close/i);
    expect(received).toContain("5 bytes came within 50 ms");
  });

  test("a body that comes in pieces is put together", async () => {
    const received = await connected(server, async (client) => {
      await client.send(`${HEAD}Content-Length: 14\r\n\r\n`);
      for (const character of '{"inputs":"a"}') await client.send(character);
      return client.until(/\]\]/);
    });
    expect(received).toStartWith("HTTP/1.1 200");
  });

  test.each([2 ** 16, 2 ** 16 + 1])("a body of %d bytes is read whole", async (byteLength) => {
    const large = start(new WordEngine("sentence_embedding"), { bodyBytesMax: 2 ** 17 });
    const body = '{"inputs":"a"}'.padEnd(byteLength);
    const received = await connected(large, async (client) => {
      await client.send(`${HEAD}Content-Length: ${byteLength}\r\n\r\n`);
      await client.send(body.slice(0, 20_000));
      await client.send(body.slice(20_000));
      return client.until(/\]\]/);
    });
    expect(received).toStartWith("HTTP/1.1 200");
  });
});

describe("clients that leave", () => {
  test("in the middle of the body, they leave the server as it was", async () => {
    await connected(server, (client) => client.send(`${HEAD}Content-Length: 14\r\n\r\n{"inp`));
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });

  test("while the model works, they abort the run", async () => {
    const engine = new WordEngine("sentence_embedding");
    const { port, url } = start(engine);
    const release = engine.hold();
    const client = await RawHttp.connect(port);
    await client.send(REQUEST);
    await engine.begun;
    const [signal] = engine.signals;
    expect(signal?.aborted).toBe(false);
    const aborted = new Promise((resolve) => signal?.addEventListener("abort", resolve));
    client.destroy();
    await aborted;
    release();
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  test("with one half of the connection, they still get their answer", async () => {
    const engine = new WordEngine("sentence_embedding");
    const { port } = start(engine);
    const release = engine.hold();
    const client = await RawHttp.connect(port);
    await client.send(REQUEST);
    client.end();
    await engine.begun;
    release();
    expect(await client.closed()).toStartWith("HTTP/1.1 200");
  });
});
