// What answers will hold is reserved before the model works for them, refused where there is no room, and given back
// however the request ends.
import { afterAll, describe, expect, test } from "bun:test";
import { create } from "@bufbuild/protobuf";
import { HELD_NUMBERS_MAX } from "../../../src/contract/index.ts";
import { ModelSchema } from "../../../src/gen/manifest_pb.ts";
import { AnswerRoom } from "../../../src/server/http/answer-room.ts";
import { HTTP_LIMITS, type RunningServer, serve } from "../../../src/server/index.ts";
import { type TaskId, taskNumber, type View } from "../../../src/task/index.ts";
import { thrownBy } from "../../helper/coded.ts";
import { RawHttp } from "../../helper/raw-http.ts";
import { WordEngine } from "../../helper/word-engine.ts";

/** What is reserved, with the room that reserves it. */
function roomOf(task: TaskId, width: number) {
  const asked: number[] = [];
  const room = new AnswerRoom(create(ModelSchema, { task: taskNumber(task), width }), {
    hold: (byteLength) => asked.push(byteLength),
    release: () => {},
  });
  return { room, asked };
}

const COUNT = { inputs: 10, tokens: 1_000, longest: 200 };

describe("AnswerRoom", () => {
  test.each<[TaskId, View, number | undefined, number]>([
    // Tokens, numbers of the model, items of the answer.
    ["sentence_embedding", "default", undefined, 1_000 * 32 + 10 * 384 * (8 + 12)],
    ["sentence_embedding", "tokens", 384_000, 1_000 * 32 + 1_000 * 384 * (8 + 12)],
    ["embedding", "default", 393_000, 1_000 * 32 + 1_000 * 384 * 8 + 393_000 * 12],
    ["token_classification", "default", undefined, 1_000 * 32 + 1_000 * 384 * 8],
    ["reranking", "default", undefined, 1_000 * 32 + 10 * 384 * (8 + 12)],
  ])("AnswerRoom reserves for %s (%s)", (task, view, items, bytes) => {
    const { room, asked } = roomOf(task, 384);
    room.expect(COUNT, { items, view });
    expect(asked).toEqual([bytes]);
  });

  test("AnswerRoom reserves for some weights of a vocabulary, and for more as they come", () => {
    const { room, asked } = roomOf("sparse_embedding", 30_522);
    room.expect(COUNT, { items: undefined, view: undefined });
    const tokens = 1_000 * 32;
    room.checkNumbers({ inputs: 1, numbers: 10 });
    room.checkNumbers({ inputs: 10, numbers: 100_000 });
    room.addItems(50_000);
    room.addItems(50_000);
    const expected = tokens + 10 * 1024 * (2 * 8 + 4 * 12);
    const given = tokens + 100_000 * 8 + 10 * 1024 * 4 * 12;
    const made = tokens + 100_000 * 8 + 100_000 * 12;
    expect(asked).toEqual([expected, expected, given, given + (50_000 - 40_960) * 12, made]);
  });

  test("AnswerRoom refuses more numbers than are held of one request", () => {
    const { room } = roomOf("sparse_embedding", 30_522);
    room.checkNumbers({ inputs: 2, numbers: HELD_NUMBERS_MAX });
    const refused = thrownBy(() => room.checkNumbers({ inputs: 4, numbers: 2 * HELD_NUMBERS_MAX }));
    expect(refused).toMatchObject({ code: "REQUEST_ANSWER_TOO_LARGE", detail: { fits: 2 } });
  });

  test("AnswerRoom bounds nothing without a reservation", () => {
    new AnswerRoom(
      create(ModelSchema, { task: taskNumber("embedding"), width: 9 }),
      undefined,
    ).expect(COUNT, { items: 5, view: undefined });
  });
});

const servers: RunningServer[] = [];

afterAll(() => {
  for (const server of servers) server.abort();
});

function start(engine: WordEngine, answerBytesTotalMax: number): RunningServer {
  const server = serve({
    engine,
    host: "127.0.0.1",
    port: 0,
    onFault: () => undefined,
    httpLimits: { ...HTTP_LIMITS, answerBytesTotalMax },
  });
  servers.push(server);
  return server;
}

const BODY = JSON.stringify({ inputs: ["a b c"] });
const REQUEST = `POST /predict HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

function ask(url: string): Promise<Response> {
  return fetch(`${url}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: BODY,
  });
}

/** With a bound of a byte there is room for whoever is alone, and for nobody else: 200 means that nothing is held. */
async function untilNothingIsHeld(url: string): Promise<void> {
  for (;;) {
    const response = await ask(url);
    await response.arrayBuffer();
    if (response.status === 200) return;
    expect(response.status).toBe(429);
  }
}

describe("reservations", () => {
  test("an answer there is no room for is refused at once, with the model at work for others", async () => {
    const engine = new WordEngine("embedding");
    const { url } = start(engine, 1);
    const release = engine.hold();
    const first = ask(url);
    await engine.begun;
    const refused = await ask(url);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(await refused.text()).toContain("answers that are being made");
    release();
    expect((await first).status).toBe(200);
    await untilNothingIsHeld(url);
  });

  test("what was reserved is given back when clients leave while the model works", async () => {
    const engine = new WordEngine("embedding");
    const { url, port } = start(engine, 1);
    const release = engine.hold();
    const client = await RawHttp.connect(port);
    await client.send(REQUEST);
    await engine.begun;
    expect((await ask(url)).status).toBe(429);
    client.destroy();
    const { signals } = engine;
    const [first] = signals;
    if (first?.aborted === false) {
      await new Promise((resolve) => first.addEventListener("abort", resolve));
    }
    release();
    await untilNothingIsHeld(url);
  });

  test("what was reserved is given back when the model fails", async () => {
    const engine = new WordEngine("embedding");
    const { url } = start(engine, 1);
    engine.failure = new Error("broken");
    expect((await ask(url)).status).toBe(500);
    engine.failure = undefined;
    expect((await ask(url)).status).toBe(200);
  });

  test("many short requests at once never see the bound", async () => {
    const engine = new WordEngine("embedding");
    const { url } = start(engine, HTTP_LIMITS.answerBytesTotalMax);
    const release = engine.hold();
    const asked = Array.from({ length: 64 }, () => ask(url));
    await engine.begun;
    release();
    const statuses = await Promise.all(asked.map(async (response) => (await response).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});
