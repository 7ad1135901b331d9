// The page at /: who gets it, what it is sent with, and that it needs nothing but its server. What it does is tested
// in a browser.
import { afterAll, describe, expect, test } from "bun:test";
import { create } from "@bufbuild/protobuf";
import { ProvenanceSchema } from "../../../src/gen/manifest_pb.ts";
import { createKeyRing, type RunningServer, serve } from "../../../src/server/index.ts";
import { WordEngine } from "../../helper/word-engine.ts";

/** A page people look at while a model loads is no place for megabytes. */
const PAGE_BYTES_MAX = 40_000;

const servers: RunningServer[] = [];
afterAll(() => {
  for (const server of servers) server.abort();
});

function start(engine = new WordEngine("sentence_embedding"), key?: string): string {
  const keys = key === undefined ? undefined : createKeyRing([key]);
  const server = serve({ engine, host: "127.0.0.1", port: 0, onFault: () => undefined, keys });
  servers.push(server);
  return server.url;
}

const url = start();
const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";

function ask(address: string, accept?: string, headers: Record<string, string> = {}) {
  return fetch(address, { headers: { ...(accept === undefined ? {} : { accept }), ...headers } });
}

describe("GET /", () => {
  test.each<[string | undefined, boolean]>([
    [BROWSER, true],
    ["text/html", true],
    ["TEXT/HTML; q=0.5", true],
    ["application/json;q=0.5, text/html;q=0.9", true],
    ["application/json, text/html;q=0.9", false],
    ["text/html;q=0", false],
    ["text/html;q=x", false],
    ["application/json", false],
    ["*/*", false],
    ["text/*", false],
    ["", false],
    [undefined, false],
  ])("with Accept %j is a page: %j", async (accept, isPage) => {
    const response = await ask(url, accept);
    const type = isPage ? "text/html; charset=utf-8" : "application/json";
    expect([response.status, response.headers.get("content-type")]).toEqual([200, type]);
    expect(response.headers.get("vary")).toBe("accept");
  });

  test("as JSON has the licence the manifest states, and none where it states none", async () => {
    const engine = new WordEngine("reranking");
    engine.manifest.provenance = create(ProvenanceSchema, { license: "apache-2.0" });
    expect(await (await ask(start(engine))).json()).toMatchObject({ license: "apache-2.0" });
    expect(await (await ask(url)).json()).not.toHaveProperty("license");
  });

  test("needs a key as JSON and none as a page, which says nothing of the model", async () => {
    const guarded = start(undefined, "a-key");
    expect((await ask(guarded)).status).toBe(401);
    expect((await ask(guarded, undefined, { "x-api-key": "a-key" })).status).toBe(200);
    for (const path of ["/", "/docs"]) {
      const response = await ask(guarded + path, BROWSER);
      expect([path, response.status]).toEqual([path, 200]);
      expect(await response.text()).not.toMatch(/abab|1\.2\.3/);
    }
    expect((await ask(`${guarded}/model`, BROWSER)).status).toBe(401);
    const posted = await fetch(guarded, { method: "POST", headers: { accept: BROWSER } });
    expect(posted.status).toBe(401);
  });

  test("is a page that runs its own script only, and loads nothing", async () => {
    const response = await ask(url, BROWSER);
    const html = await response.text();
    const policy = response.headers.get("content-security-policy") ?? "";
    const hash = (source: string) =>
      `'sha256-${new Bun.CryptoHasher("sha256").update(source).digest("base64")}'`;
    const inside = (tag: string) =>
      [...html.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, "gs"))].map(([, text = ""]) => text);
    const [script = "", ...scripts] = inside("script");
    const [style = "", ...styles] = inside("style");
    expect([scripts, styles]).toEqual([[], []]);
    expect(script.length * style.length).toBeGreaterThan(0);
    expect(policy.split("; ")).toEqual([
      "default-src 'none'",
      `script-src ${hash(script)}`,
      `style-src ${hash(style)}`,
      "connect-src 'self'",
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
    expect(html).not.toMatch(/https?:\/\/|\bstyle=|\bon\w+="|innerHTML|\beval\(|new Function/);
    expect(Buffer.byteLength(html)).toBeLessThan(PAGE_BYTES_MAX);
  });

  test("is the same page twice, and whatever the model", async () => {
    const pages = await Promise.all(
      [url, url, start(new WordEngine("reranking"))].map(async (address) =>
        (await ask(address, BROWSER)).text(),
      ),
    );
    expect(new Set(pages).size).toBe(1);
  });

  test("is a page while the model is loading", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const address = start(new WordEngine("reranking", { ready: promise }));
    expect((await ask(address, BROWSER)).status).toBe(200);
    resolve();
  });
});
