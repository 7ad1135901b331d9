// Which text goes before the inputs of embedding models, and the sparse vectors of texts.
import { describe, expect, test } from "bun:test";
import { create } from "@bufbuild/protobuf";
import type { OperationId } from "../../src/contract/index.ts";
import { type Model, PromptSchema, SparsePooling } from "../../src/gen/manifest_pb.ts";
import { answerOf, Pooling, Task } from "../task/answer.ts";
import { errorOf, prepare, respond } from "./context.ts";

const prompts = [
  create(PromptSchema, { name: "query", text: "query: " }),
  create(PromptSchema, { name: "document", text: "" }),
];

type Fields = Partial<Omit<Model, "$typeName" | "tokenizer">>;

const sentence: Fields = { task: Task.SENTENCE_EMBEDDING, width: 2, pooling: [Pooling.MEAN] };
const embedding: Fields = { task: Task.EMBEDDING, width: 2 };
const sparse: Fields = {
  task: Task.SPARSE_EMBEDDING,
  width: 7,
  sparsePooling: SparsePooling.SPARSE_MAX,
};

const ROUTES: [OperationId, Fields][] = [
  ["embed", sentence],
  ["embed_all", sentence],
  ["embed_all", embedding],
  ["embed_sparse", sparse],
  ["predict", sentence],
  ["predict", embedding],
  ["predict", sparse],
];

describe("promptOf()", () => {
  test.each(ROUTES)("promptOf() of %s goes before every input", (id, model) => {
    const body = { inputs: ["a", "b"], prompt_name: "query" };
    expect(prepare(id, body, { ...model, prompts }).inputs).toEqual([
      { text: "a", prompt: "query: " },
      { text: "b", prompt: "query: " },
    ]);
  });

  test.each<[string, string, object, string | undefined]>([
    ["nothing", "", {}, undefined],
    ["nothing", "query", {}, "query: "],
    ["null", "query", { prompt_name: null, prompt: null }, "query: "],
    ["no prompt", "query", { prompt: "" }, undefined],
    ["a prompt that is empty", "query", { prompt_name: "document" }, undefined],
    ["a name", "document", { prompt_name: "query" }, "query: "],
    ["a text of its own", "query", { prompt: "find: " }, "find: "],
    ["a text in the parameters", "query", { parameters: { prompt: "find: " } }, "find: "],
    ["half of a surrogate pair", "", { prompt: "\ud800" }, "\ufffd"],
  ])("promptOf() a request with %s, where the default is %j", (_, defaultPrompt, body, prompt) => {
    const model = { ...sentence, prompts, defaultPrompt };
    const { inputs } = prepare("embed", { inputs: "a", ...body }, model);
    expect(inputs).toEqual([prompt === undefined ? { text: "a" } : { text: "a", prompt }]);
  });

  test("promptOf() takes a text for models without prompts, but no name", () => {
    expect(prepare("embed", { inputs: "a", prompt: "q: " }, sentence).inputs).toEqual([
      { text: "a", prompt: "q: " },
    ]);
    const { message } = errorOf(() => prepare("embed", { inputs: "a", prompt_name: "" }, sentence));
    expect(message).toBe(
      'Cannot read the request as "prompt_name" is "" where null (this model has no prompts) is ' +
        "expected",
    );
  });

  test.each(ROUTES)("promptOf() of %s refuses an unknown name and lists all", (id, fields) => {
    const model = { ...fields, prompts, defaultPrompt: "query" };
    const error = errorOf(() => prepare(id, { inputs: "a", prompt_name: "queri" }, model));
    expect([error.code, error.detail["path"]]).toEqual(["REQUEST_INVALID", "prompt_name"]);
    expect(error.message).toBe(
      'Cannot read the request as "prompt_name" is "queri" where "query" or "document" is expected',
    );
  });

  test("promptOf() lists no more names than fit a message", () => {
    const many = Array.from({ length: 25 }, (_, index) =>
      create(PromptSchema, { name: `p${index}`, text: "x" }),
    );
    const model = { ...sentence, prompts: many };
    const { message } = errorOf(() => prepare("embed", { inputs: "a", prompt_name: "x" }, model));
    expect(message).toContain('"p19" or one of 5 more is expected');
  });

  test("promptOf() refuses both, and a prompt of 10,001 characters", () => {
    const model = { ...sentence, prompts };
    const both = { inputs: "a", prompt: "", prompt_name: "query" };
    expect(errorOf(() => prepare("embed", both, model)).message).toBe(
      'Cannot read the request as "prompt" is "" where null (with "prompt_name" given) is expected',
    );
    const long = (length: number) => ({ inputs: "a", prompt: "x".repeat(length) });
    expect(prepare("embed", long(10_000), model).inputs).toHaveLength(1);
    const error = errorOf(() => prepare("embed", long(10_001), model));
    expect([error.code, error.detail["path"]]).toEqual(["REQUEST_INVALID", "prompt"]);
  });
});

describe("sparse embedding", () => {
  const weights = answerOf([[0, 2, 0, 0.5, 0, 2, 0]]);

  test.each([["a"], [["a"]]])("embed_sparse of %j is a list of what counts", (inputs) => {
    expect(respond("embed_sparse", { body: { inputs }, model: sparse }, [weights])).toEqual([
      [
        { index: 1, value: 2 },
        { index: 3, value: 0.5 },
        { index: 5, value: 2 },
      ],
    ]);
  });

  test("embed_sparse of a text in which nothing counts is empty", () => {
    const nothing = answerOf([[0, 0, 0, 0, 0, 0, 0]]);
    const body = { inputs: ["a", "b"] };
    expect(respond("embed_sparse", { body, model: sparse }, [nothing, nothing])).toEqual([[], []]);
  });

  test.each<[object, [number, string][]]>([
    [
      {},
      [
        [1, "[CLS]"],
        [3, "ann"],
        [5, "x"],
      ],
    ],
    [
      { top_k: 2 },
      [
        [1, "[CLS]"],
        [5, "x"],
      ],
    ],
    [
      { parameters: { top_k: 9 } },
      [
        [1, "[CLS]"],
        [5, "x"],
        [3, "ann"],
      ],
    ],
  ])("predict of sparse_embedding with %j names the tokens", (options, expected) => {
    const body = { inputs: "a", metadata: { k: "v" }, ...options };
    const sparse_embedding = expected.map(([index, token]) => ({
      index,
      value: index === 3 ? 0.5 : 2,
      token,
    }));
    expect(respond("predict", { body, model: sparse }, [weights])).toEqual({
      results: [{ sparse_embedding }],
      model_id: "my-model",
      metadata: { k: "v" },
    });
  });

  test("predict of sparse_embedding leaves a token without a name empty", () => {
    const answer = answerOf([[0, 0, 0, 0, 0, 0, 1]]);
    expect(respond("predict", { body: { inputs: "a" }, model: sparse }, [answer])).toMatchObject({
      results: [{ sparse_embedding: [{ index: 6, token: "" }] }],
    });
  });

  test("embed_sparse knows no top_k, as in TEI", () => {
    const error = errorOf(() => prepare("embed_sparse", { inputs: "a", top_k: 1 }, sparse));
    expect([error.code, error.detail["path"]]).toEqual(["REQUEST_INVALID", "top_k"]);
  });
});
