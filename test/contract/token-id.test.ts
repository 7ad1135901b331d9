// Inputs that are ids of tokens: which forms are taken, and which ids cannot be of this model's tokenizer.
import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { LIMITS } from "../../src/contract/index.ts";
import { parseRequest } from "../../src/contract/parse-request.ts";
import { textsOrIdsField } from "../../src/contract/token-id.ts";
import type { TaskInput } from "../../src/task/index.ts";
import { errorOf, prepare } from "./context.ts";

const ids = (...list: number[]): TaskInput => ({ text: "", ids: Int32Array.from(list) });

const FORMS: readonly (readonly [unknown, readonly TaskInput[]])[] = [
  ["a", [{ text: "a" }]],
  [
    ["a", "b"],
    [{ text: "a" }, { text: "b" }],
  ],
  [[1, 3], [ids(1, 3)]],
  [
    [[1, 3], [4]],
    [ids(1, 3), ids(4)],
  ],
  [
    ["a", [1, 3]],
    [{ text: "a" }, ids(1, 3)],
  ],
  [
    [[1, 3], "a"],
    [ids(1, 3), { text: "a" }],
  ],
];

test.each(FORMS)("textsOrIdsField() takes %j", (inputs, expected) => {
  expect(prepare("embed", { inputs }, "sentence").inputs).toEqual(expected);
});

const WRONG: readonly (readonly [unknown, string, string])[] = [
  [5, "inputs", "a string or an array"],
  [["a", 5], "inputs[1]", "a string or an array"],
  [[1, "a"], "inputs[1]", "a token id"],
  [[1, 1.5], "inputs[1]", "a token id"],
  [[1, -1], "inputs[1]", "a token id"],
  [[1, 2 ** 31], "inputs[1]", "a token id"],
  [[1, 1e300], "inputs[1]", "a token id"],
  [["a", [1, null]], "inputs[1][1]", "a token id"],
  [["a", ""], "inputs[1]", "a string of at least 1 character"],
  [["a", []], "inputs[1]", "an array of at least 1 item"],
  [[1, 6], "inputs[1]", "an id of this model's vocabulary"],
  [[[1], [99]], "inputs[1][0]", "an id of this model's vocabulary"],
];

test.each(WRONG)(
  "textsOrIdsField() refuses %j at %s as it expects %s",
  (inputs, path, expected) => {
    const { code, detail } = errorOf(() => prepare("embed", { inputs }, "sentence"));
    expect([code.slice(0, 8), detail["path"]]).toEqual(["REQUEST_", path]);
    expect(String(detail["expected"])).toContain(expected);
  },
);

test("textsOrIdsField() has limits for lists of inputs and for ids of one", () => {
  const field = z.object({
    inputs: textsOrIdsField({ ...LIMITS, inputsPerRequest: 2, charactersPerInput: 3 }),
  });
  const parse = (inputs: unknown) => parseRequest(field, { inputs });
  expect(parse([1, 2, 3])).toEqual({ inputs: [1, 2, 3] });
  expect(parse(["a", "b"])).toEqual({ inputs: ["a", "b"] });
  expect(errorOf(() => parse([1, 2, 3, 4])).message).toContain("an array of at most 3 items");
  expect(errorOf(() => parse(["a", "b", "c"])).message).toContain("an array of at most 2 items");
  expect(errorOf(() => parse(["a", [1, 2, 3, 4]])).message).toContain(
    "an array of at most 3 items",
  );
  expect(errorOf(() => parse([])).code).toBe("REQUEST_EMPTY");
});

test("textsOrIdsField() makes one fault of a hundred thousand wrong elements", () => {
  const inputs = new Array(100_000).fill(0.5);
  const { detail } = errorOf(() => prepare("embed", { inputs }, "sentence"));
  expect(detail["faults"]).toHaveLength(1);
});

test("textsOrIdsField() has a limit for the ids of all inputs, and is quick to find it out", () => {
  const row = new Array(1024).fill(1);
  const parse = (inputs: unknown) => prepare("embed", { inputs }, "sentence").inputs;
  expect(parse(new Array(1024).fill(row))).toHaveLength(1024);
  const error = errorOf(() => parse([...new Array(1024).fill(row), [1]]));
  expect([error.code, error.detail["path"]]).toEqual(["REQUEST_INVALID", "inputs"]);
  expect(error.message).toContain("at most 1048576 token ids in all");
});

test("textsOrIdsField() is described with all its forms", () => {
  const schema = z.toJSONSchema(z.object({ inputs: textsOrIdsField(LIMITS) }), { io: "input" });
  expect(schema.required).toEqual(["inputs"]);
  const ids = {
    type: "array",
    minItems: 1,
    maxItems: 250_000,
    items: { type: "integer", minimum: 0, maximum: 2 ** 31 - 1 },
  };
  expect(schema.properties?.["inputs"]).toMatchObject({
    anyOf: [{ type: "string" }, ids, { items: { anyOf: [{ type: "string" }, ids] } }],
  });
});

test("planTextsOrIds() gives ids no prompt, not even the model's own", () => {
  const named = errorOf(() =>
    prepare("embed", { inputs: [[1], "a"], prompt_name: "query" }, "sentence"),
  );
  expect(named.detail["path"]).toBe("prompt_name");
  const brought = errorOf(() => prepare("embed_all", { inputs: [1], prompt: "a:" }, "sentence"));
  expect(brought.detail["path"]).toBe("prompt");
});

describe("token ids in OpenAI's dialect", () => {
  // What the tokenizer of these tests puts around a text is 1 and 2.
  test.each([
    [[1, 3, 2]],
    [
      [
        [1, 3, 2],
        [1, 2],
      ],
    ],
  ])("%j are of this model", (input) => {
    expect(prepare("openai_embeddings", { input }, "sentence").inputs[0]?.ids?.[0]).toBe(1);
  });

  test.each<[unknown, string]>([
    [[3, 4], "input"],
    [[1, 3], "input"],
    [[3, 2], "input"],
    [[[1, 3, 2], [3]], "input[1]"],
    [[1], "input"],
    [[1, 100_257, 2], "input[1]"],
  ])("%j are foreign at %s, and the remedy is told", (input, path) => {
    const error = errorOf(() => prepare("openai_embeddings", { input }, "sentence"));
    expect([error.code, error.detail["path"]]).toEqual(["REQUEST_INVALID", path]);
    expect(error.message).toContain("check_embedding_ctx_length=False");
  });
});
