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
  return new Outbox({ answerBytesTotalMax: total, answerTimeoutMs });
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
    outbox.expectRoom(MEBIBYTE);
    expect(thrownBy(() => outbox.expectRoom(MEBIBYTE + 1)).code).toBe("SERVER_BUSY");
    await reader.read();
    outbox.expectRoom(2 * MEBIBYTE);
    await reader.cancel();
    outbox.expectRoom(4 * MEBIBYTE);
  });

  test("Outbox gives all of it in its order, and then nothing waits", async () => {
    const outbox = outboxOf(1);
    const reader = streamOf(outbox, 2);
    expect(() => outbox.expectRoom()).toThrow(/may have 1 bytes/);
    let byteLength = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      byteLength += value.byteLength;
    }
    expect(byteLength).toBe(2 * MEBIBYTE);
    outbox.expectRoom(10);
  });

  test("Outbox has room for one answer, however long it is", () => {
    outboxOf(1).expectRoom(MEBIBYTE);
  });

  test("Outbox gives up an answer that was not taken in time", async () => {
    const outbox = outboxOf(1, 1);
    const reader = streamOf(outbox, 2);
    await expect(reader.closed).rejects.toThrow("not taken in time");
    outbox.expectRoom(10);
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

function ask(url: string): Promise<Response> {
  return fetch(`${url}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: BODY,
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
    const answer = (await (await ask(url)).json()) as { results: unknown[] };
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
