// Who is answered, what browsers are told, and what every answer says of itself.
import { afterAll, describe, expect, test } from "bun:test";
import { isCodedError } from "../../../src/error/index.ts";
import {
  createKeyRing,
  type RequestScope,
  type ServeOptions,
  serve,
} from "../../../src/server/index.ts";
import { WordEngine } from "../../helper/word-engine.ts";

const servers: { abort: () => void }[] = [];

afterAll(() => {
  for (const server of servers) server.abort();
});

function start(options: Partial<ServeOptions> = {}): string {
  const engine = new WordEngine("sentence_embedding");
  const server = serve({
    engine,
    host: "127.0.0.1",
    port: 0,
    onFault: () => undefined,
    ...options,
  });
  servers.push(server);
  return server.url;
}

function embed(url: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/embed`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: '{"inputs":"a bb"}',
  });
}

describe("createKeyRing()", () => {
  test.each([
    ["none", []],
    ["an empty one", ["a", ""]],
    ["one with a space", ["a b"]],
    ["one that is no ASCII", ["kéy"]],
    ["one of 513 characters", ["k".repeat(513)]],
  ])("createKeyRing() throws SERVER_API_KEY_INVALID for %s and repeats none", (_, keys) => {
    try {
      createKeyRing(keys);
      throw new Error("nothing was thrown");
    } catch (thrown) {
      if (!isCodedError(thrown, "SERVER_API_KEY_INVALID")) throw thrown;
      for (const key of keys.filter((one) => one.length > 2)) {
        expect(JSON.stringify([thrown.message, thrown.detail])).not.toContain(key);
      }
    }
  });

  test("createKeyRing() keeps no key as it is", () => {
    const ring = createKeyRing(["secret-key", "k".repeat(512)]);
    expect(Bun.inspect(ring, { depth: 9 })).not.toContain("secret");
  });
});

describe("keys", () => {
  const url = start({ keys: createKeyRing(["first-key", "second-key"]) });

  test.each<[string, Record<string, string>]>([
    ["a bearer", { authorization: "Bearer first-key" }],
    ["another key", { authorization: "bearer second-key" }],
    ["x-api-key", { "x-api-key": "second-key" }],
  ])("a request with %s is answered", async (_, headers) => {
    expect((await embed(url, headers)).status).toBe(200);
  });

  test.each<[string, Record<string, string>, string]>([
    ["no key", {}, "found none"],
    ["a wrong key", { authorization: "Bearer first-kez" }, "found one that is not known"],
    ["a part of a key", { "x-api-key": "first" }, "not known"],
    ["both keys", { "x-api-key": "first-key,second-key" }, "not known"],
    ["another scheme", { authorization: "Basic first-key" }, "found none"],
    ["an empty bearer", { authorization: "Bearer " }, "found none"],
  ])(
    "SERVER_UNAUTHORIZED: a request with %s is 401 in the dialect of the path",
    async (_, headers, found) => {
      const response = await embed(url, headers);
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe('Bearer realm="encoderfile"');
      const { error } = (await response.json()) as { error: string };
      expect(error).toContain(found);
      const native = await fetch(`${url}/predict`, { method: "POST", headers });
      expect(await native.json()).toMatchObject({ error: { code: "SERVER_UNAUTHORIZED" } });
    },
  );

  test.each(["/livez", "/readyz", "/health"])("the probe %s needs no key", async (path) => {
    expect((await fetch(url + path)).status).toBe(200);
  });

  test("who gives no key learns nothing of the model", async () => {
    const page = { headers: { accept: "text/html" } };
    const preflight = {
      method: "OPTIONS",
      headers: { origin: "https://a.test", "access-control-request-method": "POST" },
    };
    const answers = await Promise.all([
      ...["/livez", "/readyz", "/health", "/ping", "/v2/health/live", "/v2/health/ready"].map(
        (path) => fetch(url + path),
      ),
      ...["/", "/docs"].map((path) => fetch(url + path, page)),
      ...["/model", "/nothing"].map((path) => fetch(url + path)),
      fetch(`${url}/embed`, preflight),
      fetch(`${url}/livez`, { headers: { "x-request-timeout-ms": "soon" } }),
      embed(url, { "x-api-key": "wrong" }),
    ]);
    const digest = "ab".repeat(32);
    for (const answer of answers) {
      const told = JSON.stringify([...answer.headers]) + (await answer.text());
      expect(told).not.toContain(digest);
      // The name of the model, as it stands where it is told.
      expect(told).not.toContain('"words"');
    }
    const known = await embed(url, { "x-api-key": "first-key" });
    expect(known.headers.get("x-model-digest")).toBe(digest);
    const missing = await fetch(`${url}/nothing`, { headers: { "x-api-key": "first-key" } });
    expect(missing.headers.get("x-model-digest")).toBe(digest);
  });

  test.each(["/", "/model", "/metrics", "/nothing", "/livez/", "/LIVEZ"])(
    "%s needs a key, whether or not it exists",
    async (path) => {
      expect((await fetch(url + path)).status).toBe(401);
    },
  );
});

describe("origins", () => {
  const url = start({ corsOrigins: ["https://a.test"], keys: createKeyRing(["key"]) });
  const preflight = (origin: string, base = url) =>
    fetch(`${base}/embed`, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
      },
    });

  test("a preflight of an allowed origin needs no key and allows Authorization", async () => {
    const response = await preflight("https://a.test");
    expect(response.status).toBe(204);
    expect(await response.text()).toBe("");
    expect(response.headers.get("access-control-allow-origin")).toBe("https://a.test");
    expect(response.headers.get("access-control-allow-headers")).toContain("authorization");
    expect(response.headers.get("access-control-allow-headers")).toContain("x-api-key");
    expect(response.headers.get("access-control-allow-methods")).toContain("POST");
    expect(response.headers.get("vary")).toBe("Origin");
  });

  test.each(["https://b.test", "null", "https://a.test.evil", "http://a.test"])(
    "a preflight of %s needs no key either, and allows nothing",
    async (origin) => {
      const response = await preflight(origin);
      expect(response.status).toBe(204);
      const names = [...response.headers.keys()];
      expect(names.filter((name) => name.startsWith("access-control"))).toEqual([]);
    },
  );

  test("answers and errors may be read by an allowed origin only", async () => {
    const key = { "x-api-key": "key" };
    const allowed = await embed(url, { ...key, origin: "https://a.test" });
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://a.test");
    expect(allowed.headers.get("access-control-expose-headers")).toContain("x-request-id");
    const refused = await embed(url, { origin: "https://a.test" });
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([
      401,
      "https://a.test",
    ]);
    const other = await embed(url, { ...key, origin: "https://b.test" });
    expect([other.status, other.headers.get("access-control-allow-origin")]).toEqual([200, null]);
    expect(other.headers.get("vary")).toBe("Origin");
  });

  test("nothing is said of origins unless some are allowed", async () => {
    const silent = start();
    const response = await embed(silent, { origin: "https://a.test" });
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
    const refused = await preflight("https://a.test", silent);
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([
      204,
      null,
    ]);
  });

  test("an asterisk allows every origin", async () => {
    const response = await embed(start({ corsOrigins: ["*"] }), { origin: "https://b.test" });
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  });
});

describe("headers", () => {
  const scopes: RequestScope[] = [];
  const url = start({ onRequest: (scope) => scopes.push(scope) });

  test("every answer says which model it is of, forbids caching and guessing, and names no server", async () => {
    for (const response of [await embed(url), await fetch(`${url}/nothing`)]) {
      expect(response.headers.get("x-model-digest")).toBe("ab".repeat(32));
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(response.headers.get("server")).toBeNull();
      expect(response.headers.get("x-powered-by")).toBeNull();
    }
  });

  test.each([
    ["a", "a"],
    ["x".repeat(128), "x".repeat(128)],
    ["!~ ~!", "!~ ~!"],
  ])("createScope() takes the id %j of the client", async (given, expected) => {
    const response = await embed(url, { "x-request-id": given });
    expect(response.headers.get("x-request-id")).toBe(expected);
  });

  test.each([["x".repeat(129)], ["caf\u00e9"], ["a\tb"], [""]])(
    "createScope() makes an id in place of %j",
    async (given) => {
      const response = await embed(url, { "x-request-id": given });
      expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  test("an answer of the model says where the time went", async () => {
    const { headers } = await embed(url);
    expect(headers.get("server-timing")).toMatch(
      /^tok;dur=[\d.]+, queue;dur=[\d.]+, inference;dur=[\d.]+, total;dur=[\d.]+$/,
    );
    expect(headers.get("x-compute-type")).toBe("cpu");
    for (const name of [
      "x-compute-time",
      "x-compute-characters",
      "x-compute-tokens",
      "x-total-time",
      "x-tokenization-time",
      "x-queue-time",
      "x-inference-time",
    ]) {
      expect(headers.get(name)).toMatch(/^\d+$/);
    }
    expect((await fetch(`${url}/livez`)).headers.get("server-timing")).toBeNull();
  });

  test("onRequest() is told of every answer, with its route, status and code", async () => {
    scopes.length = 0;
    await embed(url);
    await fetch(`${url}/nothing`);
    await fetch(`${url}/livez`);
    const seen = scopes.map(({ route, status, errorCode, inputs, bodyBytes, responseBytes }) => [
      route?.path,
      status,
      errorCode,
      inputs,
      bodyBytes,
      responseBytes > 0,
    ]);
    expect(seen).toEqual([
      ["/embed", 200, undefined, 1, 17, true],
      [undefined, 404, "SERVER_ROUTE_NOT_FOUND", 0, 0, true],
      ["/livez", 200, undefined, 0, 0, true],
    ]);
  });
});

describe("deadlineOf()", () => {
  test.each(["0", "-1", "soon", "1.5", "1e3", "9999999999"])(
    "SERVER_BAD_HEADER: x-request-timeout-ms of %s is 400",
    async (given) => {
      const response = await embed(start(), { "x-request-timeout-ms": given });
      expect(response.status).toBe(400);
      expect(await response.text()).toContain("x-request-timeout-ms");
    },
  );

  test("deadlineOf() bounds what the client asks for, and the engine is told", async () => {
    const deadlines: number[] = [];
    const url = start({
      onRequest: ({ deadlineMs = 0, startedMs }) =>
        deadlines.push(Math.round(deadlineMs - startedMs)),
    });
    await embed(url, { "x-request-timeout-ms": "1500" });
    await embed(url, { "x-request-timeout-ms": "999999999" });
    await embed(url);
    expect(deadlines).toEqual([1500, 300_000, 300_000]);
  });
});
