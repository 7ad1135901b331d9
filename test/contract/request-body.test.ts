// Where options may stand, and what becomes of names nobody knows.
import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { exchangeFor, type OperationId } from "../../src/contract/index.ts";
import { nearName } from "../../src/contract/near-name.ts";
import { contextOf, errorOf, type MODELS, OPERATIONS, prepare } from "./context.ts";

type Model = keyof typeof MODELS;

/** What the operation makes of a body: the options at the top level. */
function read(id: OperationId, model: Model, body: unknown): unknown {
  return exchangeFor(OPERATIONS, id, contextOf(model)).request.parse(body);
}

function faultOf(id: OperationId, model: Model, body: unknown) {
  const { code, message, detail } = errorOf(() => prepare(id, body, model));
  expect(code).toBe("REQUEST_INVALID");
  return { message, path: detail["path"], faults: detail["faults"] };
}

const QUERY = { query: "q", texts: ["a"] };

describe("requestBody()", () => {
  test.each<[OperationId, Model, object, object]>([
    ["predict", "embedding", { inputs: "a" }, { offsets: "byte", normalize: true }],
    ["predict", "sentence", { inputs: "a" }, { dimensions: 1, normalize: false }],
    ["predict", "sequence", { inputs: "a" }, { function_to_apply: "none", truncate: false }],
    ["predict", "sequence", { inputs: "a" }, { top_k: 2, threshold: 0.5 }],
    ["predict", "sparse", { inputs: "a" }, { top_k: 2, prompt: "q: " }],
    ["embed_sparse", "sparse", { inputs: "a" }, { prompt_name: "query", truncate: true }],
    [
      "classify",
      "entailment",
      { inputs: "a" },
      { candidate_labels: "x, y", hypothesis_template: "{}?", multi_label: true },
    ],
    [
      "redact",
      "token",
      { inputs: ["a"] },
      { labels: ["PER"], mask: "*", offsets: "byte", stride: 3, threshold: 0.5 },
    ],
    [
      "predict",
      "token",
      { inputs: "a" },
      { offsets: "utf16", aggregation_strategy: "max", ignore_labels: ["O", "B-PER"] },
    ],
    ["predict", "reranking", QUERY, { raw_scores: true, truncation_direction: "left" }],
    ["classify", "sequence", { inputs: "a" }, { top_k: 2, function_to_apply: "sigmoid" }],
    [
      "classify",
      "token",
      { input: ["a"] },
      { aggregation_strategy: "none", ignore_labels: [], offsets: "byte" },
    ],
    ["embed", "sentence", { inputs: "a" }, { normalize: false, dimensions: 2 }],
    ["embed_all", "embedding", { inputs: "a" }, { truncate: true }],
    ["rerank", "reranking", QUERY, { return_text: true, raw_scores: false }],
  ])("requestBody() of %s for %s reads %j with %j at both places", (id, model, fields, options) => {
    const expected = { ...fields, ...options };
    expect(read(id, model, { ...fields, ...options })).toEqual(expected);
    expect(read(id, model, { ...fields, parameters: options })).toEqual(expected);
    expect(read(id, model, { ...fields, ...options, parameters: options })).toEqual(expected);
    expect(read(id, model, { ...fields, ...options, parameters: null })).toEqual(expected);
  });

  test("requestBody() lets null stand for absent", () => {
    const body = { inputs: "a", top_k: null, parameters: { top_k: 3, raw_scores: null } };
    expect(read("classify", "sequence", body)).toMatchObject({ top_k: 3 });
  });

  test.each<[OperationId, Model, object, string]>([
    ["classify", "sequence", { inputs: "a", top_k: 1, parameters: { top_k: 2 } }, "top_k"],
    [
      "predict",
      "token",
      { inputs: "a", offsets: "byte", parameters: { offsets: "utf16" } },
      "offsets",
    ],
    [
      "classify",
      "token",
      { inputs: "a", ignore_labels: ["O"], parameters: { ignore_labels: [] } },
      "ignore_labels",
    ],
    [
      "embed",
      "sentence",
      { inputs: "a", normalize: true, parameters: { normalize: false } },
      "normalize",
    ],
  ])("requestBody() of %s for %s refuses an option that differs: %j", (id, model, body, name) => {
    const { message, path } = faultOf(id, model, body);
    expect(path).toBe(`parameters.${name}`);
    expect(message).toEndWith(
      `where the same as in "${name}", or only one of the two, is expected`,
    );
  });

  test.each<[OperationId, Model, object, string, string]>([
    [
      "predict",
      "sentence",
      { inputs: "a", normalise: true },
      "normalise",
      'did you mean "normalize"?',
    ],
    [
      "predict",
      "sentence",
      { inputs: "a", dimension: 1 },
      "dimension",
      'did you mean "dimensions"?',
    ],
    [
      "predict",
      "token",
      { inputs: "a", aggregationStrategy: 1 },
      "aggregationStrategy",
      'did you mean "aggregation_strategy"?',
    ],
    [
      "predict",
      "token",
      { inputs: "a", parameters: { offset: 1 } },
      "parameters.offset",
      'did you mean "offsets"?',
    ],
    ["predict", "sentence", { text: "a" }, "text", "leave it out"],
    ["predict", "sequence", { inputs: "a", stride: 1 }, "stride", "leave it out"],
    ["rerank", "reranking", { ...QUERY, prompt: "q: " }, "prompt", "leave it out"],
    ["predict", "reranking", { ...QUERY, documents: [] }, "documents", "leave it out"],
    // What is missing is explained by what is misspelt.
    ["predict", "sentence", { input: "a" }, "input", 'did you mean "inputs"?'],
    ["embed", "sentence", { input: "a" }, "input", 'did you mean "inputs"?'],
    [
      "rerank",
      "reranking",
      { ...QUERY, raw_score: true },
      "raw_score",
      'did you mean "raw_scores"?',
    ],
    ["classify", "sequence", { inputs: "a", topK: 1 }, "topK", 'did you mean "top_k"?'],
    // No client of TEI sends these by habit.
    ["classify", "token", { inputs: "a", top_k: 1 }, "top_k", "leave it out"],
    ["embed", "sentence", { inputs: "a", offsets: "byte" }, "offsets", "leave it out"],
    [
      "embed",
      "sentence",
      { inputs: "a", parameters: { pooling: 1 } },
      "parameters.pooling",
      "leave it out",
    ],
  ])("requestBody() of %s for %s refuses an unknown name: %j", (id, model, body, path, remedy) => {
    const fault = faultOf(id, model, body);
    expect(fault.path).toBe(path);
    expect(fault.message).toStartWith(
      `Cannot read the request as "${path}" is none of the fields `,
    );
    expect(fault.message).toEndWith(`: ${remedy}`);
  });

  test("requestBody() of predict lists the names it knows", () => {
    const { message } = faultOf("predict", "sentence", { inputs: "a", pooling: "mean" });
    expect(message).toBe(
      'Cannot read the request as "pooling" is none of the fields inputs, metadata, normalize, ' +
        "dimensions, prompt_name, prompt, truncate, truncation_direction, parameters: leave it out",
    );
  });

  test.each<[OperationId, Model, object]>([
    ["embed", "sentence", { inputs: "a", model: "m", user: "u", encoding_format: "float" }],
    ["embed", "sentence", { inputs: "a", input: "b" }],
    ["embed_all", "sentence", { inputs: "a", model: "m" }],
    ["rerank", "reranking", { ...QUERY, top_n: 1, documents: null }],
    ["classify", "sequence", { inputs: "a", options: { wait_for_model: true } }],
  ])("requestBody() of %s for %s ignores other names, as TEI does: %j", (id, model, body) => {
    expect(prepare(id, body, model).inputs).toHaveLength(1);
  });

  test("requestBody() spells out eight of many unknown names", () => {
    const names = Array.from({ length: 10_000 }, (_, index) => [`name${index}`, 1]);
    const body = { inputs: "a", ...Object.fromEntries(names) };
    const { faults, message } = faultOf("predict", "sentence", body);
    expect(faults).toHaveLength(8);
    expect(message.length).toBeLessThan(300);
  });

  test.each<[OperationId, Model, boolean]>([
    ["predict", "sentence", false],
    ["embed", "sentence", true],
  ])("requestBody() of %s for %s describes both places as JSON Schema", (id, model, isOpen) => {
    const { request } = exchangeFor(OPERATIONS, id, contextOf(model));
    const schema = z.toJSONSchema(request, { io: "input" });
    expect(schema.required).toEqual(["inputs"]);
    expect(schema.additionalProperties !== false).toBe(isOpen);
    expect(Object.keys(schema.properties ?? {})).toContain("dimensions");
    const printed = JSON.stringify(schema.properties?.["parameters"]);
    expect(printed).toContain('"dimensions"');
    expect(printed).toContain('"additionalProperties":false');
  });
});

describe("nearName()", () => {
  const names = ["inputs", "top_k", "truncation_direction"];

  test.each([
    ["inputs", "inputs"],
    ["input", "inputs"],
    ["inputss", "inputs"],
    ["xinputs", "inputs"],
    ["inptus", "inputs"],
    ["inpuds", "inputs"],
    ["INPUTS", "inputs"],
    ["topK", "top_k"],
    ["top-k", "top_k"],
    ["truncationDirection", "truncation_direction"],
    ["inpu", undefined],
    ["niptus", undefined],
    ["", undefined],
    ["x".repeat(1_000_000), undefined],
  ])("nearName() of %p is %p", (name, expected) => {
    expect(nearName(name, names)).toBe(expected);
  });
});
