// The demo models as executables: their answers mean something, through every door of the file.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  HELD_OUT_ENTITIES,
  HELD_OUT_SENTIMENT,
  HELD_OUT_TRIPLES,
} from "../../scripts/demo-model/held-out.ts";
import {
  cachedDemoModels,
  type DemoModelPaths,
} from "../../scripts/demo-model/make-demo-models.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { buildFile, post, type RunningServer, runWell, startServer } from "./executable.ts";

const folder = createTempDir();
let models: DemoModelPaths;
let sentiment: string;
let classifier: RunningServer;
let embedder: RunningServer;

beforeAll(async () => {
  models = await cachedDemoModels();
  sentiment = await buildFile(folder.join("sentiment.encoderfile"), models.sentiment);
  classifier = await startServer(sentiment);
  embedder = await startServer(await buildFile(folder.join("sentences"), models.sentences));
});

afterAll(async () => {
  await classifier[Symbol.asyncDispose]();
  await embedder[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe("the classifier", () => {
  test("is right on at least 36 of 40 sentences it was not trained on", async () => {
    const inputs = HELD_OUT_SENTIMENT.map(([, text]) => text);
    const { body } = await post(`${classifier.url}/predict`, { inputs });
    const { results } = body as { results: { predicted_label: string; scores: number[] }[] };
    const right = HELD_OUT_SENTIMENT.filter(
      ([label], index) => results[index]?.predicted_label === label,
    );
    expect(results).toHaveLength(40);
    expect(right.length).toBeGreaterThanOrEqual(36);
    for (const { scores } of results) {
      expect(Math.abs(scores.reduce((sum, score) => sum + score, 0) - 1)).toBeLessThan(1e-6);
    }
  });

  test("gives the same answer over HTTP, as an argument and from standard input", async () => {
    const text = HELD_OUT_SENTIMENT[0]![1];
    const http = await post(`${classifier.url}/predict`, { inputs: [text] });
    const argument = await runWell([sentiment, "infer", text]);
    const line = await runWell([sentiment, "infer", "--format", "jsonl"], { stdin: `${text}\n` });
    const { results } = http.body as { results: object[] };
    expect(JSON.parse(argument.stdout).results).toEqual(results);
    expect(JSON.parse(line.stdout)).toEqual(results[0]!);
  });

  test("says what it is", async () => {
    const response = await fetch(`${classifier.url}/model`);
    expect(await response.json()).toMatchObject({
      model_id: "sentiment",
      model_type: "sequence_classification",
      id2label: { "0": "negative", "1": "positive" },
    });
    const { stdout } = await runWell([sentiment, "--version"]);
    expect(stdout).toContain("sentiment");
  });
});

describe("the embedder", () => {
  test("finds the paraphrase closer than the stranger in all 20 triples", async () => {
    const inputs = HELD_OUT_TRIPLES.flat();
    const { body } = await post(`${embedder.url}/embed`, { inputs });
    const vectors = body as number[][];
    const cosine = (left: number, right: number) =>
      (vectors[left] ?? []).reduce((sum, x, at) => sum + x * (vectors[right]?.[at] ?? 0), 0);
    const closer = HELD_OUT_TRIPLES.filter(
      (_, index) => cosine(3 * index, 3 * index + 1) > cosine(3 * index, 3 * index + 2),
    );
    expect(closer).toHaveLength(20);
    expect(Math.abs(cosine(0, 0) - 1)).toBeLessThan(1e-6);
  });

  test("answers a batch as it answers each text", async () => {
    const inputs = HELD_OUT_TRIPLES.flat().slice(0, 32);
    const batch = (await post(`${embedder.url}/embed`, { inputs })).body as number[][];
    for (const [index, text] of inputs.entries()) {
      const { body } = await post(`${embedder.url}/embed`, { inputs: text });
      expect((body as number[][])[0]).toEqual(batch[index]!);
    }
  });
});

test("the reranker puts the fitting text first, whatever the order", async () => {
  const file = await buildFile(folder.join("reranker"), models.reranker);
  await using server = await startServer(file);
  const triples = HELD_OUT_TRIPLES.slice(0, 10);
  const first: number[] = [];
  for (const [query, paraphrase, stranger] of triples) {
    const { body } = await post(`${server.url}/rerank`, { query, texts: [stranger, paraphrase] });
    const ranked = body as { index: number; score: number }[];
    expect(ranked[0]?.score).toBeGreaterThanOrEqual(ranked[1]?.score ?? 1);
    first.push(ranked[0]?.index ?? -1);
  }
  expect(first.filter((index) => index === 1).length).toBeGreaterThanOrEqual(9);
});

test("the entity finder names people and places with their spans", async () => {
  const file = await buildFile(folder.join("entities"), models.entities);
  await using server = await startServer(file);
  const inputs = HELD_OUT_ENTITIES.map(([text]) => text);
  const parameters = { aggregation_strategy: "simple" };
  const { body } = await post(`${server.url}/classify`, { inputs, parameters });
  type Entity = { entity_group: string; word: string; start: number; end: number; score: number };
  const found = body as Entity[][];
  const right = HELD_OUT_ENTITIES.filter(([, expected], index) =>
    Bun.deepEquals(
      found[index]?.map(({ entity_group, word }) => [entity_group, word]),
      expected.map((pair) => [...pair]),
    ),
  );
  expect(right.length).toBeGreaterThanOrEqual(17);
  for (const [index, entities] of found.entries()) {
    for (const { word, start, end, score } of entities) {
      expect([...inputs[index]!].slice(start, end).join("")).toBe(word);
      expect(score).toBeGreaterThan(0);
    }
  }
  const none = await post(`${server.url}/classify`, {
    inputs: inputs[0],
    parameters: { aggregation_strategy: "none" },
  });
  expect((none.body as { entity: string }[])[0]?.entity).toStartWith("B-");
});
