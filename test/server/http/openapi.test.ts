// The description of the interface: valid by a validator that is not ours, true of the routes, and with
// examples that work.
import { afterAll, describe, expect, test } from "bun:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { LIMITS } from "../../../src/contract/index.ts";
import { ROUTES } from "../../../src/server/http/routes.ts";
import { sampleSchema } from "../../../src/server/http/sample-schema.ts";
import { type RunningServer, serve } from "../../../src/server/index.ts";
import { TASK_IDS } from "../../../src/task/index.ts";
import { WordEngine } from "../../helper/word-engine.ts";

const servers: RunningServer[] = [];

function start(engine: WordEngine): string {
  const server = serve({ engine, host: "127.0.0.1", port: 0, onFault: () => undefined });
  servers.push(server);
  return server.url;
}

afterAll(() => {
  for (const server of servers) server.abort();
});

type Described = {
  readonly operationId: string;
  readonly requestBody?: {
    readonly content: { "application/json": { schema: object; example?: unknown } };
  };
  readonly responses: Record<string, { content: Record<string, { schema: object }> }>;
};

type Api = {
  readonly openapi: string;
  readonly info: object;
  readonly paths: Record<string, Record<string, Described>>;
  readonly components: { readonly schemas: Record<string, object> };
};

async function apiOf(url: string): Promise<Api> {
  return (await (await fetch(`${url}/openapi.json`)).json()) as Api;
}

function operationsOf({ paths }: Api) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({ path, method, described })),
  );
}

describe.each(TASK_IDS.map((task) => [task] as const))("describeApi() of %s", (task) => {
  const url = start(new WordEngine(task));

  test("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    const result = await validator.validate(await apiOf(url));
    expect(result.errors ?? []).toEqual([]);
    expect([result.valid, validator.version]).toEqual([true, "3.1"]);
  });

  test("lists the routes the index lists, each with an id of its own", async () => {
    const index = (await (
      await fetch(url, { headers: { accept: "application/json" } })
    ).json()) as {
      routes: object;
    };
    const operations = operationsOf(await apiOf(url));
    const names = operations.map(
      ({ path, method }) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`,
    );
    expect(names.toSorted()).toEqual(Object.keys(index.routes).toSorted());
    expect(new Set(operations.map(({ described }) => described.operationId)).size).toBe(
      names.length,
    );
  });

  test("has examples that are answered as described", async () => {
    const examples = operationsOf(await apiOf(url)).filter(
      ({ described }) => described.requestBody?.content["application/json"].example !== undefined,
    );
    expect(examples.length).toBeGreaterThan(0);
    for (const { path, described } of examples) {
      const response = await fetch(
        url + path.replace("{name}", "words").replace("{version}", "1.2.3"),
        {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(described.requestBody?.content["application/json"].example),
        },
      );
      expect([path, response.status, await response.json()]).toEqual([
        path,
        200,
        expect.anything(),
      ]);
    }
  });
});

test("describeApi() says of a request what the schema that validates says", async () => {
  const api = await apiOf(start(new WordEngine("sentence_embedding")));
  const body = api.paths["/v1/embeddings"]?.["post"]?.requestBody?.content["application/json"];
  expect(body?.schema).toMatchObject({
    type: "object",
    required: ["input"],
    additionalProperties: false,
    properties: { encoding_format: { anyOf: [{ enum: ["float", "base64"] }, { type: "null" }] } },
  });
});

test("describeApi() has the envelope and the statuses of each dialect", async () => {
  const api = await apiOf(start(new WordEngine("sentence_embedding")));
  const { error_openai, error_tei, error_ollama } = api.components.schemas;
  expect(error_openai).toMatchObject({
    properties: {
      error: {
        required: ["message", "type", "param", "code"],
        properties: { param: { type: ["string", "null"] }, code: { type: ["null", "string"] } },
      },
    },
  });
  expect(error_tei).toMatchObject({ required: ["error", "error_type"] });
  expect(error_ollama).toMatchObject({ properties: { error: { type: "string" } } });
  const statuses = (path: string) => Object.keys(api.paths[path]?.["post"]?.responses ?? {});
  expect(statuses("/embed")).toEqual(
    expect.arrayContaining(["200", "400", "413", "415", "422", "424", "429", "503"]),
  );
  expect(statuses("/v1/embeddings")).not.toContain("422");
  for (const path of ["/embed", "/tokenize", "/decode", "/invocations"]) {
    expect(statuses(path)).toEqual(
      expect.arrayContaining(["401", "408", "413", "429", "503", "504"]),
    );
  }
  expect(statuses("/api/show")).not.toContain("504");
  const told = (path: string) => Object.keys(api.paths[path]?.["get"]?.responses ?? {});
  expect(told("/readyz")).toEqual(["200", "503", "default"]);
  expect(told("/livez")).toEqual(["200", "default"]);
  expect(told("/v2/health/ready")).toEqual(["200", "400", "default"]);
  expect(told("/model")).toEqual(["200", "401", "403", "429", "default"]);
});

test("describeApi() describes what routes without a model answer, and they answer so", async () => {
  const engine = new WordEngine("sentence_embedding");
  const url = start(engine);
  const described = ROUTES.filter(
    ({ method, schemas }) => method === "GET" && schemas !== undefined,
  );
  expect(described.map(({ path }) => path)).toEqual(
    expect.arrayContaining(["/info", "/v1/models", "/v1/models/:id", "/api/tags", "/api/version"]),
  );
  for (const { path, schemas } of described) {
    const named = path.replace(/:(?:id|name)/, "words").replace(":version", "1.2.3");
    const body: unknown = await (await fetch(url + named)).json();
    const result = schemas?.(LIMITS).response?.safeParse(body);
    expect([path, result?.error]).toEqual([path, undefined]);
  }
});

test("sampleSchema() makes optional what some values lack, and several types of what differs", () => {
  expect(sampleSchema([{ a: 1, b: "x" }, { a: null }, { a: 2, b: "y", c: [] }])).toEqual({
    type: "object",
    properties: { a: { type: ["number", "null"] }, b: { type: "string" }, c: { type: "array" } },
    required: ["a"],
  });
});

describe("GET /docs", () => {
  test("is one page that loads nothing from elsewhere and may run nothing but its own", async () => {
    const response = await fetch(`${start(new WordEngine("reranking"))}/docs`);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toStartWith("default-src 'none'; script-src 'sha256-");
    const html = await response.text();
    expect(html).not.toMatch(/(?:src|href)="(?!data:,|openapi\.json)/);
    expect(html).not.toMatch(/https?:\/\//);
    for (const [name, end] of [
      ["script", "</script>"],
      ["style", "</style>"],
    ] as const) {
      const source = html.slice(html.indexOf(`<${name}>`) + name.length + 2, html.indexOf(end));
      const hash = new Bun.CryptoHasher("sha256").update(source).digest("base64");
      expect(policy).toContain(`${name}-src 'sha256-${hash}'`);
      if (name === "script") expect(() => new Function(source)).not.toThrow();
    }
  });
});
