// Configuration files: every key, every complaint, and files made to hurt the parser.
import { describe, expect, test } from "bun:test";
import { FIELDS, type SettingId } from "../../src/builder/config.ts";
import { parseConfig, readConfigFile } from "../../src/builder/config-file.ts";
import { thrownBy } from "../helper/coded.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const TASKS =
  "auto, embedding, sentence_embedding, sequence_classification, token_classification, reranking, " +
  "sparse_embedding";

function parse(text: string) {
  return parseConfig(text, { path: "/models/encoderfile.yml", home: "/home/me" });
}

function valuesOf(text: string): Record<string, unknown> {
  const { settings, problems } = parse(text);
  expect(problems).toEqual([]);
  return Object.fromEntries(
    (Object.keys(settings) as SettingId[]).map((id) => [id, settings[id]?.value]),
  );
}

function problemsOf(text: string): readonly string[] {
  return parse(text).problems.map(({ field, message }) => `${field}: ${message}`);
}

const EVERY_KEY = `encoderfile:
  name: my-model
  version: "1.2.0"
  path: ./model
  model_type: sentence_embedding
  output_path: ~/out/my.encoderfile
  cache_dir: /var/cache
  base_binary_path: ../base
  transform:
  lua_libs: null
  validate_transform: true
  target: x86_64-unknown-linux-gnu
  pooling: cls
  normalize: false
  dimensions: [64, 32]
  prompts: {query: "query: ", passage: ""}
  default_prompt: query
  similarity: dot
  sparse_pooling: sum
  labels: [a, b]
  problem_type: regression
  label_scheme: BIOES
  hypothesis_template: "It is {}."
  output_name: vectors
  inputs: {input_ids: ids}
  goldens: goldens.jsonl
  one_at_a_time: true
  allow_batch_dependence: false
  tokenizer:
    pad_strategy: {fixed: 256}
    pad_to_multiple_of: 8
    truncation_side: left
    truncation_strategy: only-first
    max_length: 128
    stride: 32
`;

describe("parseConfig()", () => {
  test("parseConfig() reads every key, with paths from the folder of the file", () => {
    expect(valuesOf(EVERY_KEY)).toEqual({
      name: "my-model",
      version: "1.2.0",
      modelDir: "/models/model",
      task: "sentence_embedding",
      output: "/home/me/out/my.encoderfile",
      cacheDir: "/var/cache",
      base: "/base",
      validateTransform: true,
      target: "linux-x64",
      pooling: ["cls"],
      normalize: false,
      dimensions: [32, 64],
      prompts: { query: "query: ", passage: "" },
      defaultPrompt: "query",
      similarity: "dot",
      sparsePooling: "sum",
      labels: ["a", "b"],
      problemType: "regression",
      labelScheme: "bioes",
      hypothesisTemplate: "It is {}.",
      outputName: "vectors",
      inputs: { input_ids: "ids" },
      goldens: ["/models/goldens.jsonl"],
      oneAtATime: true,
      allowBatchDependence: false,
      padTo: 256,
      padToMultiple: 8,
      truncationSide: "left",
      truncationStrategy: "only_first",
      maxLength: 128,
      stride: 32,
    });
  });

  test("parseConfig() reads a map of files as path", () => {
    const text = `encoderfile:
  path:
    model_config_path: config.json
    model_weights_path: weights/model.onnx
    tokenizer_path: ~/tokenizer.json
    tokenizer_config_path: /etc/tokenizer_config.json
`;
    expect(valuesOf(text)).toEqual({
      config: "/models/config.json",
      weights: "/models/weights/model.onnx",
      tokenizer: "/home/me/tokenizer.json",
      tokenizerConfig: "/etc/tokenizer_config.json",
    });
  });

  test("parseConfig() keeps the line of every setting", () => {
    const { settings } = parse("encoderfile:\n\n  name: x\n");
    expect(settings.name?.source).toBe("encoderfile.yml line 3: name");
  });

  test.each([
    ["pad_strategy: batch_longest", 0],
    ["pad_strategy: {fixed: 64}", 64],
    ["pad_strategy:\n      fixed: 64", 64],
  ])("parseConfig() reads %j", (line, expected) => {
    const { settings } = parse(`encoderfile:\n  tokenizer:\n    ${line}\n`);
    expect(settings.padTo?.value).toBe(expected);
  });

  test("parseConfig() collects all problems with their lines", () => {
    const text = `encoderfile:
  nam: x
  model_type: embeding
  no_download: true
  tokenizer:
    max_length: -1
    padding: longest
name: outside
`;
    expect(problemsOf(text)).toEqual([
      'encoderfile.yml line 2: unknown key "nam": did you mean "name"',
      `encoderfile.yml line 3: model_type: expected one of ${TASKS}: found "embeding": did you mean "embedding"`,
      'encoderfile.yml line 4: unknown key "no_download"',
      "encoderfile.yml line 6: tokenizer.max_length: expected a whole number from 1 to 131072: found -1",
      'encoderfile.yml line 7: unknown key "tokenizer.padding"',
      'encoderfile.yml line 8: unknown key "name": write it below "encoderfile:"',
    ]);
  });

  test.each([
    ["nmae: x", "unknown key", ["name"]],
    ["modle_type: reranking", "unknown key", ["task"]],
    ["colour: red", "unknown key", []],
    ["labels: [1]", "expected a text", ["labels"]],
    ["tokenizer: {max_lenght: 8}", "unknown key", ["maxLength"]],
    [
      "tokenizer: 3",
      "expected a map",
      ["maxLength", "padTo", "truncationSide", "padToMultiple", "truncationStrategy", "stride"],
    ],
    [
      "path: 3",
      "expected a text",
      ["modelDir", "weights", "config", "tokenizer", "tokenizerConfig", "preprocessor"],
    ],
  ] as const)("parseConfig() says what %j leaves unknown", (line, message, faulty) => {
    const text = `encoderfile:\n  version: "7"\n  ${line}\n`;
    expect(problemsOf(text)[0]).toContain(message);
    expect(parse(text)).toMatchObject({ faulty, settings: { version: { value: "7" } } });
  });

  test("parseConfig() knows nothing of any setting when the text is no configuration", () => {
    for (const text of ["", "encoderfile: [", "name: x"]) {
      const { settings, faulty } = parse(text);
      expect(settings).toEqual({});
      expect(faulty).toEqual(Object.keys(FIELDS) as SettingId[]);
    }
  });

  test.each([
    ["name: 12", "name: expected a text: found 12: quote it"],
    ['name: " "', "name: expected a text: found an empty one"],
    [`name: ${"x".repeat(1001)}`, "name: expected at most 1000 characters: found 1001"],
    ['name: "a\\u0007b"', "name: expected no control characters"],
    ["transform: return 1", "transform: expected none as this builder runs no scripts"],
    ["transform: {path: a.lua}", "transform: expected none as this builder runs no scripts"],
    ["lua_libs: [math]", "lua_libs: expected none as this builder runs no scripts"],
    ["model_type: image_classification", "expected a text model as images are not supported"],
    [
      "path: {preprocessor_config_path: p.json}",
      "expected a text model as images are not supported",
    ],
    ["validate_transform: maybe", 'expected true or false: found "maybe"'],
    ["target: x86_64-unknown-linux-musl", "no library for musl"],
    ["target: 5", "target: expected a text: found 5"],
    ["labels: []", "labels: expected a list of texts: found []"],
    ["labels: [1]", "labels: expected a text: found 1"],
    ["labels: {a: 1}", "labels: expected a list of texts"],
    ["inputs: [a]", "inputs: expected a map of input_ids"],
    ["inputs: {ids: a}", "expected one of input_ids"],
    ["inputs: {input_ids: 3}", "inputs: expected a text: found 3"],
    ["pooling: 3", "pooling: expected a list of texts: found 3"],
    [
      "pooling: sum",
      'pooling: expected one of none, mean, cls, max, last_token, mean_sqrt_len, weighted_mean: found "sum"',
    ],
    ["pooling: cls,cls", "pooling: found cls twice"],
    ["dimensions: [0]", "dimensions: expected a whole number from 1 to 1000000: found 0"],
    ["dimensions: {a: 1}", 'dimensions: expected a list of whole numbers: found {"a":1}'],
    ["prompts: query", 'prompts: expected a map of names to texts: found "query"'],
    ["prompts: {query: 3}", 'prompts: expected a text for "query": found 3'],
    ["prompts: {query: }", 'prompts: expected a text for "query": found none'],
    ["similarity: angle", "similarity: expected one of cosine, dot, euclidean, manhattan"],
    ["label_scheme: iob1", "label_scheme: expected one of bio, bioes"],
    [
      "hypothesis_template: It is.",
      "hypothesis_template: expected one {} where the label goes: found none",
    ],
    [
      'hypothesis_template: "{} {}"',
      "hypothesis_template: expected one {} where the label goes: found 2",
    ],
    ["one_at_a_time: yes", 'one_at_a_time: expected true or false: found "yes"'],
    ["tokenizer: 3", 'expected a map as value of "tokenizer"'],
    ["tokenizer: {stride: -1}", "expected a whole number from 0 to 131072: found -1"],
    [
      "tokenizer: {truncation_strategy: first}",
      "expected one of longest_first, only_first, only_second",
    ],
    ["tokenizer: {pad_to_multiple_of: 0}", "expected a whole number from 1 to 131072: found 0"],
    ["tokenizer: {pad_strategy: {fixed: 0}}", "expected batch_longest or {fixed: N}"],
    ["tokenizer: {pad_strategy: {fixed: 8, x: 1}}", "expected batch_longest or {fixed: N}"],
    ["tokenizer: {max_length: 1.5}", "expected a whole number from 1 to 131072: found 1.5"],
    ["? [a]\n  : b", 'unknown key ""'],
    ["name: a\n  name: b", "line 3: Map keys must be unique"],
    ["name: *a", "expected no alias: found *a"],
    ["labels: &a [x]\n  name: *a", "expected no alias: found *a"],
    ["name: [", "Flow sequence"],
    ["\tname: a", "Tabs are not allowed"],
  ])("parseConfig() refuses %j", (line, message) => {
    expect(problemsOf(`encoderfile:\n  ${line}\n`).join("\n")).toContain(message);
  });

  test.each([
    ["", "expected one document"],
    ["a: 1\n---\nb: 2", "expected one document"],
    ["hello", 'expected a map with the key "encoderfile"'],
    ["{}", 'expected the key "encoderfile"'],
    ["encoderfile:", 'expected a map of settings below "encoderfile"'],
    ["encoder_file: {}", 'unknown key "encoder_file": did you mean "encoderfile"'],
  ])("parseConfig() refuses the document %j", (text, message) => {
    expect(problemsOf(text).join("\n")).toContain(message);
  });

  test.each([
    ["[".repeat(60_000)],
    ["{".repeat(60_000)],
    ["- ".repeat(30_000)],
    ["? ".repeat(30_000)],
    [": ".repeat(30_000)],
  ])("parseConfig() is quick to refuse endless nesting %#", (text) => {
    const startedMs = performance.now();
    expect(problemsOf(`encoderfile: \n${text}`)[0]).toContain("at most 100 nested collections");
    expect(performance.now() - startedMs).toBeLessThan(500);
  });

  test("parseConfig() shows no more than the first problems of many", () => {
    const keys = Array.from({ length: 200 }, (_, index) => `  k${index}: 1`).join("\n");
    expect(problemsOf(`encoderfile:\n${keys}\n`).length).toBe(50);
  });
});

describe("readConfigFile()", () => {
  test("readConfigFile() refuses a file that is no configuration by its size", async () => {
    using folder = createTempDir();
    const path = folder.join("big.yml");
    await Bun.write(path, " ".repeat(65_537));
    expect(thrownBy(() => readConfigFile(path, "/")).code).toBe("IO_TOO_LARGE");
  });

  test("readConfigFile() says when there is no file", () => {
    expect(thrownBy(() => readConfigFile("/nowhere.yml", "/")).code).toBe("IO_NOT_FOUND");
  });
});
