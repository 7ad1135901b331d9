// Ranking of `documents`: both versions of Cohere, Jina, and what tells them apart.
import { describe, expect, test } from "bun:test";
import { LIMITS, type OperationId } from "../../src/contract/index.ts";
import { answerOf } from "../task/answer.ts";
import { errorOf, prepare, respond } from "./context.ts";

const sigmoid = (logit: number) => Math.fround(1 / (1 + Math.exp(-logit)));

const token = { id: 3, span: [0, 1] } as const;
const answers = [-1, 2, 0.5].map((logit) => answerOf([[logit]], [token, token]));
const ASKED = { query: "q", documents: ["a", "b", "c"] };

function inputsOf(id: OperationId, body: object) {
  return prepare(id, body, "reranking").inputs.map(({ pair }) => pair);
}

describe("rerankCohere()", () => {
  test("answers in the shape of version 2, the best first", () => {
    const body = { model: "rerank-v3.5", ...ASKED, priority: 3 };
    expect(respond("rerank_v2", { body, model: "reranking" }, answers)).toEqual({
      id: "request-1",
      results: [
        { index: 1, relevance_score: sigmoid(2) },
        { index: 2, relevance_score: sigmoid(0.5) },
        { index: 0, relevance_score: sigmoid(-1) },
      ],
      meta: { api_version: { version: "2" }, billed_units: { search_units: 1 } },
    });
  });

  test("shows the best top_n, and all when there are fewer", () => {
    const shown = (top_n: number | null) => {
      const body = { ...ASKED, top_n };
      const response = respond("rerank_v2", { body, model: "reranking" }, answers);
      return (response as { results: { index: number }[] }).results.map(({ index }) => index);
    };
    expect(shown(1)).toEqual([1]);
    expect(shown(9)).toEqual([1, 2, 0]);
    expect(shown(null)).toEqual([1, 2, 0]);
  });

  test("asks the engine for pairs, of whose documents 4,096 tokens count", () => {
    const { inputs, options } = prepare("rerank_v2", ASKED, "reranking");
    expect(inputs[0]).toEqual({ text: "q", pair: "a" });
    expect(options).toEqual({ pairTokensMax: 4096 });
    const fewer = { ...ASKED, max_tokens_per_doc: 7, truncate: false };
    expect(prepare("rerank_v2", fewer, "reranking").options).toEqual({
      pairTokensMax: 7,
      truncate: false,
    });
  });

  test("counts a unit per hundred documents, and tells of those that were cut", () => {
    const cut = { ...answers[0]!, encoding: { ...answers[0]!.encoding, truncated: true } };
    const response = (count: number, isCut: boolean) => {
      const body = { query: "q", documents: Array<string>(count).fill("") };
      const given = Array.from({ length: count }, () => (isCut ? cut : answers[0]!));
      const answer = respond("rerank_v2", { body, model: "reranking" }, given);
      return (answer as { meta: { billed_units: object; warnings?: string[] } }).meta;
    };
    expect(response(100, false).billed_units).toEqual({ search_units: 1 });
    expect(response(101, false).billed_units).toEqual({ search_units: 2 });
    expect(response(1, true).warnings).toEqual(["1 document was truncated to fit the model"]);
    expect(response(2, true).warnings).toEqual(["2 documents were truncated to fit the model"]);
  });
});

describe("rerankDocuments()", () => {
  test("answers Jina with documents, model and usage, and Cohere's meta", () => {
    const body = { model: "jina-reranker-v2-base-multilingual", ...ASKED, top_n: 2 };
    expect(respond("rerank", { body, model: "reranking" }, answers)).toEqual({
      id: "request-1",
      model: "my-model",
      object: "list",
      results: [
        { index: 1, relevance_score: sigmoid(2), document: { text: "b" } },
        { index: 2, relevance_score: sigmoid(0.5), document: { text: "c" } },
      ],
      usage: { prompt_tokens: 6, total_tokens: 6 },
      meta: { api_version: { version: "1" }, billed_units: { search_units: 1 } },
    });
  });

  test.each<[string, object, boolean]>([
    ["Jina's model", { model: "jina-reranker-v1" }, true],
    ["any other model", { model: "BAAI/bge-reranker-base" }, true],
    ["Jina's that wants none", { model: "jina-reranker-v1", return_documents: false }, false],
    ["no model", {}, false],
    ["Cohere's model", { model: "rerank-english-v3.0" }, false],
    ["chunks", { model: "m", max_chunks_per_doc: 10 }, false],
    ["fields", { model: "m", rank_fields: ["text"] }, false],
    ["Cohere's that wants them", { model: "rerank-v3.5", return_documents: true }, true],
    ["nulls", { model: "m", max_chunks_per_doc: null, rank_fields: null }, true],
  ])("gives documents back where they are expected: %s", (_, fields, expected) => {
    const body = {
      query: "q",
      documents: [{ text: "a" }, { text: "b" }, { text: "c" }],
      ...fields,
    };
    const response = respond("rerank", { body, model: "reranking" }, answers);
    const { results } = response as { results: { document?: object }[] };
    expect(results[0]?.document).toEqual(expected ? { text: "b" } : undefined);
  });

  test("ranks objects by their text and gives them back whole", () => {
    const documents = [{ text: "a", id: 7 }, "b", { text: "", on: true, off: null }];
    const body = { query: "q", documents, return_documents: true };
    expect(inputsOf("rerank", body)).toEqual(["a", "b", ""]);
    expect(respond("rerank", { body, model: "reranking" }, answers)).toMatchObject({
      results: [
        { document: { text: "b" } },
        { document: documents[2] },
        { document: documents[0] },
      ],
    });
  });

  test("ranks objects by rank_fields in their order, without those they lack", () => {
    const documents = [{ title: "T", year: 1999 }, { year: null, title: "U" }, "c"];
    const body = { query: "q", documents, rank_fields: ["year", "title", "none"] };
    expect(inputsOf("rerank", body)).toEqual(["1999\nT", "\nU", "c"]);
  });

  test("takes what is empty and what is there twice", () => {
    expect(inputsOf("rerank", { query: "q", documents: ["", "a", "a"] })).toEqual(["", "a", "a"]);
  });

  test("leaves the cut of documents to the model unless the request says", () => {
    expect(prepare("rerank", ASKED, "reranking").options).toEqual({});
    const body = { ...ASKED, max_tokens_per_doc: 5 };
    expect(prepare("rerank", body, "reranking").options).toEqual({ pairTokensMax: 5 });
  });

  test("a request with texts and without documents is TEI's", () => {
    const body = { query: "q", texts: ["a", "b", "c"], documents: null };
    expect(respond("rerank", { body, model: "reranking" }, answers)).toEqual([
      { index: 1, score: sigmoid(2) },
      { index: 2, score: sigmoid(0.5) },
      { index: 0, score: sigmoid(-1) },
    ]);
  });
});

describe("faults", () => {
  const max = LIMITS.textsPerRerank;
  const huge = "a".repeat(LIMITS.charactersPerInput + 1);
  const many = (count: number) => Array<string>(count).fill("a");

  test.each<[OperationId]>([["rerank"], ["rerank_v2"]])("%s takes 1,000 documents", (id) => {
    expect(inputsOf(id, { query: "q", documents: many(max) })).toHaveLength(max);
  });

  const FAULTS: readonly [OperationId, object, string, string][] = [
    ["rerank", { documents: many(max + 1) }, "documents", "at most 1000 items"],
    ["rerank_v2", { documents: many(max + 1) }, "documents", "at most 1000 items"],
    ["rerank", { documents: [] }, "documents", "at least 1 item"],
    ["rerank_v2", { documents: [] }, "documents", "at least 1 item"],
    ["rerank_v2", {}, "documents", "missing"],
    ["rerank_v2", { documents: [{ text: "a" }] }, "documents[0]", "a string"],
    ["rerank", { documents: ["a", 1] }, "documents[1]", "a string or an object"],
    ["rerank", { documents: [{ text: ["a"] }] }, "documents[0].text", "a string"],
    ["rerank", { documents: ["a", { title: "b" }] }, "documents[1]", 'an object with "text"'],
    [
      "rerank",
      { documents: [{ text: "a" }], rank_fields: ["x", "y"] },
      "documents[0]",
      'an object with "x" or "y"',
    ],
    ["rerank", { documents: [{ text: huge }] }, "documents[0]", "250000"],
    ["rerank", { documents: [huge] }, "documents[0]", "250000"],
    ["rerank", { documents: ["a"], rank_fields: ["x", "x"] }, "rank_fields", "different names"],
    ["rerank", { documents: ["a"], rank_fields: [] }, "rank_fields", "at least 1 item"],
    ["rerank", { documents: ["a"], top_n: 0 }, "top_n", "at least 1"],
    ["rerank", { documents: ["a"], top_k: 1 }, "top_k", 'did you mean "top_n"?'],
    ["rerank", { documents: ["a"], max_tokens_per_doc: 0 }, "max_tokens_per_doc", "at least 1"],
    ["rerank", { documents: ["a"], raw_scores: true }, "raw_scores", "from 0 to 1"],
    ["rerank_v2", { documents: ["a"], raw_scores: true }, "raw_scores", "from 0 to 1"],
    ["rerank", { documents: ["a"], query: "" }, "query", "at least 1 character"],
    ["rerank", { documents: ["a"], return_documents: "yes" }, "return_documents", "true or false"],
  ];

  // By number, as some requests are long.
  test.each([...FAULTS.keys()])("documents that are refused: %d", (place) => {
    const [id, fields, path, sentence] = FAULTS[place]!;
    const error = errorOf(() => prepare(id, { query: "q", ...fields }, "reranking"));
    expect(error.detail["path"]).toBe(path);
    expect(error.message).toContain(sentence);
  });
});

test.each<[string, unknown, string]>([
  ["neither", { query: "q" }, '"documents" is missing where an array (or "texts") is expected'],
  [
    "both",
    { query: "q", texts: ["a"], documents: ["a"] },
    '"documents" is an array of 1 where nothing beside "texts" is expected',
  ],
  ["a misspelt one", { query: "q", text: ["a"] }, 'did you mean "texts"?'],
])("a request for a ranking with %s is told what is meant", (_, body, expected) => {
  expect(errorOf(() => prepare("rerank", body, "reranking")).message).toContain(expected);
});
