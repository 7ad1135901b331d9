// Lines of the log: their shape, what they never hold, and that nobody waits for who reads them.
import { afterAll, describe, expect, test } from "bun:test";
import { CodedError } from "../../../src/error/index.ts";
import { type RunningServer, serve } from "../../../src/server/index.ts";
import { createLog, type LogLevel, type LogOptions } from "../../../src/server/observe/log.ts";
import { createObservation } from "../../../src/server/observe/observation.ts";
import { WordEngine } from "../../helper/word-engine.ts";

const servers: RunningServer[] = [];
afterAll(() => {
  for (const server of servers) server.abort();
});

function captured(options: Partial<LogOptions> = {}) {
  const texts: string[] = [];
  const log = createLog({
    format: "json",
    level: "info",
    sink: (text) => {
      texts.push(text);
      return undefined;
    },
    ...options,
  });
  const lines = () =>
    texts
      .join("")
      .split("\n")
      .filter((line) => line !== "");
  return { log, lines, objects: () => lines().map((line) => JSON.parse(line)) };
}

async function start(level: LogLevel, format: "text" | "json" = "json") {
  const engine = new WordEngine("sentence_embedding");
  const { log, lines, objects } = captured({ level, format });
  const observation = await createObservation({
    engine,
    log,
    env: {},
    remoteOf: (request) => server.remoteOf(request),
  });
  const server = serve({
    engine,
    host: "127.0.0.1",
    port: 0,
    onFault: (error, request) => log.error(`${request?.path}: ${error.code}: ${error.message}`),
    ...observation,
  });
  servers.push(server);
  const post = async (path: string, body: string, headers: Record<string, string> = {}) => {
    const response = await fetch(server.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    });
    await response.arrayBuffer();
    await log.flush();
    return response.status;
  };
  return { engine, url: server.url, post, lines, objects, observation };
}

describe("a request's line", () => {
  test("a request's line has all there is to know of it, under stable names", async () => {
    const { post, objects } = await start("info");
    await post("/embed", '{"inputs":["one two","three"]}', { "x-request-id": "me-1" });
    await post("/nothing", "{}");
    const [answered, lost] = objects();
    expect(answered).toMatchObject({
      level: "info",
      event: "request",
      request_id: "me-1",
      method: "POST",
      route: "/embed",
      status: 200,
      error: null,
      inputs: 2,
      tokens: 3,
      truncated: 0,
      tokenize_ms: 2,
      queue_ms: 2,
      inference_ms: 3,
      bytes_in: 30,
      trace_id: null,
      remote: "127.0.0.1",
    });
    expect(answered.bytes_out).toBeGreaterThan(10);
    expect(answered.duration_ms).toBeGreaterThan(0);
    expect(Math.abs(Date.parse(answered.time) - Date.now())).toBeLessThan(10_000);
    expect(Object.keys(lost)).toEqual(Object.keys(answered));
    expect(lost).toMatchObject({ route: null, status: 404, error: "SERVER_ROUTE_NOT_FOUND" });
  });

  test("a request's line as text is one line of name=value", async () => {
    const { post, lines } = await start("info", "text");
    await post("/embed", '{"inputs":"one"}', { "x-request-id": 'a b="c' });
    expect(lines()).toHaveLength(1);
    expect(lines()[0]).toMatch(
      /^encoderfile: \S+Z request request_id="a b=\\"c" method=POST route=\/embed status=200 duration_ms=\S+ inputs=1 tokens=1 truncated=0 /,
    );
  });

  test.each<[LogLevel, number]>([
    ["error", 0],
    ["warn", 0],
    ["info", 1],
    ["debug", 4],
  ])("at level %s, an embedding, two probes and a scrape are %d lines", async (level, count) => {
    const { url, post, lines } = await start(level);
    for (const path of ["/livez", "/readyz", "/metrics"]) await (await fetch(url + path)).text();
    await post("/embed", '{"inputs":"one"}');
    expect(lines()).toHaveLength(count);
  });

  test.each<["text" | "json"]>([["text"], ["json"]])(
    "no line of any level holds an input, as %s",
    async (format) => {
      const { engine, url, post, lines } = await start("debug", format);
      const canary = "canary7531";
      expect(await post("/embed", JSON.stringify({ inputs: canary }))).toBe(200);
      expect(await post("/embed", JSON.stringify({ inputs: { [canary]: 1 } }))).toBe(422);
      expect(await post("/embed", JSON.stringify({ inputs: "x", [canary]: canary }))).toBe(200);
      expect(await post("/embed", `{"inputs": ${canary}`)).toBe(400);
      expect(await post(`/embed?text=${canary}`, '{"inputs":"one"}')).toBe(200);
      const long = `${canary} `.repeat(50);
      expect(await post("/embed", JSON.stringify({ inputs: long, truncate: false }))).toBe(422);
      expect(await post("/rerank", JSON.stringify({ query: canary, texts: [canary] }))).toBe(424);
      engine.failure = new CodedError("INTERNAL", "Cannot go on");
      expect(await post("/embed", JSON.stringify({ inputs: canary }))).toBe(424);
      engine.failure = new CodedError("ENGINE_OVERLOADED", "Cannot queue");
      expect(await post("/embed", JSON.stringify({ inputs: canary }))).toBe(429);
      await (await fetch(`${url}/metrics`)).text();
      expect(lines().length).toBeGreaterThan(9);
      expect(lines().join("\n")).not.toContain(canary);
    },
  );
});

describe("createLog()", () => {
  test("createLog() makes one object in a line of anything", () => {
    const { log, lines, objects } = captured();
    const hostile = 'a\nb\r\u0000\u001b[31m"\\\u2028\u202e\u009b';
    log.warn(hostile);
    expect(lines()).toHaveLength(1);
    expect(lines()[0]).toMatch(/^[\x20-\x7e]+$/);
    expect(objects()[0]).toMatchObject({ level: "warn", event: "message", message: hostile });
  });

  test("Log.report() writes facts and lists of them, whatever the level", async () => {
    const fields = { steps: [{ step: "a b", took_ms: null }] };
    const json = captured({ level: "error" });
    const text = captured({ format: "text", level: "error" });
    for (const { log } of [json, text]) {
      log.report("start_profile", fields);
      await log.flush();
    }
    expect(json.objects()[0]).toMatchObject({ level: "info", event: "start_profile", ...fields });
    expect(text.lines()[0]).toEndWith(' start_profile steps=[{"step":"a b","took_ms":null}]');
  });

  test("createLog() says in text when and what", () => {
    const { log, lines } = captured({ format: "text" });
    log.info("ready after 3 ms");
    log.warn("beware");
    log.error("POST /a: INTERNAL: Cannot");
    const time = /^encoderfile: (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) /;
    expect(lines().map((line) => line.replace(time, ""))).toEqual([
      "ready after 3 ms",
      "warning: beware",
      "POST /a: INTERNAL: Cannot",
    ]);
    const [first = ""] = lines();
    expect(Math.abs(Date.parse(time.exec(first)?.[1] ?? "") - Date.now())).toBeLessThan(10_000);
  });

  test("createLog() drops and counts what a slow reader does not take, and goes on after it", async () => {
    const taken: string[] = [];
    const waiting: (() => void)[] = [];
    const sink = (text: string) => {
      taken.push(text);
      return new Promise<void>((resolve) => waiting.push(resolve));
    };
    const { log } = captured({ sink, format: "text", pendingMax: 130 });
    for (let at = 0; at < 50; at++) log.info(`line ${at}`);
    expect(taken).toEqual([expect.stringMatching(/^encoderfile: \S+Z line 0\n$/)]);
    waiting.shift()?.();
    const flushed = log.flush();
    while (taken.length < 2) await Promise.resolve();
    waiting.shift()?.();
    await flushed;
    expect(taken[1]).toMatch(/^encoderfile: \S+Z line 1\n/);
    expect(taken[1]).toMatch(/encoderfile: \S+Z warning: 4\d lines of this log were dropped/);
    expect(taken[1]!.length).toBeLessThan(260);
  });

  test.each<[string, LogOptions["sink"]]>([
    [
      "throws",
      () => {
        throw new Error("EPIPE");
      },
    ],
    ["rejects", () => Promise.reject(new Error("EPIPE"))],
  ])("createLog() lives on when its sink %s", async (_, sink) => {
    const { log } = captured({ sink });
    log.info("a");
    log.event("info", "request", { a: 1 });
    await log.flush();
    log.info("b");
    await log.flush();
  });
});
