// What people's programs use against compiled rerankers and classifiers: Cohere's SDK, requests as Jina documents them,
// and Hugging Face's client.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { InferenceClient } from "@huggingface/inference";
import { CohereClient, CohereClientV2, CohereError } from "cohere-ai";
import {
  HELD_OUT_ENTITIES,
  HELD_OUT_SENTIMENT,
  HELD_OUT_TRIPLES,
} from "../../scripts/demo-model/held-out.ts";
import { cachedDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { buildFile, post, type RunningServer, startServer } from "./executable.ts";

const folder = createTempDir();
let reranker: RunningServer;
let sentiment: RunningServer;
let entities: RunningServer;
let nli: RunningServer;

const [QUERY = "", PARAPHRASE = "", STRANGER = ""] = HELD_OUT_TRIPLES[0] ?? [];
const DOCUMENTS = [STRANGER, PARAPHRASE];

beforeAll(async () => {
  const models = await cachedDemoModels();
  const serve = async (name: string, model: string, ...flags: string[]) =>
    startServer(await buildFile(folder.join(name), model, "--name", name, ...flags));
  reranker = await serve("reranker", models.reranker);
  sentiment = await serve("sentiment", models.sentiment);
  entities = await serve("entities", models.entities);
  const classes = await makeFixture({ head: "sequence-classification" });
  nli = await serve("nli", classes, "--labels", "contradiction,neutral,entailment");
});

afterAll(async () => {
  const running = [reranker, sentiment, entities, nli];
  await Promise.all(running.map((server) => server[Symbol.asyncDispose]()));
  folder[Symbol.dispose]();
});

type Ranked = { readonly index: number; readonly score: number }[];

/** As the TEI route gives them. */
async function expectedRanking(): Promise<Ranked> {
  const { body } = await post(`${reranker.url}/rerank`, { query: QUERY, texts: DOCUMENTS });
  return body as Ranked;
}

describe("cohere-ai", () => {
  const options = () => ({ token: "unused", environment: reranker.url });

  test("rerank of version 2", async () => {
    const client = new CohereClientV2(options());
    const answer = await client.rerank({
      model: "rerank-v3.5",
      query: QUERY,
      documents: DOCUMENTS,
      topN: 1,
      maxTokensPerDoc: 512,
    });
    const [best] = await expectedRanking();
    expect(answer.id).toBeString();
    expect(answer.results).toEqual([{ index: 1, relevanceScore: best?.score ?? 0 }]);
    expect(answer.meta?.apiVersion?.version).toBe("2");
    expect(answer.meta?.billedUnits?.searchUnits).toBe(1);
  });

  test("rerank of version 1, of objects by their fields", async () => {
    const client = new CohereClient(options());
    const answer = await client.rerank({
      query: QUERY,
      documents: [
        { text: "x", body: STRANGER },
        { text: "x", body: PARAPHRASE },
      ],
      rankFields: ["body"],
      returnDocuments: true,
      maxChunksPerDoc: 10,
    });
    const ranking = await expectedRanking();
    expect(answer.results.map(({ index }) => index)).toEqual(ranking.map(({ index }) => index));
    expect(answer.results[0]?.relevanceScore).toBe(ranking[0]?.score ?? 0);
    expect(answer.results[0]?.document).toMatchObject({ text: "x", body: PARAPHRASE });
    const bare = await client.rerank({ query: QUERY, documents: DOCUMENTS });
    expect(bare.results[0]?.document).toBeUndefined();
  });

  test("errors carry a message it understands", async () => {
    const client = new CohereClientV2({ ...options(), maxRetries: 0 });
    const failed = client.rerank({ model: "m", query: QUERY, documents: [] });
    const error = await failed.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(CohereError);
    const { statusCode, body } = error as CohereError;
    expect(statusCode).toBe(400);
    expect((body as { message: string }).message).toContain('"documents"');
  });

  test("a model of another task says what it can do", async () => {
    const client = new CohereClientV2({
      token: "unused",
      environment: sentiment.url,
      maxRetries: 0,
    });
    const failed = client.rerank({ model: "m", query: QUERY, documents: DOCUMENTS });
    const error = await failed.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect((error as CohereError).statusCode).toBe(400);
    expect((error as CohereError).message).toContain("it serves POST /predict, POST /classify");
  });
});

describe("Jina", () => {
  const ask = (body: object) =>
    fetch(`${reranker.url}/v1/rerank`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: "Bearer unused" },
      body: JSON.stringify({ model: "jina-reranker-v2-base-multilingual", query: QUERY, ...body }),
    });

  test("a request as it documents them", async () => {
    const answer = await (await ask({ top_n: 2, documents: DOCUMENTS })).json();
    const ranking = await expectedRanking();
    expect(answer).toMatchObject({
      model: "reranker",
      object: "list",
      usage: { total_tokens: expect.any(Number), prompt_tokens: expect.any(Number) },
      results: ranking.map(({ index, score }) => ({
        index,
        relevance_score: score,
        document: { text: DOCUMENTS[index] },
      })),
    });
  });

  test("errors have a detail", async () => {
    const response = await ask({ documents: "x" });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('"documents"') });
  });

  test("a document of which few tokens count is ranked by those", async () => {
    const long = `${PARAPHRASE} ${STRANGER} ${STRANGER}`;
    const scores = async (documents: string[], more: object) => {
      const response = await ask({ documents, ...more });
      const { results } = (await response.json()) as { results: { relevance_score: number }[] };
      return [results[0]?.relevance_score, response.headers.get("x-truncated-inputs")];
    };
    const first = PARAPHRASE.split(" ")[0] ?? "";
    const [alone] = await scores([first], {});
    const [cut, truncated] = await scores([long], { max_tokens_per_doc: 1 });
    expect(cut).toBe(alone as number);
    expect(truncated).toBe("1");
  });
});

describe("@huggingface/inference", () => {
  const client = new InferenceClient();
  const [label, text] = HELD_OUT_SENTIMENT[0] ?? ["positive", ""];

  test("textClassification at the path of its own API", async () => {
    const endpointUrl = `${sentiment.url}/models/sentiment`;
    const answer = await client.textClassification({ endpointUrl, inputs: text });
    expect(answer.map((item) => item.label).sort()).toEqual(["negative", "positive"]);
    expect(answer[0]?.label).toBe(label);
    const { body } = await post(`${sentiment.url}/classify`, { inputs: text });
    expect(answer).toEqual(body as typeof answer);
    const best = await client.textClassification({
      endpointUrl,
      inputs: text,
      parameters: { top_k: 1 },
    });
    expect(best).toHaveLength(1);
  });

  test.each([["/classify"], ["/models/entities"], ["/"], ["/invocations"]])(
    "tokenClassification at %s",
    async (path) => {
      const [sentence = ""] = HELD_OUT_ENTITIES[0] ?? [];
      const answer = await client.tokenClassification({
        endpointUrl: entities.url + path,
        inputs: sentence,
      });
      expect(answer.length).toBeGreaterThan(0);
      for (const { word, start, end } of answer) {
        expect([...sentence].slice(start, end).join("").toLowerCase()).toBe(word.toLowerCase());
      }
    },
  );

  test.each([["/classify"], ["/models/nli"]])("zeroShotClassification at %s", async (path) => {
    const answer = await client.zeroShotClassification({
      endpointUrl: nli.url + path,
      inputs: "I have a problem with my phone",
      parameters: { candidate_labels: ["refund", "faq"] },
    });
    expect(answer.map((item) => item.label).sort()).toEqual(["faq", "refund"]);
    expect(answer.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 5);
  });

  test("another name than the model's is refused with a reason", async () => {
    const endpointUrl = `${sentiment.url}/models/other`;
    const failed = client.textClassification({ endpointUrl, inputs: text });
    await expect(failed).rejects.toThrow('this server has "sentiment"');
  });
});
