// HTTPS: certificates that are served, exchanged and refused, and clients that must have one.
import { afterAll, describe, expect, test } from "bun:test";
import { connect } from "node:tls";
import { isCodedError } from "../../src/error/index.ts";
import { type RunningServer, type ServeOptions, serve, type Tls } from "../../src/server/index.ts";
import { openListener, replaceListener } from "../../src/socket/index.ts";
import { hasOpenssl, makeCertificate } from "../helper/certificate.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { WordEngine } from "../helper/word-engine.ts";

const folder = createTempDir();
const servers: RunningServer[] = [];

afterAll(() => {
  for (const server of servers) server.abort();
  folder[Symbol.dispose]();
});

const exchange =
  process.platform === "linux" ? { open: openListener, replace: replaceListener } : undefined;

function start(tls: Tls, options: Partial<ServeOptions> = {}): RunningServer {
  const engine = new WordEngine("sentence_embedding");
  const onFault = () => undefined;
  const server = serve({ engine, host: "127.0.0.1", port: 0, onFault, exchange, tls, ...options });
  servers.push(server);
  return server;
}

type Seen = { readonly name: string; readonly answer: string };

/** Whose certificate the server shows, and what it answers; what went wrong stands in for the answer. */
function ask(port: number, ca: string, own: { cert?: string; key?: string } = {}): Promise<Seen> {
  return new Promise((resolve) => {
    let answer = "";
    let name = "";
    const socket = connect({ port, host: "127.0.0.1", ca, ...own }, () => {
      name = String(socket.getPeerCertificate().subject.CN);
      socket.write("GET /livez HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    });
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", (error) => resolve({ name, answer: error.message }));
    socket.on("close", () => resolve({ name, answer }));
  });
}

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (thrown) {
    if (isCodedError(thrown)) return thrown.code;
    throw thrown;
  }
}

describe.skipIf(!hasOpenssl)("serve() with certificates (needs openssl)", () => {
  const authority = makeCertificate(folder, "authority");
  const first = makeCertificate(folder, "first", authority);
  const second = makeCertificate(folder, "second", authority);
  const stranger = makeCertificate(folder, "stranger");

  test("serve() speaks HTTPS and says so", async () => {
    const server = start(first);
    expect(server.url).toBe(`https://127.0.0.1:${server.port}`);
    const response = await fetch(`${server.url}/livez`, { tls: { ca: authority.cert } });
    expect(await response.json()).toEqual({ status: "live" });
  });

  test.each([
    ["exchanging its socket", exchange],
    ["listening anew", undefined],
  ])("reloadTls() gives new connections the new certificate, %s", async (_, way) => {
    const server = start(first, { exchange: way });
    expect((await ask(server.port, authority.cert)).name).toBe("first");
    server.reloadTls(second);
    const { name, answer } = await ask(server.port, authority.cert);
    expect([name, answer.slice(0, 15)]).toEqual(["second", "HTTP/1.1 200 OK"]);
    server.reloadTls(first);
    expect((await ask(server.port, authority.cert)).name).toBe("first");
    expect(await server.stop()).toBe(true);
    expect((await ask(server.port, authority.cert)).answer).toMatch(/ECONNREFUSED|failed/i);
  });

  test("reloadTls() lets requests in flight finish", async () => {
    const engine = new WordEngine("sentence_embedding");
    const release = engine.hold();
    const server = start(first, { engine });
    const held = fetch(`${server.url}/embed`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"inputs":"a"}',
      tls: { ca: authority.cert },
    });
    await engine.begun;
    server.reloadTls(second);
    expect((await ask(server.port, authority.cert)).name).toBe("second");
    release();
    expect((await held).status).toBe(200);
    expect(await server.stop()).toBe(true);
  });

  test("reloadTls() throws SERVER_TLS_INVALID for what does not fit, and nothing changes", async () => {
    const server = start(first);
    expect(codeOf(() => server.reloadTls({ cert: first.cert, key: second.key }))).toBe(
      "SERVER_TLS_INVALID",
    );
    expect((await ask(server.port, authority.cert)).name).toBe("first");
  });

  test.each<[string, Tls]>([
    ["a key of another certificate", { cert: first.cert, key: second.key }],
    ["texts that are no PEM", { cert: "x", key: "y" }],
    ["an authority that is no PEM", { cert: first.cert, key: first.key, clientCa: "x" }],
  ])("serve() throws SERVER_TLS_INVALID for %s", (_, tls) => {
    expect(codeOf(() => start(tls))).toBe("SERVER_TLS_INVALID");
  });

  test("with an authority for clients only those it vouches for are answered", async () => {
    const server = start({ ...first, clientCa: authority.cert });
    const { cert, key } = second;
    expect((await ask(server.port, authority.cert, { cert, key })).answer).toContain("200 OK");
    expect((await ask(server.port, authority.cert)).answer).not.toContain("HTTP");
    const other = { cert: stranger.cert, key: stranger.key };
    expect((await ask(server.port, authority.cert, other)).answer).not.toContain("HTTP");
  });
});
