// Requests that do not fit: what the caller is told, and that none costs much.
import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { LIMITS, type OperationId, parseRequest } from "../../src/contract/index.ts";
import { errorOf, type MODELS, prepare } from "./context.ts";

type Case = [OperationId, keyof typeof MODELS, body: unknown, path: string, sentence: string];

function text(length: number): string {
  return "x".repeat(length);
}

describe("parseRequest", () => {
  test("parseRequest counts the characters of a text in UTF-16 units", () => {
    const emoji = "\u{1f600}";
    const fitting = emoji.repeat(LIMITS.charactersPerInput / 2);
    const refusals = [
      ["sentence", "embed", { inputs: `${fitting}${emoji}` }],
      ["sequence", "predict", { inputs: [["a", `${fitting}x`]] }],
    ] as const;
    for (const [model, operation, body] of refusals) {
      expect(errorOf(() => prepare(operation, body, model)).message).toMatch(
        /is a string of 25000[12] characters where a string of at most 250000 characters is expected$/,
      );
    }
    expect(() => prepare("embed", { inputs: fitting }, "sentence")).not.toThrow();
  });

  const refused: Case[] = [
    ["predict", "sentence", undefined, "", "its body is missing where an object is expected"],
    ["predict", "sentence", null, "", "its body is null where an object is expected"],
    ["predict", "sentence", [1], "", "its body is an array of 1 where an object is expected"],
    ["predict", "sentence", "text", "", 'its body is "text" where an object is expected'],
    [
      "predict",
      "sentence",
      {},
      "inputs",
      '"inputs" is missing where a string or an array is expected',
    ],
    [
      "predict",
      "sentence",
      { inputs: null },
      "inputs",
      '"inputs" is null where a string or an array is expected',
    ],
    [
      "predict",
      "sentence",
      { inputs: ["a", 3] },
      "inputs[1]",
      '"inputs[1]" is 3 where a string is expected',
    ],
    [
      "predict",
      "sentence",
      { inputs: ["a", ""] },
      "inputs[1]",
      '"inputs[1]" is "" where a string of at least 1 character is expected',
    ],
    [
      "predict",
      "sentence",
      { inputs: ["a", ["b", "c"]] },
      "inputs[1]",
      '"inputs[1]" is an array of 2 where a string is expected',
    ],
    [
      "predict",
      "sequence",
      { inputs: ["a", ["b", 7]] },
      "inputs[1][1]",
      '"inputs[1][1]" is 7 where a string is expected',
    ],
    [
      "predict",
      "sequence",
      { inputs: ["a", 7] },
      "inputs[1]",
      '"inputs[1]" is 7 where a string or a pair of strings is expected',
    ],
    [
      "predict",
      "sequence",
      { inputs: [["", ""]] },
      "inputs[0]",
      '"inputs[0]" is an array of 2 where a pair with at least one text is expected',
    ],
    [
      "predict",
      "sentence",
      { inputs: "a", metadata: { k: 1 } },
      "metadata.k",
      '"metadata.k" is 1 where a string is expected',
    ],
    [
      "predict",
      "sentence",
      { inputs: "a", metadata: ["k"] },
      "metadata",
      '"metadata" is an array of 1 where an object is expected',
    ],
    [
      "predict",
      "sentence",
      { inputs: "a", dimensions: 1.5 },
      "dimensions",
      '"dimensions" is 1.5 where an integer is expected',
    ],
    [
      "predict",
      "embedding",
      { inputs: "a", offsets: "chars" },
      "offsets",
      '"offsets" is "chars" where "codepoint" or "utf16" or "byte" is expected',
    ],
    [
      "embed",
      "sentence",
      { inputs: "a", normalize: "yes" },
      "normalize",
      '"normalize" is "yes" where true or false is expected',
    ],
    [
      "embed",
      "sentence",
      { inputs: "a", prompt_name: "query" },
      "prompt_name",
      '"prompt_name" is "query" where null (this model has no prompts) is expected',
    ],
    [
      "embed",
      "sentence",
      { inputs: text(LIMITS.charactersPerInput + 1) },
      "inputs",
      '"inputs" is a string of 250001 characters where a string of at most 250000 characters ' +
        "is expected",
    ],
    [
      "embed",
      "sentence",
      { inputs: new Array(LIMITS.inputsPerRequest + 1).fill("a") },
      "inputs",
      '"inputs" is an array of 2049 where an array of at most 2048 items is expected',
    ],
    [
      "rerank",
      "reranking",
      { query: "q", texts: new Array(LIMITS.textsPerRerank + 1).fill("a") },
      "texts",
      '"texts" is an array of 1001 where an array of at most 1000 items is expected',
    ],
    [
      "classify",
      "sequence",
      { inputs: "a", parameters: { stride: 2 } },
      "parameters.stride",
      '"parameters.stride" is none of the fields raw_scores, function_to_apply, top_k, ' +
        "threshold, truncate, truncation_direction: leave it out",
    ],
    [
      "classify",
      "token",
      { inputs: "a", candidate_labels: ["x"] },
      "candidate_labels",
      '"candidate_labels" is none of the fields inputs, input, aggregation_strategy, ' +
        "ignore_labels, threshold, offsets, stride, truncate, truncation_direction, parameters: " +
        "leave it out",
    ],
    [
      "classify",
      "token",
      { inputs: ["a", ["b", "c"]] },
      "inputs[1]",
      '"inputs[1]" is an array of 2 where a string or an array of at most 1 item is expected',
    ],
    [
      "classify",
      "token",
      { inputs: [["a"], [7]] },
      "inputs[1][0]",
      '"inputs[1][0]" is 7 where a string is expected',
    ],
    [
      "classify",
      "sequence",
      { inputs: "a", input: "b" },
      "",
      'its body is an object where an object with either "inputs" or "input", not both is expected',
    ],
    [
      "classify",
      "sequence",
      { inputs: "a", parameters: { top_k: 0 } },
      "parameters.top_k",
      '"parameters.top_k" is 0 where at least 1 is expected',
    ],
  ];

  // The body comes last, as the name of a test shows only what comes first: bodies may be huge.
  test.each(
    refused.map(
      ([id, model, body, path, sentence]) => [id, model, sentence, { path, body }] as const,
    ),
  )("parseRequest() of %s for %s: %s", (id, model, sentence, { path, body }) => {
    const error = errorOf(() => prepare(id, body, model));
    expect(error.code).toBe("REQUEST_INVALID");
    expect(error.message).toBe(`Cannot read the request as ${sentence}`);
    expect(error.detail["path"]).toBe(path);
  });

  test.each<[OperationId, keyof typeof MODELS, unknown, string]>([
    ["predict", "sentence", { inputs: [] }, "inputs"],
    ["predict", "sequence", { inputs: [] }, "inputs"],
    ["embed", "sentence", { inputs: [] }, "inputs"],
    ["rerank", "reranking", { query: "q", texts: [] }, "texts"],
    ["classify", "token", { input: [] }, "input"],
    ["classify", "token", { inputs: [["a"], []] }, "inputs[1]"],
  ])("parseRequest() of %s for %s refuses %j with REQUEST_EMPTY", (id, model, body, path) => {
    const error = errorOf(() => prepare(id, body, model));
    expect([error.code, error.detail["path"]]).toEqual(["REQUEST_EMPTY", path]);
    expect(error.message).toContain("an array of at least 1 item is expected");
  });

  test("parseRequest() counts further faults and lists the first eight", () => {
    const body = { inputs: [1, 2], query: 3, texts: "x", raw_scores: "y", return_text: 1 };
    const error = errorOf(() => prepare("rerank", body, "reranking"));
    expect(error.message).toEndWith(": and 3 more faults");
    expect(error.detail["faults"]).toHaveLength(4);
    const schema = z.array(z.string());
    const many = errorOf(() => parseRequest(schema, new Array(100).fill(1)));
    expect(many.message).toEndWith(": and 99 more faults");
    expect(many.detail["faults"]).toHaveLength(8);
    const two = errorOf(() => parseRequest(schema, [1, 2]));
    expect(two.message).toEndWith(": and 1 more fault");
  });

  test("parseRequest() looks at no element of an array that is too long", () => {
    const body = { inputs: new Array(1_000_000).fill(1) };
    const error = errorOf(() => prepare("predict", body, "sequence"));
    expect(error.detail["faults"]).toHaveLength(1);
    const texts = { query: "q", texts: new Array(1_000_000).fill(1) };
    expect(errorOf(() => prepare("rerank", texts, "reranking")).detail["path"]).toBe("texts");
  });

  test("parseRequest() refuses metadata of too many entries without looking at them", () => {
    const entries = Array.from({ length: LIMITS.metadataEntries + 1 }, (_, key) => [key, 1]);
    const body = { inputs: "a", metadata: Object.fromEntries(entries) };
    const error = errorOf(() => prepare("predict", body, "sentence"));
    expect(error.detail["faults"]).toEqual([
      '"metadata" is an object where an object of at most 256 entries is expected',
    ]);
  });

  test("parseRequest() repeats no long name or value", () => {
    const body = {
      inputs: "a",
      metadata: { [text(10_000)]: 1 },
      truncation_direction: text(9_999),
    };
    const error = errorOf(() => prepare("predict", body, "sentence"));
    expect(error.message.length).toBeLessThan(200);
    expect(JSON.stringify(error.detail).length).toBeLessThan(800);
  });

  test("parseRequest() refuses metadata it could not give back", () => {
    const body = JSON.parse('{"inputs":"a","metadata":{"a":"b","__proto__":"c"}}');
    const error = errorOf(() => prepare("predict", body, "sentence"));
    expect(error.code).toBe("REQUEST_INVALID");
    expect(error.detail["faults"]).toEqual([
      '"metadata" is an object where an object without the name "__proto__" is expected',
    ]);
  });

  test("parseRequest() survives names of object members", () => {
    const body = JSON.parse('{"inputs":"a","metadata":{"toString":"a","constructor":2}}');
    const error = errorOf(() => prepare("predict", body, "sentence"));
    expect(error.detail["path"]).toBe("metadata.constructor");
    const proto = JSON.parse('{"__proto__":{"inputs":"a"}}');
    expect(errorOf(() => prepare("embed", proto, "sentence")).detail["path"]).toBe("inputs");
    expect(errorOf(() => prepare("predict", proto, "sentence")).detail["path"]).toBe("__proto__");
  });

  test("parseRequest() words every fault a schema can have", () => {
    const schema = z.object({ n: z.number().max(3), d: z.date(), s: z.set(z.string()).min(1) });
    const error = errorOf(() => parseRequest(schema, { n: 4, d: true, s: new Set() }));
    expect(error.detail["faults"]).toEqual([
      '"n" is 4 where at most 3 is expected',
      '"d" is true where date is expected',
      '"s" is an object where at least 1 is expected',
    ]);
  });
});
