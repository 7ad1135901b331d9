// Answers on their way: what waits for slow clients is counted over all requests, bounded, and given up in time.
import { afterAll, describe, expect, test } from "bun:test";
import { LIMITS } from "../../../src/contract/index.ts";
import { Outbox } from "../../../src/server/http/outbox.ts";
import type { Printed } from "../../../src/server/http/reply.ts";
import { HTTP_LIMITS, type RunningServer, serve } from "../../../src/server/index.ts";
import { thrownBy } from "../../helper/coded.ts";
import { RawHttp } from "../../helper/raw-http.ts";
import { WordEngine } from "../../helper/word-engine.ts";

const MEBIBYTE = 1024 * 1024;

function printed(chunks: number): Printed {
  return {
    chunks: Array.from({ length: chunks }, () => new Uint8Array(MEBIBYTE)),
    byteLength: chunks * MEBIBYTE,
  };
}

function outboxOf(total: number, answerTimeoutMs = 60_000): Outbox {
  return new Outbox({ answerBytesTotalMax: total, answerTimeoutMs, requestsMax: 1024 });
}

/** Throws unless another request could hold so much. */
function expectRoom(outbox: Outbox, byteLength: number): void {
  const reservation = outbox.reserve();
  try {
    reservation.hold(byteLength);
  } finally {
    reservation.release();
  }
}

function streamOf(outbox: Outbox, chunks: number) {
  const body = outbox.post(printed(chunks));
  if (!(body instanceof ReadableStream)) throw new Error("a long answer is a stream");
  return body.getReader();
}

describe("Outbox", () => {
  test("Outbox counts what was not taken: room is at the bound, and not one byte beyond", async () => {
    const outbox = outboxOf(4 * MEBIBYTE);
    const reader = streamOf(outbox, 3);
    expectRoom(outbox, MEBIBYTE);
    expect(thrownBy(() => expectRoom(outbox, MEBIBYTE + 1)).code).toBe("SERVER_BUSY");
    await reader.read();
    expectRoom(outbox, 2 * MEBIBYTE);
    await reader.cancel();
    expectRoom(outbox, 4 * MEBIBYTE);
    expect(outbox.held).toBe(0);
  });

  test("Outbox gives all of it in its order, and then nothing waits", async () => {
    const outbox = outboxOf(1);
    const reader = streamOf(outbox, 2);
    expect(() => expectRoom(outbox, 1)).toThrow(/may have 1 bytes/);
    let byteLength = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      byteLength += value.byteLength;
    }
    expect(byteLength).toBe(2 * MEBIBYTE);
    expect(outbox.held).toBe(0);
  });

  test("Outbox has room for one answer, however long it is", () => {
    expectRoom(outboxOf(1), MEBIBYTE);
  });

  test("Outbox gives up an answer that was not taken in time", async () => {
    const outbox = outboxOf(1, 1);
    const reader = streamOf(outbox, 2);
    await expect(reader.closed).rejects.toThrow("not taken in time");
    expect(outbox.held).toBe(0);
  });

  test("reserve() counts what is reserved at its highest, and nothing once it is released", () => {
    const outbox = outboxOf(4 * MEBIBYTE);
    const [one, other] = [outbox.reserve(), outbox.reserve()];
    one.hold(3 * MEBIBYTE);
    one.hold(MEBIBYTE);
    expect(outbox.held).toBe(3 * MEBIBYTE);
    other.hold(MEBIBYTE);
    expect(thrownBy(() => other.hold(MEBIBYTE + 1)).code).toBe("SERVER_BUSY");
    expect(thrownBy(() => one.hold(3 * MEBIBYTE + 1)).code).toBe("SERVER_BUSY");
    expect(outbox.held).toBe(4 * MEBIBYTE);
    one.release();
    other.hold(9 * MEBIBYTE);
    other.release();
    other.hold(MEBIBYTE);
    other.release();
    expect(outbox.held).toBe(0);
  });

  test("reserve() refuses nobody a fair share of the bound", () => {
    const outbox = new Outbox({
      answerBytesTotalMax: MEBIBYTE,
      answerTimeoutMs: 60_000,
      requestsMax: 16,
    });
    outbox.reserve().hold(2 * MEBIBYTE);
    outbox.reserve().hold(MEBIBYTE / 16);
    expect(thrownBy(() => outbox.reserve().hold(MEBIBYTE / 16 + 1)).code).toBe("SERVER_BUSY");
    expect(outbox.held).toBe(2 * MEBIBYTE + MEBIBYTE / 16);
  });

  test("post() counts an answer in place of what was reserved for it", async () => {
    const outbox = outboxOf(4 * MEBIBYTE);
    const reservation = outbox.reserve();
    reservation.hold(3 * MEBIBYTE);
    const body = outbox.post(printed(2), reservation);
    expect(outbox.held).toBe(2 * MEBIBYTE);
    reservation.release();
    expect(outbox.held).toBe(2 * MEBIBYTE);
    if (body instanceof ReadableStream) await body.cancel();
    expect(outbox.held).toBe(0);
  });

  test("post() has no room for more than was reserved, when there is none", () => {
    const outbox = outboxOf(4 * MEBIBYTE);
    outbox.reserve().hold(3 * MEBIBYTE);
    const reservation = outbox.reserve();
    reservation.hold(MEBIBYTE);
    expect(thrownBy(() => outbox.post(printed(2), reservation)).code).toBe("SERVER_BUSY");
    reservation.release();
    expect(outbox.held).toBe(3 * MEBIBYTE);
  });

  test("Outbox joins the pieces of a short answer", () => {
    const chunks = [Uint8Array.of(1, 2), Uint8Array.of(3)];
    const body = outboxOf(1).post({ chunks, byteLength: 3 });
    expect(body).toEqual(Uint8Array.of(1, 2, 3));
  });
});

const servers: RunningServer[] = [];

afterAll(() => {
  for (const server of servers) server.abort();
});

function start(limits: Partial<typeof HTTP_LIMITS>): RunningServer {
  const server = serve({
    engine: new WordEngine("embedding"),
    host: "127.0.0.1",
    port: 0,
    onFault: () => undefined,
    httpLimits: { ...HTTP_LIMITS, ...limits },
    requestLimits: { ...LIMITS, inputsPerRequest: INPUTS },
  });
  servers.push(server);
  return server;
}

/** Some 18 MB of answer: more than the buffers of a connection take. */
const INPUTS = 10_000;
const BODY = JSON.stringify({ inputs: Array.from({ length: INPUTS }, () => "a ".repeat(16)) });
const HEAD = `POST /predict HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n`;

function ask(url: string, body = '{"inputs":["a"]}'): Promise<Response> {
  return fetch(`${url}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
}

describe("slow readers", () => {
  test("answers nobody takes are counted, others are told to come back, and leaving makes room", async () => {
    const { url, port } = start({ answerBytesTotalMax: 1 });
    const client = await RawHttp.connect(port);
    await client.send(HEAD + BODY);
    await client.until(/200 OK/);
    client.pause();
    const refused = await ask(url);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(await refused.text()).toContain("have not taken yet");
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    client.destroy();
    for (;;) {
      const { status } = await ask(url).then(async (response) => {
        await response.arrayBuffer();
        return response;
      });
      if (status === 200) break;
    }
  });

  test("a long answer that is taken is whole", async () => {
    const { url } = start({});
    const answer = (await (await ask(url, BODY)).json()) as { results: unknown[] };
    expect(answer.results).toHaveLength(INPUTS);
  });

  test("who does not take a long answer in time is cut off", async () => {
    const { url, port } = start({ answerBytesTotalMax: 1, answerTimeoutMs: 400 });
    const client = await RawHttp.connect(port);
    await client.send(HEAD + BODY);
    await client.until(/200 OK/);
    client.pause();
    // Others find room only once it was given up.
    for (;;) {
      const response = await ask(url);
      await response.arrayBuffer();
      if (response.status === 200) break;
    }
    client.resume();
    // Without its end, so that nobody takes a part for the whole.
    expect(await client.closed()).not.toEndWith("\r\n0\r\n\r\n");
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });
});
