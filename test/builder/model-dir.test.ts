// Which files are taken for a model, and what is said of them.
import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { Findings } from "../../src/builder/findings.ts";
import { findModelFiles } from "../../src/builder/model-dir.ts";
import { readSetting, type Settings } from "../../src/builder/settings.ts";
import { thrownBy } from "../helper/coded.ts";
import { createTempDir, type TempDir } from "../helper/temp-dir.ts";

/** Empty files; only their names matter here. */
async function touch(folder: TempDir, ...names: readonly string[]): Promise<void> {
  for (const name of names) await Bun.write(folder.join(name), "x");
}

/** What a command line in `folder` finds for these words. */
function find(folder: TempDir, words: { readonly [Id in keyof Settings]?: string }) {
  const entries = Object.entries(words).map(([id, raw]) => {
    const context = { folder: folder.path, home: "/home/me", source: `--${id}` };
    const read = readSetting(id as keyof Settings, raw, context);
    return [id, "given" in read ? read.given : undefined];
  });
  const findings = new Findings();
  const files = findModelFiles(Object.fromEntries(entries), folder.path, findings);
  const told = Object.fromEntries(
    findings.told.map(({ setting, value, source }) => [setting, `${value} (${source})`]),
  );
  const problems = findings.problems.map(({ field, message }) => `${field}: ${message}`);
  return { files, told, problems };
}

const MODEL = ["model/model.onnx", "model/tokenizer.json"] as const;

describe("findModelFiles()", () => {
  test.each([
    [[], "found in the model directory", "model/q.onnx"],
    [["q.onnx"], "found in the working directory", "q.onnx"],
  ])("findModelFiles() looks for a relative path beside %j", async (here, where, path) => {
    using folder = createTempDir();
    await touch(folder, ...MODEL, "model/q.onnx", ...here);
    const { files, told, problems } = find(folder, { modelDir: "model", weights: "q.onnx" });
    expect(problems).toEqual([]);
    expect(files.weights).toEqual({ name: "q.onnx", path: folder.join(path) });
    expect(told["graph"]).toBe(`q.onnx (--weights, ${where})`);
  });

  test("findModelFiles() looks in the model directory for every file that can be named", async () => {
    using folder = createTempDir();
    await touch(folder, "model/a/w.onnx", "model/t.json", "model/c.json", "model/tc.json");
    const { files, problems } = find(folder, {
      modelDir: "model",
      weights: "a/w.onnx",
      tokenizer: "t.json",
      config: "c.json",
      tokenizerConfig: "tc.json",
    });
    expect(problems).toEqual([]);
    const { weights, tokenizer, config, tokenizerConfig } = files;
    expect([weights, tokenizer, config, tokenizerConfig].map((file) => file?.name)).toEqual([
      "a/w.onnx",
      "t.json",
      "c.json",
      "tc.json",
    ]);
  });

  test("findModelFiles() says nothing of two places where there is one", async () => {
    using folder = createTempDir();
    await touch(folder, "model.onnx", "tokenizer.json");
    const { told } = find(folder, { modelDir: ".", weights: "model.onnx" });
    expect(told["graph"]).toBe("model.onnx (--weights)");
  });

  test("findModelFiles() reports a missing file once, with every place", async () => {
    using folder = createTempDir();
    await touch(folder, ...MODEL);
    const { files, problems } = find(folder, { modelDir: "model", weights: "q.onnx" });
    expect(files.weights).toBeUndefined();
    expect(problems).toEqual([
      `--weights: expected a file: found none at "${folder.join("q.onnx")}" or "${folder.join("model/q.onnx")}"`,
    ]);
    expect(find(folder, { modelDir: "model", config: "/nowhere/c" }).problems).toEqual([
      '--config: expected a file: found none at "/nowhere/c"',
    ]);
  });

  test("findModelFiles() prints hints that work when they are pasted", async () => {
    using folder = createTempDir();
    await touch(folder, ...MODEL, "model/it's.onnx", "model/onnx/a.onnx", "onnx/a.onnx");
    const { told } = find(folder, { modelDir: "model" });
    expect(told["graph"]).toBe(
      "model.onnx (found by name; others with --weights 'it'\\''s.onnx', " +
        `--weights ${folder.join("model/onnx/a.onnx")})`,
    );
    const pasted = find(folder, { modelDir: "model", weights: folder.join("model/onnx/a.onnx") });
    expect(pasted.files.weights?.name).toBe("onnx/a.onnx");
  });

  test("findModelFiles() says what to do without a graph, and among several tokenizers", async () => {
    using folder = createTempDir();
    await touch(folder, "model/a_tokenizer.json", "model/b_tokenizer.json");
    expect(find(folder, { modelDir: "model" }).problems).toEqual([
      `${folder.join("model")}: expected model.onnx or onnx/model.onnx: found no .onnx file: ` +
        `export the model to ONNX (optimum-cli export onnx --model ${folder.join("model")} OUT), or name the graph with --weights`,
      `${folder.join("model")}: expected tokenizer.json: found "a_tokenizer.json", "b_tokenizer.json": ` +
        "choose one, as in --tokenizer a_tokenizer.json",
    ]);
  });

  test("findModelFiles() names plain weights, and folders that are models", async () => {
    using folder = createTempDir();
    await touch(folder, "plain/model.safetensors", "plain/tokenizer.json");
    expect(find(folder, { modelDir: "plain" }).problems[0]).toContain(
      'found no .onnx file, but "model.safetensors": export the model to ONNX (optimum-cli export onnx --model ',
    );
    expect(thrownBy(() => find(folder, { modelDir: "plain/model.safetensors" })).message).toEndWith(
      `weights without a graph are exported first (optimum-cli export onnx --model ${folder.join("plain")} OUT)`,
    );
    await touch(folder, "models/a/model.onnx", "models/b/onnx/model.onnx", "models/c/x");
    expect(find(folder, { modelDir: "models" }).problems).toEqual([
      `${folder.join("models")}: expected a model: found folders that hold one: "a", "b": build one of them, ` +
        `as in build ${folder.join("models/a")}`,
    ]);
  });

  test.each(["roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"])(
    "findModelFiles() takes the settings of older sentence-transformers for %s",
    async (type) => {
      using folder = createTempDir();
      await touch(folder, ...MODEL, `model/sentence_${type}_config.json`);
      const name = `sentence_${type}_config.json`;
      expect(find(folder, { modelDir: "model" }).files.sentenceBertConfig?.name).toBe(name);
      await touch(folder, "model/sentence_bert_config.json");
      expect(find(folder, { modelDir: "model" }).files.sentenceBertConfig?.name).toBe(
        "sentence_bert_config.json",
      );
    },
  );

  test.each([
    ["model/model.onnx", "model", "model.onnx"],
    ["inner/onnx/model.onnx", "inner", "onnx/model.onnx"],
    ["whole/onnx/model.onnx", "whole/onnx", "model.onnx"],
  ])("findModelFiles() takes %s for the folder %s", async (graph, around, name) => {
    using folder = createTempDir();
    const tokenizers = [
      "inner/tokenizer.json",
      "whole/tokenizer.json",
      "whole/onnx/tokenizer.json",
    ];
    await touch(folder, graph, "model/tokenizer.json", ...tokenizers);
    const { files, problems } = find(folder, { modelDir: graph });
    expect(problems).toEqual([]);
    expect(files.folder).toBe(folder.join(around));
    expect(files.weights?.name).toBe(name);
  });

  test("findModelFiles() finds the files of modules, weights only of those that are computed here", async () => {
    using folder = createTempDir();
    const types = ["sparse_encoder.models.MLMTransformer", "models.Dense", "base.modules.Dense"];
    const paths = ["0_Transformer", "1_Dense", "2_Dense"];
    const list = types.map((type, at) => ({
      type: `sentence_transformers.${type}`,
      path: paths[at],
    }));
    await touch(folder, ...MODEL, "model/0_Transformer/model.safetensors");
    await touch(folder, "model/0_Transformer/config.json", "model/1_Dense/pytorch_model.bin");
    await touch(folder, "model/2_Dense/model.safetensors", "model/2_Dense/config.json");
    await Bun.write(folder.join("model/modules.json"), JSON.stringify(list));
    const { files, problems } = find(folder, { modelDir: "model" });
    expect(problems).toEqual([]);
    // The transformer's own settings lie in its folder.
    expect(files.config?.name).toBe("0_Transformer/config.json");
    expect(
      files.pipeline.map(({ name, config, weights, hasPickle }) => [
        ...[name, config?.name, weights?.name, hasPickle],
      ]),
    ).toEqual([
      ["MLMTransformer", "0_Transformer/config.json", undefined, false],
      ["Dense", undefined, undefined, true],
      ["Dense", "2_Dense/config.json", "2_Dense/model.safetensors", false],
    ]);
  });

  test("findModelFiles() hints at -f for a configuration in place of a folder", async () => {
    using folder = createTempDir();
    await touch(folder, "b.yml", "b.txt");
    mkdirSync(folder.join("model"));
    const refused = (modelDir: string) => thrownBy(() => find(folder, { modelDir }));
    expect(refused("b.yml").message).toEndWith(
      `found a file there: is it a configuration? then build with -f ${folder.join("b.yml")}`,
    );
    expect(refused("b.txt").message).toEndWith("found a file there");
    expect(thrownBy(() => find(folder, {})).code).toBe("USAGE");
  });
});
