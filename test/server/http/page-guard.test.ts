// Pages of other names, as a browser sends their requests after a name was made to point to this machine.
import { afterAll, describe, expect, test } from "bun:test";
import {
  createKeyRing,
  type RequestScope,
  type ServeOptions,
  serve,
  serveMetrics,
} from "../../../src/server/index.ts";
import { createMetrics } from "../../../src/server/observe/metrics.ts";
import { hasOpenssl, makeCertificate } from "../../helper/certificate.ts";
import { RawHttp } from "../../helper/raw-http.ts";
import { createTempDir } from "../../helper/temp-dir.ts";
import { WordEngine } from "../../helper/word-engine.ts";

const stops: (() => void)[] = [];
afterAll(() => {
  for (const stop of stops) stop();
});

const BODY = '{"inputs":"a bb"}';

function start(options: Partial<ServeOptions> = {}): number {
  const engine = new WordEngine("sentence_embedding");
  const own = { engine, host: "127.0.0.1", port: 0, onFault: () => undefined };
  const server = serve({ ...own, ...options });
  stops.push(server.abort);
  return server.port;
}

/** The head and the body of an answer to a request made by hand: clients choose the Host header themselves. */
async function ask(port: number, line: string, headers: Record<string, string>): Promise<string> {
  const client = await RawHttp.connect(port);
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const isPost = line.startsWith("POST");
  const entity = `Content-Type: application/json\r\nContent-Length: ${BODY.length}\r\n`;
  const head = `${line} HTTP/1.1\r\n${fields.join("")}Connection: close\r\n`;
  await client.send(`${head}${isPost ? entity : ""}\r\n${isPost ? BODY : ""}`);
  return await client.closed();
}

const statusOf = (answer: string) => Number(answer.split(" ")[1]);

const BROWSER = { "Accept-Language": "en" };
const EVIL = "evil.test:8080";

describe("createPageGuard()", () => {
  const port = start({ corsOrigins: ["https://a.test"] });

  test.each<[string, Record<string, string>]>([
    ["its own name as origin and as host", { Host: EVIL, Origin: `http://${EVIL}` }],
    ["another origin", { Host: "localhost", Origin: "http://evil.test" }],
    [
      "an origin that begins like this machine",
      { Host: "a", Origin: "http://localhost.evil.test" },
    ],
    ["an address that is a part of a name", { Host: "a", Origin: "http://127.0.0.1.evil.test" }],
    ["no name", { Host: "localhost", Origin: "null" }],
    ["an allowed name at another port", { Host: "a.test", Origin: "https://a.test:444" }],
  ])("SERVER_FOREIGN_PAGE: a page with %s is 403", async (_, headers) => {
    const answer = await ask(port, "POST /predict", headers);
    expect(statusOf(answer)).toBe(403);
    expect(answer).toContain('"code":"SERVER_FOREIGN_PAGE"');
    expect(answer).not.toContain("x-model-digest");
  });

  test.each(["/model", "/info", "/metrics", "/", "/livez", "/nothing"])(
    "createPageGuard() refuses GET %s of a browser under another name, which sends no Origin",
    async (path) => {
      for (const sent of [BROWSER, { "Sec-Fetch-Site": "same-origin" }]) {
        const answer = await ask(port, `GET ${path}`, { Host: EVIL, ...sent });
        expect(statusOf(answer)).toBe(403);
        expect(answer).not.toContain("words");
      }
    },
  );

  test.each<[string, Record<string, string>]>([
    ["localhost", { Host: "localhost:8080", Origin: "http://localhost:8080", ...BROWSER }],
    ["localhost of another port", { Host: "LocalHost.", Origin: "http://localhost:3000" }],
    ["a name below localhost", { Host: "me.localhost", Origin: "http://me.localhost", ...BROWSER }],
    ["an address", { Host: "127.0.0.1", Origin: "http://127.0.0.1", ...BROWSER }],
    ["an address of version 6", { Host: "[::1]:8080", Origin: "http://[::1]:8080", ...BROWSER }],
    ["another address", { Host: "10.0.0.1", Origin: "http://10.0.0.1", ...BROWSER }],
    ["an allowed origin", { Host: "localhost", Origin: "https://a.test", ...BROWSER }],
    ["an allowed origin behind a proxy", { Host: "a.test", Origin: "https://a.test", ...BROWSER }],
    ["another name, of a program", { Host: "model.internal:8080", Accept: "*/*" }],
  ])("createPageGuard() lets through what comes from %s", async (_, headers) => {
    expect(statusOf(await ask(port, "POST /embed", headers))).toBe(200);
  });

  test.each<[string, Partial<ServeOptions>]>([
    ["that asks for keys", { keys: createKeyRing(["key"]) }],
    ["others can reach", { host: "0.0.0.0" }],
    ["any page may ask", { corsOrigins: ["*"] }],
  ])("createPageGuard() is not for a server %s", async (_, options) => {
    const headers = { Host: EVIL, Origin: `http://${EVIL}`, "X-Api-Key": "key" };
    expect(statusOf(await ask(start(options), "POST /embed", headers))).toBe(200);
  });

  test("createPageGuard() is not for unix sockets, where a proxy hands on what browsers sent", async () => {
    using folder = createTempDir();
    const socketPath = folder.join("s");
    start({ socketPath });
    const headers = { origin: "https://public.test", "accept-language": "en" };
    const response = await fetch("http://public.test/model", {
      unix: socketPath,
      headers,
    });
    expect(response.status).toBe(200);
  });

  test.skipIf(!hasOpenssl)(
    "createPageGuard() is not for TLS, as nobody else has the certificate",
    async () => {
      using folder = createTempDir();
      const { cert, key } = makeCertificate(folder, "a");
      const port = start({ tls: { cert, key } });
      const response = await fetch(`https://127.0.0.1:${port}/model`, {
        headers: { origin: "https://public.test" },
        tls: { rejectUnauthorized: false },
      });
      expect(response.status).toBe(200);
    },
  );

  test("a preflight of another name is allowed nothing, as everywhere", async () => {
    const headers = { Host: EVIL, Origin: "http://evil.test" };
    const asked = { ...headers, "Access-Control-Request-Method": "POST" };
    const answer = await ask(port, "OPTIONS /embed", asked);
    expect(statusOf(answer)).toBe(204);
    expect(answer.toLowerCase()).not.toContain("access-control");
  });

  test("what was refused is told and counted, and asked nothing of the model", async () => {
    const metrics = createMetrics({
      engine: new WordEngine("sentence_embedding"),
      openDescriptors: () => 7,
    });
    stops.push(() => metrics[Symbol.dispose]());
    const seen: unknown[] = [];
    const onRequest = (scope: RequestScope) => {
      metrics.record(scope);
      seen.push([scope.route?.path, scope.status, scope.errorCode, scope.asksModel]);
    };
    const watched = start({ onRequest });
    await ask(watched, "POST /embed", { Host: EVIL, Origin: `http://${EVIL}` });
    expect(seen).toEqual([["/embed", 403, "SERVER_FOREIGN_PAGE", false]]);
    const text = metrics.text();
    expect(text).toContain('encoderfile_rejected_requests_total{reason="foreign_page"} 1\n');
  });
});

describe("serveMetrics()", () => {
  test("serveMetrics() refuses pages of other names where only this machine can ask", async () => {
    using metrics = serveMetrics({ host: "127.0.0.1", port: 0, text: () => "# counts\n" });
    const port = Number(new URL(metrics.url).port);
    const answer = await ask(port, "GET /metrics", { Host: EVIL, ...BROWSER });
    expect(statusOf(answer)).toBe(403);
    expect(answer).not.toContain("# counts");
    expect(await ask(port, "GET /metrics", { Host: "prometheus.test" })).toContain("# counts");
  });
});
