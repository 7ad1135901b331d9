// Goldens as users write them: every form, and every fault with its place.
import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { createOperations } from "../../src/contract/index.ts";
import {
  type GivenContext,
  printGoldens,
  REQUEST_OPTIONS,
  readGivenGoldens,
} from "../../src/golden/index.ts";
import type { TaskId } from "../../src/task/index.ts";

const read = (text: string | object, context: Partial<GivenContext> = {}) =>
  readGivenGoldens(
    new TextEncoder().encode(typeof text === "string" ? text : JSON.stringify(text)),
    {
      task: "sentence_embedding",
      precision: "float32",
      ...context,
    },
  );

const one = (entry: object, context: Partial<GivenContext> = {}) => {
  const { goldens, problems } = read([entry], context);
  expect(problems).toEqual([]);
  return goldens[0]?.golden;
};

describe("readGivenGoldens()", () => {
  test("readGivenGoldens() reads an array, a document, JSON lines and a single golden alike", () => {
    const entry = { input: "a", expected: [0.1] };
    const golden = {
      name: "given 1",
      origin: "given",
      operation: "predict",
      request: { inputs: ["a"] },
      response: { results: [{ embedding: [0.1] }] },
      tolerance: 1e-4,
    } as const;
    expect(read([entry]).goldens).toEqual([{ place: "entry 1", golden }]);
    expect(read({ version: 1, goldens: [entry] }).goldens).toEqual([{ place: "entry 1", golden }]);
    expect(read({ goldens: [entry] }).goldens).toEqual([{ place: "entry 1", golden }]);
    expect(read(entry).goldens).toEqual([{ place: "entry 1", golden }]);
    const lines = `\n${JSON.stringify(entry)}\r\n\n${JSON.stringify({ ...entry, name: "b" })}\n`;
    expect(read(lines).goldens).toEqual([
      { place: "line 2", golden },
      { place: "line 4", golden: { ...golden, name: "b" } },
    ]);
  });

  test("readGivenGoldens() reads a stored document as it is", () => {
    const stored = one({ request: { inputs: "a" }, response: [[1]], operation: "embed" });
    const own = { ...stored!, origin: "builder" as const, name: "short" };
    const document = {
      precision: "rough",
      batchInvariant: false,
      goldens: [own, stored!],
    } as const;
    const { goldens, problems } = read(new TextDecoder().decode(printGoldens(document)));
    expect(problems).toEqual([]);
    expect(goldens.map(({ golden }) => golden)).toEqual([own, stored!]);
  });

  test.each<readonly [TaskId, unknown, unknown, object, object]>([
    ["sentence_embedding", "a", [1, 2], { inputs: ["a"] }, { embedding: [1, 2] }],
    [
      "embedding",
      "a",
      [[1], [2]],
      { inputs: ["a"] },
      { embeddings: [{ embedding: [1] }, { embedding: [2] }] },
    ],
    ["sequence_classification", "a", "good", { inputs: ["a"] }, { predicted_label: "good" }],
    [
      "sequence_classification",
      ["a", "b"],
      [0.1, 0.9],
      { inputs: [["a", "b"]] },
      { scores: [0.1, 0.9] },
    ],
    [
      "token_classification",
      "a b",
      ["O", "B-X"],
      { inputs: ["a b"] },
      { tokens: [{ label: "O" }, { label: "B-X" }] },
    ],
    ["reranking", ["q", "t"], 0.5, { query: "q", texts: ["t"] }, { index: 0, score: 0.5 }],
    [
      "sparse_embedding",
      "a",
      { sparse_embedding: [] },
      { inputs: ["a"] },
      { sparse_embedding: [] },
    ],
    [
      "sentence_embedding",
      "a",
      { embedding: { length: 3 } },
      { inputs: ["a"] },
      { embedding: { length: 3 } },
    ],
  ])(
    "readGivenGoldens() reads the short form of %s about %j: %j",
    (task, input, expected, request, result) => {
      const golden = one({ input, expected }, { task });
      expect(golden).toMatchObject({
        operation: "predict",
        request,
        response: { results: [result] },
      });
    },
  );

  test("readGivenGoldens() reads several inputs with as many answers", () => {
    const golden = one(
      { inputs: ["a", "b"], expected: ["x", { scores: [1] }] },
      { task: "sequence_classification" },
    );
    expect(golden).toMatchObject({
      request: { inputs: ["a", "b"] },
      response: { results: [{ predicted_label: "x" }, { scores: [1] }] },
    });
  });

  test("readGivenGoldens() takes a request of any operation with a response of any kind", () => {
    const entry = {
      name: "n",
      operation: "classify",
      request: { inputs: "a", top_k: 1 },
      response: [{ label: "x" }],
      tolerance: 0.5,
    };
    expect(one(entry)).toEqual({ ...entry, origin: "given", operation: "classify" });
    const { response, ...question } = entry;
    expect(one({ ...question, expected: response })).toEqual(one(entry)!);
  });

  test("readGivenGoldens() takes length and first elements for a vector", () => {
    const part = { length: 40, first: [0.1] };
    expect(one({ input: "a", expected: part })?.response).toEqual({
      results: [{ embedding: part }],
    });
    expect(one({ input: "a", expected: [[1], part] }, { task: "embedding" })?.response).toEqual({
      results: [{ embeddings: [{ embedding: [1] }, { embedding: part }] }],
    });
  });

  test("readGivenGoldens() takes options of the request beside its short forms", () => {
    const entry = { input: "a", expected: [1], truncate: true, prompt_name: "query" };
    expect(one(entry)?.request).toEqual({ inputs: ["a"], truncate: true, prompt_name: "query" });
    const { problems } = read([{ request: {}, expected: [1], truncate: true }]);
    expect(problems).toEqual([
      'entry 1: "truncate": a place in "request" is expected, which is sent as it is',
    ]);
  });

  test("REQUEST_OPTIONS are those of predict", () => {
    const schemas = Object.values(createOperations().predict).map(
      ({ request }) => z.toJSONSchema(request, { io: "input" }).properties ?? {},
    );
    const fields = ["inputs", "metadata", "parameters", "query", "texts"];
    const options = new Set(schemas.flatMap((schema) => Object.keys(schema)));
    for (const field of fields) options.delete(field);
    expect([...options].sort()).toEqual([...REQUEST_OPTIONS].sort());
  });

  test.each([
    [{}],
    [{ first: [] }],
    [{ embedding: { first: [] } }],
    [{ embedding: {} }],
    [[{}, {}]],
  ])("readGivenGoldens() refuses to expect nothing: %j", (expected) => {
    for (const question of [{ input: "a" }, { request: { inputs: "a" } }]) {
      const { problems } = read([{ ...question, expected }]);
      expect(problems[0]).toStartWith('entry 1: "expected": something to compare with is expected');
    }
  });

  test("readGivenGoldens() numbers goldens across files", () => {
    expect(one({ input: "a", expected: [1] }, { before: 3 })?.name).toBe("given 4");
  });

  test("readGivenGoldens() tolerates more of graphs that compute roughly", () => {
    const entry = { input: "a", expected: [1] };
    expect(one(entry)?.tolerance).toBe(1e-4);
    expect(one(entry, { precision: "rough" })?.tolerance).toBe(2e-2);
    expect(one({ ...entry, tolerance: 0 }, { precision: "rough" })?.tolerance).toBe(0);
  });

  test.each<readonly [string, unknown, TaskId, string]>([
    ["no object", 5, "embedding", "entry 1: an object is expected: found 5"],
    [
      "an unknown field",
      { input: "a", expected: [1], tolerence: 1 },
      "sentence_embedding",
      'entry 1: "tolerence": one of input,',
    ],
    [
      "no question",
      { expected: [1] },
      "sentence_embedding",
      "entry 1: one of the fields input, inputs, request is expected: found none",
    ],
    [
      "two questions",
      { input: "a", inputs: [], expected: [1] },
      "sentence_embedding",
      "found input, inputs",
    ],
    [
      "no answer",
      { input: "a" },
      "sentence_embedding",
      "entry 1: one of the fields expected, response is expected: found none",
    ],
    [
      "two answers",
      { input: "a", expected: [1], response: [1] },
      "sentence_embedding",
      "found expected, response",
    ],
    [
      "an operation",
      { request: {}, expected: [1], operation: "train" },
      "embedding",
      '"operation": one of predict',
    ],
    [
      "an input of another operation",
      { input: "a", expected: [1], operation: "embed" },
      "embedding",
      '"input": "request" is expected for the operation embed',
    ],
    [
      "a tolerance",
      { input: "a", expected: [1], tolerance: "0.1" },
      "sentence_embedding",
      '"tolerance": a number of at least 0 is expected: found "0.1"',
    ],
    ["a name", { input: "a", expected: [1], name: 1 }, "sentence_embedding", '"name"'],
    [
      "a request",
      { request: "a", expected: [1] },
      "sentence_embedding",
      '"request": an object is expected: found "a"',
    ],
    [
      "an empty response",
      { request: {}, expected: null },
      "sentence_embedding",
      '"response": an answer',
    ],
    [
      "a label of an embedder",
      { input: "a", expected: "x" },
      "sentence_embedding",
      '"expected": a vector or an object that is a part of the result is expected: found "x"',
    ],
    ["an empty vector", { input: "a", expected: [] }, "sentence_embedding", '"expected": a vector'],
    [
      "a vector of texts",
      { input: "a", expected: ["1"] },
      "sentence_embedding",
      '"expected": a vector',
    ],
    [
      "an empty object",
      { input: "a", expected: {} },
      "sequence_classification",
      '"expected": something to compare with is expected: found {}',
    ],
    [
      "a number of a classifier",
      { input: "a", response: 1 },
      "sequence_classification",
      '"response": a label, an array of scores',
    ],
    [
      "labels that are none",
      { input: "a", expected: [1] },
      "token_classification",
      '"expected": an array of labels',
    ],
    [
      "vectors that are none",
      { input: "a", expected: [1] },
      "embedding",
      '"expected": an array of vectors',
    ],
    [
      "a vector of weights",
      { input: "a", expected: [1] },
      "sparse_embedding",
      '"expected": an object that is',
    ],
    [
      "one text of a reranker",
      { input: "a", expected: 1 },
      "reranking",
      '"input": a pair of query and text is expected: found "a"',
    ],
    [
      "inputs of a reranker",
      { inputs: [["a", "b"]], expected: [1] },
      "reranking",
      '"inputs": "input"',
    ],
    [
      "other answers than inputs",
      { inputs: ["a"], expected: [[1], [2]] },
      "sentence_embedding",
      "arrays of one length are expected: found an array of 1 and an array of 2",
    ],
    [
      "one bad answer of two",
      { inputs: ["a", "b"], expected: [[1], "x"] },
      "sentence_embedding",
      '"expected"[1]: a vector',
    ],
  ])("readGivenGoldens() names %s", (_, entry, task, words) => {
    const { goldens, problems } = read([entry] as object, { task });
    expect(goldens).toEqual([]);
    expect(problems.join("\n")).toContain(words);
    expect(problems.every((problem) => problem.startsWith("entry 1: "))).toBe(true);
  });

  test.each([
    ["nothing", "", "a golden is expected: found none"],
    ["no goldens", "[]", "a golden is expected: found none"],
    [
      "a text",
      '"a"',
      'an array of goldens, a document that holds one, or a golden per line is expected: found "a"',
    ],
    [
      "a document of another version",
      '{"version": 2, "goldens": []}',
      '"version": 1 is expected: found 2',
    ],
    ["a document of something else", '{"goldens": {}}', '"goldens": an array is expected'],
    ["a document with more", '{"goldens": [], "x": 1}', 'no field "x"'],
    ["a line", '{"input": "a", "expected": [1]}\n{"input": \n', "line 2: expected JSON"],
    ["depth", "[".repeat(50_000), "line 1: expected at most 32 nested levels"],
    ["too many", `[${"0,".repeat(1000)}0]`, "at most 1000 goldens are expected: found 1001"],
  ] as const)("readGivenGoldens() refuses %s", (_, text, words) => {
    const { goldens, problems } = read(text);
    expect(problems.join("\n")).toContain(words);
    expect(goldens.length).toBeLessThan(2);
  });

  test("readGivenGoldens() tells of every fault, but not of thousands", () => {
    expect(read([{ input: "a" }, { expected: [1] }, 5]).problems).toHaveLength(3);
    const { problems } = read(Array(500).fill(5));
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe("and 480 more problems");
  });

  test("readGivenGoldens() refuses bytes that are no UTF-8, and takes a byte order mark", () => {
    const context = { task: "sentence_embedding", precision: "float32" } as const;
    expect(readGivenGoldens(Uint8Array.of(0xff), context).problems[0]).toContain("UTF-8");
    expect(read('\ufeff[{"input": "a", "expected": [1]}]').goldens).toHaveLength(1);
  });
});
