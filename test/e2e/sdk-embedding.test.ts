// What people's programs use against a compiled executable: the SDKs of OpenAI, Ollama and Hugging Face, and
// LangChain.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceClient } from "@huggingface/inference";
import { OpenAIEmbeddings } from "@langchain/openai";
import { Ollama } from "ollama";
import OpenAI from "openai";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { loadTokenizer, type Tokenizer } from "../../src/tokenizer/index.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { buildFile, post, type RunningServer, startServer } from "./executable.ts";
import { maxDifference, unit } from "./reference.ts";

/** What is lost where numbers are printed; the same vectors are asked for in every way. */
const PRINTED_TOLERANCE = 1e-6;

const TEXTS = ["hello world", "Zażółć gęślą jaźń \u{1f600} naïve — done", "a"];

const folder = createTempDir();
let server: RunningServer;
let classifier: RunningServer;
let tokenizer: Tokenizer;
/** As the TEI route gives them. */
let expected: number[][];

beforeAll(async () => {
  const modelDir = await makeFixture({ shape: "tiny", head: "sentence-embedding" });
  tokenizer = loadTokenizer(readFileSync(join(modelDir, "tokenizer.json")));
  server = await startServer(
    await buildFile(folder.join("vectors.encoderfile"), modelDir, "--name", "vectors"),
  );
  const classes = await makeFixture({ shape: "tiny", head: "sequence-classification" });
  classifier = await startServer(
    await buildFile(folder.join("classes.encoderfile"), classes, "--name", "classes"),
  );
  expected = (await post(`${server.url}/embed`, { inputs: TEXTS })).body as number[][];
});

afterAll(async () => {
  await Promise.all([server, classifier].map((running) => running[Symbol.asyncDispose]()));
  folder[Symbol.dispose]();
});

function expectVectors(found: readonly (readonly number[])[], wanted = expected): void {
  expect(found).toHaveLength(wanted.length);
  for (const [index, vector] of wanted.entries()) {
    expect(found[index]).toHaveLength(vector.length);
    expect(maxDifference(found[index] ?? [], vector)).toBeLessThanOrEqual(PRINTED_TOLERANCE);
  }
}

describe("openai", () => {
  const client = (running = server) =>
    new OpenAI({ baseURL: `${running.url}/v1`, apiKey: "unused", maxRetries: 0 });

  test.each(["default", "float", "base64"] as const)("embeddings in %s", async (format) => {
    const body = { model: "text-embedding-3-small", input: TEXTS, user: "somebody" };
    const list = await client().embeddings.create(
      format === "default" ? body : { ...body, encoding_format: format },
    );
    expect([list.object, list.model]).toEqual(["list", "vectors"]);
    expect(list.usage.prompt_tokens).toBeGreaterThan(6);
    expect(list.data.map(({ index }) => index)).toEqual([0, 1, 2]);
    // The SDK types what the server packs as numbers, and leaves it packed for whoever asked.
    const vectors = list.data.map(({ embedding }) => embedding as unknown as number[] | string);
    expectVectors(
      vectors.map((vector) =>
        typeof vector === "string"
          ? [...new Float32Array(Uint8Array.fromBase64(vector).buffer)]
          : vector,
      ),
    );
  });

  test("one text, fewer dimensions, its id and its time", async () => {
    const { data, response, request_id } = await client()
      .embeddings.create(
        { model: "m", input: "hello world", dimensions: 8 },
        { headers: { "x-request-id": "my-id" } },
      )
      .withResponse();
    expectVectors(
      data.data.map(({ embedding }) => embedding),
      [unit((expected[0] ?? []).slice(0, 8))],
    );
    expect(request_id).toBe("my-id");
    expect(Number(response.headers.get("openai-processing-ms"))).toBeGreaterThan(0);
  });

  test("token ids of this model's tokenizer", async () => {
    const input = TEXTS.map((text) => [...tokenizer.encode(text).ids]);
    const list = await client().embeddings.create({ model: "m", input, encoding_format: "float" });
    expectVectors(list.data.map(({ embedding }) => embedding));
  });

  test("token ids of another tokenizer are refused with the remedy", async () => {
    // "hello world" and "tiktoken is great!" in the vocabulary of OpenAI's models.
    for (const input of [[15339, 1917], [[83, 1609, 5963, 374, 2294, 0]]]) {
      const refused = client().embeddings.create({ model: "m", input });
      const error = await refused.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      expect((error as Error).message).toContain("check_embedding_ctx_length=False");
    }
  });

  test("errors are those of the SDK, with their fields", async () => {
    const empty = await client()
      .embeddings.create({ model: "m", input: "" })
      .catch((thrown: unknown) => thrown);
    expect(empty).toBeInstanceOf(OpenAI.BadRequestError);
    expect(empty).toMatchObject({
      status: 400,
      type: "invalid_request_error",
      param: "input",
      code: null,
    });
    const task = await client(classifier)
      .embeddings.create({ model: "m", input: "a" })
      .catch((thrown: unknown) => thrown);
    expect(task).toBeInstanceOf(OpenAI.BadRequestError);
    expect((task as Error).message).toContain("it serves POST /predict, POST /classify");
  });

  test("models", async () => {
    const ids: string[] = [];
    for await (const { id } of client().models.list()) ids.push(id);
    expect(ids).toEqual(["vectors"]);
    expect(await client().models.retrieve("vectors")).toMatchObject({ object: "model" });
    const other = await client()
      .models.retrieve("other/model")
      .catch((thrown: unknown) => thrown);
    expect(other).toBeInstanceOf(OpenAI.NotFoundError);
    expect(other).toMatchObject({ code: "model_not_found" });
  });
});

test("LangChain's OpenAIEmbeddings embeds documents and queries", async () => {
  const embeddings = new OpenAIEmbeddings({
    model: "text-embedding-3-small",
    apiKey: "unused",
    maxRetries: 0,
    configuration: { baseURL: `${server.url}/v1` },
  });
  expectVectors(await embeddings.embedDocuments(TEXTS));
  expectVectors([await embeddings.embedQuery(TEXTS[0] ?? "")], expected.slice(0, 1));
});

describe("ollama", () => {
  const client = (running = server) => new Ollama({ host: running.url });

  test("embed and embeddings", async () => {
    const answer = await client().embed({ model: "any", input: TEXTS, keep_alive: "1m" });
    expectVectors(answer.embeddings);
    expect(answer.model).toBe("vectors");
    expect(answer.total_duration).toBeGreaterThan(0);
    expect(answer.prompt_eval_count).toBeGreaterThan(6);
    const { embedding } = await client().embeddings({ model: "any", prompt: TEXTS[0] ?? "" });
    expectVectors([embedding], expected.slice(0, 1));
  });

  test("list, show and version", async () => {
    const { models } = await client().list();
    expect(models.map(({ name }) => name)).toEqual(["vectors:latest"]);
    const { capabilities } = await client().show({ model: "vectors:latest" });
    expect(capabilities).toEqual(["embedding"]);
    expect((await client().version()).version).toMatch(/^\d+\.\d+\.\d+/);
  });

  test("a text that is too long is cut, or refused with a sentence", async () => {
    const input = "word ".repeat(1000);
    const cut = await client().embed({ model: "any", input });
    expect(cut.embeddings).toHaveLength(1);
    const refused = client().embed({ model: "any", input, truncate: false });
    await expect(refused).rejects.toThrow("Cannot take input 0 whole as it must have at most");
    await expect(client(classifier).embed({ model: "any", input: "a" })).rejects.toThrow(
      "it serves POST",
    );
  });
});

test("tokens of texts, whether a thread of their own makes them or not", async () => {
  for (const inputs of ["hello world", "hello world ".repeat(500)]) {
    const { body } = await post(`${server.url}/tokenize`, { inputs });
    const [tokens = []] = body as { id: number; text: string; start: number }[][];
    expect(tokens.map(({ id }) => id)).toEqual([...tokenizer.encode(inputs).ids]);
    for (const { text, start } of tokens.slice(1, -1)) {
      expect(inputs.slice(start, start + text.length)).toBe(text);
    }
    const decoded = await post(`${server.url}/decode`, { ids: tokens.map(({ id }) => id) });
    expect(decoded.body).toEqual([tokenizer.decode(tokens.map(({ id }) => id))]);
  }
});

test("the page and the description of the interface are in the file", async () => {
  const api = (await (await fetch(`${server.url}/openapi.json`)).json()) as { info: object };
  expect(api.info).toMatchObject({ title: "vectors" });
  const page = await (await fetch(`${server.url}/docs`)).text();
  expect(page).toStartWith("<!doctype html>");
});

describe("@huggingface/inference", () => {
  test("feature extraction and sentence similarity", async () => {
    const client = new InferenceClient();
    const vectors = await client.featureExtraction({
      endpointUrl: `${server.url}/embed`,
      inputs: TEXTS,
    });
    expectVectors(vectors as number[][]);
    const [source = "", ...sentences] = TEXTS;
    const similarities = await client.sentenceSimilarity({
      endpointUrl: `${server.url}/similarity`,
      inputs: { source_sentence: source, sentences },
    });
    const dot = (left: readonly number[], right: readonly number[]) =>
      left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0);
    const cosines = expected.slice(1).map((vector) => dot(expected[0] ?? [], vector));
    expectVectors([similarities], [cosines]);
  });
});
