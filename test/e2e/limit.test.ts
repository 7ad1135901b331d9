// The settings that bound requests, given to a compiled executable as flags or variables: at the bound, and one beyond.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cachedDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import { RawHttp } from "../helper/raw-http.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { buildFile } from "./executable.ts";
import { Watched } from "./watched.ts";

const folder = createTempDir();
const files = new Map<string, string>();

beforeAll(async () => {
  const models = await cachedDemoModels();
  for (const name of ["sentiment", "reranker", "entities"] as const) {
    files.set(name, await buildFile(folder.join(name), models[name]));
  }
});
afterAll(() => folder[Symbol.dispose]());

type Setting = {
  readonly model?: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

async function serving({ model = "sentiment", flags = [], env = {} }: Setting) {
  const server = new Watched([files.get(model) ?? "", "serve", "--port", "0", ...flags], env);
  const url = await server.url();
  await server.until(/ready after/);
  return Object.assign(server, { address: url, port: Number(new URL(url).port) });
}

function ask(address: string, path: string, body: string): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(address + path, { method: "POST", headers, body });
}

const HEAD = "POST /predict HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n";
const texts = (...inputs: readonly string[]) => JSON.stringify({ inputs });
const sized = (byteLength: number) => texts("a").padEnd(byteLength);
const nested = (depth: number) =>
  `{"inputs":["a"],"x":${"[".repeat(depth - 1)}1${"]".repeat(depth - 1)}}`;
const membered = (count: number) => {
  const metadata = Array.from({ length: count - 2 }, (_, at) => `"x${at}":"1"`);
  return `{"inputs":["a"],"metadata":{${metadata.join()}}}`;
};
const ranking = (count: number) =>
  JSON.stringify({ query: "q", texts: Array.from({ length: count }, () => "a") });

describe("bounds of a request", () => {
  test.each<[string, Setting, string, [within: string, beyond: string], status: number, RegExp]>([
    [
      "--max-body",
      { flags: ["--max-body", "400"] },
      "/predict",
      [sized(400), sized(401)],
      413,
      /400/,
    ],
    [
      "ENCODERFILE_MAX_JSON_DEPTH",
      { env: { ENCODERFILE_MAX_JSON_DEPTH: "4" } },
      "/classify",
      [nested(4), nested(5)],
      400,
      /nest 4 levels/,
    ],
    [
      "--max-json-members",
      { flags: ["--max-json-members", "6"] },
      "/predict",
      [membered(6), membered(7)],
      400,
      /6 members/,
    ],
    [
      "ENCODERFILE_MAX_INPUTS",
      { env: { ENCODERFILE_MAX_INPUTS: "2" } },
      "/predict",
      [texts("a", "b"), texts("a", "b", "c")],
      422,
      /at most 2 items/,
    ],
    [
      "--max-characters",
      { flags: ["--max-characters", "20"] },
      "/predict",
      [texts("a".repeat(20)), texts("a", "a".repeat(21))],
      422,
      /inputs\[1\].*20 characters/,
    ],
    [
      "--max-documents",
      { model: "reranker", flags: ["--max-documents", "2"] },
      "/rerank",
      [ranking(2), ranking(3)],
      422,
      /texts.*2 items/,
    ],
  ])("%s", async (_, setting, path, [within, beyond], status, message) => {
    await using server = await serving(setting);
    expect((await ask(server.address, path, within)).status).toBe(200);
    const refused = await ask(server.address, path, beyond);
    expect([refused.status, await refused.text()]).toEqual([
      status,
      expect.stringMatching(message),
    ]);
  });
});

describe("bounds of a server", () => {
  test("--max-requests and --max-body-total count what is being read, and probes are let in", async () => {
    await using server = await serving({
      flags: ["--max-requests", "1", "--max-body-total", "100"],
    });
    expect((await ask(server.address, "/predict", sized(100))).status).toBe(200);
    const beyond = await ask(server.address, "/predict", sized(101));
    expect([beyond.status, await beyond.text()]).toEqual([429, expect.stringMatching(/100 bytes/)]);
    const slow = await RawHttp.connect(server.port);
    await slow.send(`${HEAD}Content-Length: 100\r\n\r\n{`);
    let refused = await ask(server.address, "/predict", texts("a"));
    // The head of the slow one may still be on its way.
    while (refused.status !== 429) refused = await ask(server.address, "/predict", texts("a"));
    expect(await refused.text()).toContain("it answers 1 requests at once");
    expect((await fetch(`${server.address}/readyz`)).status).toBe(200);
    slow.destroy();
  });

  test("--request-timeout bounds what a request may ask to wait", async () => {
    await using server = await serving({ flags: ["--request-timeout", "0"] });
    expect([429, 504]).toContain((await ask(server.address, "/predict", texts("a"))).status);
  });

  test("--idle-timeout ends a connection after its answer", async () => {
    await using server = await serving({ flags: ["--idle-timeout", "1"] });
    const client = await RawHttp.connect(server.port);
    await client.send("GET /livez HTTP/1.1\r\nHost: test\r\n\r\n");
    expect(await client.closed()).toContain("200 OK");
  });

  test("--max-answers-total counts what a client does not take, until --answer-timeout", async () => {
    const flags = ["--max-answers-total", "1", "--answer-timeout", "2"];
    await using server = await serving({ model: "entities", flags });
    const body = JSON.stringify({ inputs: "Anna Smith lives in Paris. ".repeat(9_000), mask: "*" });
    const inputs = Array.from({ length: 6 }, () => JSON.parse(body).inputs);
    const many = JSON.stringify({ inputs, mask: "*" });
    const client = await RawHttp.connect(server.port);
    await client.send(
      `${HEAD.replace("/predict", "/redact")}Content-Length: ${many.length}\r\n\r\n${many}`,
    );
    await client.until(/200 OK/);
    client.pause();
    const refused = await ask(server.address, "/redact", '{"inputs":"a"}');
    expect([refused.status, await refused.text()]).toEqual([
      429,
      expect.stringContaining("have not taken yet"),
    ]);
    expect((await fetch(`${server.address}/metrics`)).status).toBe(200);
    for (;;) {
      const { status } = await ask(server.address, "/redact", '{"inputs":"a"}');
      if (status === 200) break;
    }
    client.destroy();
  }, 60_000);
});
