// Which files of a repository are fetched for a build.
import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { Findings } from "../../src/builder/findings.ts";
import { chooseGraph, listNames, smallFiles } from "../../src/builder/hub-file.ts";
import { type PipelineModule, readModules } from "../../src/builder/module-list.ts";
import { createTempDir } from "../helper/temp-dir.ts";

/** The pipeline of a modules.json whose repository has these names. */
function pipelineOf(names: readonly string[], modules: readonly unknown[]) {
  using folder = createTempDir();
  mkdirSync(folder.path, { recursive: true });
  const path = folder.join("modules.json");
  writeFileSync(path, JSON.stringify(modules));
  const find = (wanted: readonly string[]) => {
    const name = wanted.find((candidate) => names.includes(candidate));
    return name === undefined ? undefined : { name, path: folder.join(name) };
  };
  return readModules({ name: "modules.json", path }, find, new Findings()).pipeline;
}

function filesOf(names: readonly string[], pipeline: readonly PipelineModule[] = []): string[] {
  return [...new Set(smallFiles(new Set(names), pipeline))].sort();
}

describe("smallFiles()", () => {
  test("smallFiles() takes the settings of a pipeline, with the weights of its own layers only", () => {
    const needed = [
      "0_Transformer/config.json",
      "0_Transformer/sentence_bert_config.json",
      "0_Transformer/tokenizer.json",
      "0_Transformer/tokenizer_config.json",
      "1_Pooling/config.json",
      "2_Dense/config.json",
      "2_Dense/model.safetensors",
      "9_Stray/config.json",
      "LICENSE.txt",
      "NOTICE",
      "config_sentence_transformers.json",
      "modules.json",
      "readme.md",
    ];
    const others = [
      "0_Transformer/model.safetensors",
      "0_Transformer/pytorch_model.bin",
      "0_Transformer/vocab.txt",
      "1_Pooling/model.safetensors",
      "2_Dense/pytorch_model.bin",
      ".gitattributes",
      "docs/README.md",
      "onnx/config.json",
      "similarity_evaluation_results.csv",
    ];
    const names = [...needed, ...others];
    const pipeline = pipelineOf(names, [
      { type: "sentence_transformers.models.Transformer", path: "0_Transformer" },
      { type: "sentence_transformers.models.Pooling", path: "1_Pooling" },
      { type: "sentence_transformers.models.Dense", path: "2_Dense" },
    ]);
    expect(filesOf(names, pipeline)).toEqual(needed);
  });

  test("smallFiles() takes tokenizers of other names only where the usual one is missing", () => {
    expect(filesOf(["tokenizer.json", "other_tokenizer.json"])).toEqual(["tokenizer.json"]);
    expect(filesOf(["other_tokenizer.json", "x/tokenizer.json"])).toEqual(["other_tokenizer.json"]);
  });

  test("smallFiles() takes no module that leads out of the repository", () => {
    const names = ["modules.json", "../x/config.json"];
    const type = "sentence_transformers.models.Pooling";
    expect(filesOf(names, pipelineOf(names, [{ type, path: "../x" }]))).toEqual(["modules.json"]);
  });
});

function choose(names: readonly string[], word?: string, inner = "") {
  const findings = new Findings();
  const wanted = word === undefined ? undefined : { word, source: "--weights" };
  const given = { names: new Set(names), wanted, inner, repository: "org/x", place: "hf:org/x" };
  const choice = chooseGraph(given, findings);
  return choice ?? findings.problems.map(({ field, message }) => `${field}: ${message}`);
}

describe("chooseGraph()", () => {
  test.each([
    [["model.onnx", "onnx/model.onnx"], undefined, "", "model.onnx"],
    [["onnx/model.onnx", "onnx/model_fp16.onnx"], undefined, "", "onnx/model.onnx"],
    [
      ["0_Transformer/model.onnx", "x.onnx"],
      undefined,
      "0_Transformer",
      "0_Transformer/model.onnx",
    ],
    [["x/y.onnx"], undefined, "", "x/y.onnx"],
    [["onnx/model.onnx", "onnx/model_O3.onnx"], "O3", "", "onnx/model_O3.onnx"],
    [["model_q4.onnx", "onnx/model_q4.onnx"], "q4", "", "model_q4.onnx"],
    [["a/model_q4.onnx", "model.onnx"], "model_q4.onnx", "", "a/model_q4.onnx"],
  ])("chooseGraph() of %j with %p below %p", (names, word, inner, chosen) => {
    const others = names.filter((name) => name !== chosen).sort();
    expect(choose(names, word, inner)).toMatchObject({ name: chosen, others });
  });

  test.each([
    [
      ["a/model_q4.onnx", "b/model_q4.onnx"],
      "q4",
      /--weights: expected one graph called model_q4.onnx: found a\/model_q4/,
    ],
    [["model.onnx"], "../model.onnx", /--weights: expected one graph called \.\.\/model.onnx/],
    [["model.onnx"], "fp16", /--weights: expected one graph called model_fp16.onnx: found model/],
    [["model.onnx"], "q8", /--weights: expected one graph called model_quantized.onnx: found/],
    [
      ["a.onnx", "b.onnx"],
      undefined,
      /hf:org\/x: expected model.onnx or onnx\/model.onnx: found a.onnx, b.onnx/,
    ],
    [["README.md"], undefined, /found no .onnx file: export the model/],
    [
      ["x.gguf", "model.safetensors"],
      "q8",
      /but model.safetensors, x.gguf: export.*--model org\/x OUT/,
    ],
  ])("chooseGraph() of %j with %p is a problem", (names, word, message) => {
    expect(choose(names, word)).toEqual([expect.stringMatching(message)]);
  });
});

test("listNames() counts what it leaves out", () => {
  const names = Array.from({ length: 20 }, (_, index) => `n${index}`);
  expect(listNames(names)).toEndWith("n11 and 8 more");
  expect(listNames(["a", "b"])).toBe("a, b");
});
