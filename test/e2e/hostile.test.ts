// What strangers may do to a compiled server: too much, too slowly, or in pieces. It stays small, answers others, and
// never dies.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { cachedDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import { RawHttp } from "../helper/raw-http.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { buildFile } from "./executable.ts";
import { Watched } from "./watched.ts";

const folder = createTempDir();
let file: string;

beforeAll(async () => {
  file = await buildFile(
    folder.join("sentiment.encoderfile"),
    (await cachedDemoModels()).sentiment,
  );
});
afterAll(() => folder[Symbol.dispose]());

async function serving(...args: readonly string[]) {
  const server = new Watched([file, "serve", "--port", "0", ...args]);
  const url = await server.url();
  await server.until(/ready after/);
  return Object.assign(server, { address: url, port: Number(new URL(url).port) });
}

const HEAD = "POST /predict HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n";
const MEBIBYTE = 1024 * 1024;

function residentMebibytes(pid: number): number {
  const [, kibibytes] =
    /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kibibytes) / 1024;
}

const JSON_POST = { method: "POST", headers: { "content-type": "application/json" } };

describe("too much", () => {
  test.skipIf(process.platform !== "linux")(
    "64 clients with 15 MB each are answered 200, 413, 422 or 429 within bounded memory, and probes in time",
    async () => {
      await using server = await serving();
      const texts = Array.from({ length: 75 }, () => "word ".repeat(40_000));
      const body = JSON.stringify({ inputs: texts, truncate: true });
      expect(body.length).toBeGreaterThan(14 * MEBIBYTE);
      let slowestMs = 0;
      let over = false;
      const probing = (async () => {
        while (!over) {
          const startMs = performance.now();
          expect((await fetch(`${server.address}/livez`)).status).toBe(200);
          slowestMs = Math.max(slowestMs, performance.now() - startMs);
        }
      })();
      const statuses = await Promise.all(
        Array.from({ length: 64 }, () =>
          fetch(`${server.address}/predict`, { ...JSON_POST, body }).then(
            ({ status }) => status,
            // Refused before the body was read: the connection ends while the client still sends.
            () => 429,
          ),
        ),
      );
      over = true;
      await probing;
      const counts = [...new Set(statuses)].map(
        (status) => `${statuses.filter((other) => other === status).length} x ${status}`,
      );
      const peak = Math.round(residentMebibytes(server.child.pid));
      console.info(`${counts.join()}, slowest probe ${Math.round(slowestMs)} ms, ${peak} MiB`);
      expect(statuses.filter((status) => ![200, 429, 503, 504].includes(status))).toEqual([]);
      expect(residentMebibytes(server.child.pid)).toBeLessThan(2048);
      expect(slowestMs).toBeLessThan(3000);
      const calm = await fetch(`${server.address}/predict`, {
        ...JSON_POST,
        body: '{"inputs":["a"]}',
      });
      expect(calm.status).toBe(200);
    },
    120_000,
  );

  test("more connections than allowed cost idle ones theirs, and others are answered", async () => {
    await using server = await serving("--max-connections", "60");
    const idle = await Promise.all(Array.from({ length: 80 }, () => RawHttp.connect(server.port)));
    for (const client of idle) {
      await client.send("GET /livez HTTP/1.1\r\nHost: test\r\n\r\n");
      await client.until(/live/);
    }
    await Promise.race(idle.map((client) => client.closed()));
    await server.until(/warning: more than 60 files and connections are open: closed \d+ idle/);
    expect((await fetch(`${server.address}/livez`)).status).toBe(200);
    for (const client of idle) client.destroy();
  });

  test("--max-header bounds a head at once", async () => {
    await using server = await serving("--max-header", "2048");
    const within = await fetch(`${server.address}/livez`, { headers: { x: "x".repeat(1500) } });
    expect(within.status).toBe(200);
    const beyond = await fetch(`${server.address}/livez`, { headers: { x: "x".repeat(2048) } });
    expect(beyond.status).toBe(431);
  });

  test("--max-tokens cuts what the model would take whole", async () => {
    await using server = await serving("--max-tokens", "8");
    const ask = (text: string, more = {}) =>
      fetch(`${server.address}/predict`, {
        ...JSON_POST,
        body: JSON.stringify({ inputs: [text], ...more }),
      });
    const index = (await (await fetch(`${server.address}/model`)).json()) as { max_length: number };
    expect(index.max_length).toBe(8);
    expect((await ask("a ".repeat(6))).headers.get("x-truncated-inputs")).toBeNull();
    for (const words of [7, 20_000]) {
      const cut = await ask("a ".repeat(words));
      expect([words, cut.status, cut.headers.get("x-truncated-inputs")]).toEqual([words, 200, "1"]);
      expect((await ask("a ".repeat(words), { truncate: false })).status).toBe(422);
    }
  });

  test("--queue-length bounds what waits", async () => {
    await using server = await serving("--queue-length", "4");
    const ask = (count: number) =>
      fetch(`${server.address}/predict`, {
        ...JSON_POST,
        body: JSON.stringify({ inputs: Array.from({ length: count }, () => "a") }),
      });
    expect((await ask(4)).status).toBe(200);
    const beyond = await ask(5);
    // It will never fit: there is nothing to wait for.
    expect(beyond.status).toBe(422);
    expect(beyond.headers.get("retry-after")).toBeNull();
  });
});

describe("too slow", () => {
  test("heads and bodies that trickle are ended, others are answered meanwhile", async () => {
    await using server = await serving("--body-timeout", "0.5");
    const heads = await Promise.all(Array.from({ length: 50 }, () => RawHttp.connect(server.port)));
    for (const client of heads) await client.send("GET /livez HTT");
    const body = await RawHttp.connect(server.port);
    await body.send(`${HEAD}Content-Length: 100\r\n\r\n{`);
    expect((await fetch(`${server.address}/livez`)).status).toBe(200);
    expect(await body.closed()).toMatch(/^HTTP\/1\.1 408 /);
    await Promise.all(heads.map((client) => client.closed()));
    expect((await fetch(`${server.address}/livez`)).status).toBe(200);
  });

  test("a deadline that has passed is 504 or 429, never later work", async () => {
    await using server = await serving();
    const inputs = Array.from({ length: 512 }, () => "word ".repeat(100));
    const body = JSON.stringify({ inputs });
    const headers = { ...JSON_POST.headers, "x-request-timeout-ms": "1" };
    const response = await fetch(`${server.address}/predict`, { ...JSON_POST, headers, body });
    expect([429, 504]).toContain(response.status);
    expect(await response.json()).toHaveProperty("error.code");
  });
});

describe("in pieces", () => {
  test("requests of random bytes, halves of requests and resets leave it alive and quiet", async () => {
    await using server = await serving();
    const body = '{"inputs":["a"]}';
    const whole = `${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`;
    for (let length = 1; length < whole.length; length += 7) {
      const client = await RawHttp.connect(server.port);
      await client.send(whole.slice(0, length));
      if (length % 2 === 0) client.end();
      client.destroy();
    }
    for (let seed = 1; seed <= 50; seed++) {
      const client = await RawHttp.connect(server.port);
      await client.send(
        Uint8Array.from({ length: 200 }, (_, at) => (at * seed * 131 + seed) % 256),
      );
      client.destroy();
    }
    const answer = await fetch(`${server.address}/predict`, { ...JSON_POST, body });
    expect(answer.status).toBe(200);
    expect(server.log).not.toMatch(/INTERNAL|at .*\.ts/);
    server.child.kill("SIGTERM");
    expect(await server.child.exited).toBe(0);
  });
});
