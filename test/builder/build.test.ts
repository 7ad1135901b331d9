// Whole builds against a fake base: what is written, and what is refused before anything is.
import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, renameSync, statSync, symlinkSync } from "node:fs";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { buildEncoderfile } from "../../src/builder/index.ts";
import { assetSource, extractAssets, openFile, verifyFile } from "../../src/format/index.ts";
import { FileRole } from "../../src/gen/manifest_pb.ts";
import { FileSource } from "../../src/io/index.ts";
import { build, buildProblems, decisionsOf, settingsOf } from "../helper/build-model.ts";
import { thrownBy } from "../helper/coded.ts";
import { writeFakeBase } from "../helper/fake-base.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { writeJsonFiles, writeTinyModelDir } from "../helper/tiny-graph.ts";

describe("buildEncoderfile()", () => {
  test("buildEncoderfile() writes an intact, executable file with the files verbatim", async () => {
    using folder = createTempDir();
    const dir = await makeFixture({ head: "sentence-embedding" });
    const result = build(folder, dir);
    expect(statSync(result.path).mode & 0o777).toBe(0o755);
    using source = new FileSource(result.path);
    expect(verifyFile(source)).toMatchObject({
      ok: true,
      complete: true,
      modelDigest: result.modelDigest,
    });
    const opened = openFile(source);
    expect(opened.assets.map(({ name }) => name).sort()).toEqual([
      "1_Pooling/config.json",
      "config.json",
      "config_sentence_transformers.json",
      "goldens.json",
      "model.onnx",
      "modules.json",
      "sentence_bert_config.json",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
    const files = opened.assets.filter(({ role }) => role !== FileRole.GOLDENS);
    for (const asset of files) {
      const bytes = assetSource(opened, asset).read(0, asset.byteLength);
      expect(Buffer.from(bytes).equals(readFileSync(`${dir}/${asset.name}`))).toBe(true);
    }
    const { provenance, base, model } = opened.manifest;
    expect(provenance?.files.map(({ name }) => name)).toEqual(files.map(({ name }) => name).sort());
    expect(
      provenance?.files.every(({ sha256, length }) => sha256.length === 32 && length > 0n),
    ).toBe(true);
    expect(base).toMatchObject({
      version: "0.1.0",
      target: "linux-x64",
      onnxruntimeVersion: "1.30.0",
    });
    const told = result.decisions.filter(({ setting }) => setting !== "graph");
    expect(model?.decisions).toEqual(told);
  });

  test("buildEncoderfile() gives the same bytes twice", async () => {
    using folder = createTempDir();
    const dir = await makeFixture({ head: "sequence-classification" });
    const first = build(folder, dir, { output: folder.join("a") });
    const second = build(folder, dir, { output: folder.join("b") });
    expect(readFileSync(first.path).equals(readFileSync(second.path))).toBe(true);
  });

  test("buildEncoderfile() embeds external data and finds onnx/model.onnx", async () => {
    using folder = createTempDir();
    const dir = folder.join("model");
    await makeFixture({ head: "embedding", externalData: true, outputDir: dir });
    await Bun.write(`${dir}/onnx/.keep`, "");
    for (const name of ["model.onnx", "model.onnx_data"])
      renameSync(`${dir}/${name}`, `${dir}/onnx/${name}`);
    const result = build(folder, dir);
    using source = new FileSource(result.path);
    const { assets, manifest } = openFile(source);
    expect(assets.find(({ role }) => role === FileRole.EXTERNAL_DATA)?.name).toBe(
      "model.onnx_data",
    );
    expect(manifest.provenance?.files.map(({ name }) => name)).toContain("onnx/model.onnx_data");
    expect(decisionsOf(result)["graph"]).toBe("onnx/model.onnx (found by name)");
  });

  test("buildEncoderfile() keeps licence and model card and states the licence", async () => {
    using folder = createTempDir();
    const dir = await writeTinyModelDir(
      folder.join("model"),
      {},
      {
        LICENSE: "text",
        "README.md": "---\nlicense: mit\n---\n",
      },
    );
    using source = new FileSource(build(folder, dir).path);
    const { manifest } = openFile(source);
    expect(manifest.provenance?.license).toBe("mit");
    expect(manifest.files.map(({ name, role }) => [name, role])).toContainEqual([
      "LICENSE",
      FileRole.LICENSE,
    ]);
    expect(manifest.files.map(({ name, role }) => [name, role])).toContainEqual([
      "README.md",
      FileRole.MODEL_CARD,
    ]);
  });

  test("buildEncoderfile() builds without config.json and leaves its slot empty", async () => {
    using folder = createTempDir();
    const dir = await writeTinyModelDir(folder.join("model"), {}, { "config.json": undefined });
    const result = build(folder, dir);
    expect(result.task).toBe("sentence_embedding");
    using source = new FileSource(result.path);
    expect(openFile(source).manifest.modelConfig).toBeUndefined();
  });

  test("buildEncoderfile() takes files from several places", async () => {
    using folder = createTempDir();
    const dir = await writeTinyModelDir(folder.join("model"));
    const result = build(folder, dir, {
      weights: `${dir}/model.onnx`,
      tokenizer: `${await makeFixture({ head: "embedding" })}/tokenizer.json`,
      name: "named",
      version: "7",
    });
    expect(result).toMatchObject({ name: "named", version: "7", task: "sentence_embedding" });
    expect(decisionsOf(result)["tokenizer"]).toBe("tokenizer.json (--tokenizer)");
  });

  test("buildEncoderfile() names the output after the model, without what a path may not hold", async () => {
    using folder = createTempDir();
    const dir = await writeTinyModelDir(folder.join("model"));
    const settings = settingsOf({
      modelDir: dir,
      base: writeFakeBase(folder.join("base")),
      name: "../a/b",
    });
    const environment = {
      executable: "/none",
      cacheFolder: "/none",
      folders: [],
      workingFolder: folder.path,
    };
    const result = buildEncoderfile(settings, environment, { force: false });
    expect(result.path).toBe(folder.join("-a-b.encoderfile"));
  });

  test("buildEncoderfile() names the output for Windows as Windows asks for", async () => {
    using folder = createTempDir();
    const modelDir = await writeTinyModelDir(folder.join("model"));
    const base = writeFakeBase(folder.join("base"), { machine: "windows-x64" });
    const settings = settingsOf({ modelDir, base, name: "mood" });
    const environment = {
      executable: "/none",
      cacheFolder: "/none",
      folders: [],
      workingFolder: folder.path,
    };
    const result = buildEncoderfile(settings, environment, { force: false });
    expect(result.path).toBe(folder.join("mood.encoderfile.exe"));
    expect(result.target).toBe("windows-x64");
  });

  test("buildEncoderfile() names the model after the folder, also when the graph was named", async () => {
    using folder = createTempDir();
    const dir = await writeTinyModelDir(folder.join("my-model"));
    expect(build(folder, dir).name).toBe("my-model");
    expect(build(folder, `${dir}/model.onnx`).name).toBe("my-model");
    const settings = settingsOf({
      weights: `${dir}/model.onnx`,
      tokenizer: `${dir}/tokenizer.json`,
      base: folder.join("base"),
    });
    const environment = {
      executable: "/none",
      cacheFolder: "/none",
      folders: [],
      workingFolder: folder.path,
    };
    expect(buildEncoderfile(settings, environment, { force: true }).name).toBe("my-model");
  });

  test.each(["model.onnx", "odd.onnx"])(
    "buildEncoderfile() gives the same digest of what was extracted, whatever lay beside %s",
    async (graph) => {
      using folder = createTempDir();
      const dir = folder.join("model");
      await makeFixture({ head: "sequence-classification", outputDir: dir });
      renameSync(`${dir}/model.onnx`, `${dir}/${graph}`);
      await writeJsonFiles(dir, { "other.onnx": "x", "x_tokenizer.json": "{}", "notes.txt": "x" });
      const plain = graph === "model.onnx" ? {} : { weights: `${dir}/${graph}` };
      const result = build(folder, dir, { name: "m", ...plain });
      using source = new FileSource(result.path);
      await extractAssets(openFile(source), folder.join("extracted"));
      const again = build(folder, folder.join("extracted"), { name: "m" });
      expect(again.modelDigest).toBe(result.modelDigest);
      expect(decisionsOf(again)["graph"]).not.toBe(decisionsOf(result)["graph"]);
    },
  );

  test("buildEncoderfile() stores what the user said without the place where it was said", async () => {
    using folder = createTempDir();
    const dir = await writeTinyModelDir(folder.join("model"));
    const pooledBy = (source: string) => {
      const plain = settingsOf({ modelDir: dir, base: writeFakeBase(folder.join("base")) });
      const settings = { ...plain, pooling: { value: ["cls"] as const, source } };
      const environment = {
        executable: "/none",
        cacheFolder: "/none",
        folders: [],
        workingFolder: folder.path,
      };
      return buildEncoderfile(settings, environment, { force: true });
    };
    const result = pooledBy("--pooling");
    expect(decisionsOf(result)["pooling"]).toBe("cls (--pooling)");
    expect(result.model.decisions.find(({ setting }) => setting === "pooling")?.source).toBe(
      "given",
    );
    expect(pooledBy("a.yml line 9: pooling").modelDigest).toBe(result.modelDigest);
  });

  test("buildEncoderfile() reports its steps", async () => {
    using folder = createTempDir();
    const dir = await writeTinyModelDir(folder.join("model"));
    const settings = settingsOf({ modelDir: dir, base: writeFakeBase(folder.join("base")) });
    const environment = {
      executable: "/none",
      cacheFolder: "/none",
      folders: [],
      workingFolder: folder.path,
    };
    const steps: string[] = [];
    const onProgress = (step: string) => steps.push(step);
    buildEncoderfile(settings, environment, { force: false, onProgress });
    expect([...new Set(steps)]).toEqual(["Reading the model", "Checking the model", "Writing"]);
  });
});

describe("buildEncoderfile() refuses", () => {
  async function attemptBuild(force: boolean, output: (dir: string) => string) {
    using folder = createTempDir();
    const dir = await writeTinyModelDir(folder.join("model"));
    const base = writeFakeBase(folder.join("base"));
    await Bun.write(folder.join("there"), "precious");
    const settings = settingsOf({ modelDir: dir, base, output: output(folder.path) });
    const environment = {
      executable: "/none",
      cacheFolder: "/none",
      folders: [],
      workingFolder: folder.path,
    };
    return thrownBy(() => buildEncoderfile(settings, environment, { force }));
  }

  test("buildEncoderfile() refuses an existing output without force", async () => {
    const error = await attemptBuild(false, (root) => `${root}/there`);
    expect(error.code).toBe("IO_ALREADY_EXISTS");
    expect(error.message).toContain(
      "a file lies there already: choose another path with -o, or overwrite it with --force",
    );
  });

  test.each([
    ["a folder", "/model", "a folder lies there already: choose another path with -o"],
    ["its own graph", "/model/model.onnx", "it is one of the files the build reads"],
    ["its own base", "/base", "it is one of the files the build reads"],
  ])("buildEncoderfile() refuses to overwrite %s even with force", async (_what, path, message) => {
    const error = await attemptBuild(true, (root) => root + path);
    expect(error.code).toBe("IO_ALREADY_EXISTS");
    expect(error.message).toContain(message);
  });

  test("buildEncoderfile() refuses a model directory that is none", () => {
    using folder = createTempDir();
    const error = thrownBy(() => build(folder, folder.join("nowhere")));
    expect(error.code).toBe("IO_NOT_FOUND");
    expect(error.message).toContain("it must be a model directory: found nothing there");
  });

  test("buildEncoderfile() leaves nothing behind when the model is refused", async () => {
    using folder = createTempDir();
    const dir = await writeTinyModelDir(folder.join("model"), {}, { "tokenizer.json": undefined });
    expect(buildProblems(folder, dir)).toEqual([
      `${dir}: expected tokenizer.json: found none: name one with --tokenizer, or make it in Python with ` +
        'transformers.AutoTokenizer.from_pretrained("DIR").save_pretrained("DIR")',
    ]);
    expect(existsSync(folder.join("out.encoderfile"))).toBe(false);
  });

  test("buildEncoderfile() names all files that are missing or broken at once", async () => {
    using folder = createTempDir();
    const dir = await writeTinyModelDir(
      folder.join("model"),
      {},
      {
        "model.onnx": "not a graph",
        "tokenizer.json": "{",
        "config.json": "[]",
        "modules.json": "{}",
        "vocab.txt": "a",
      },
    );
    const problems = buildProblems(folder, dir);
    expect(problems.join("\n")).toContain("config.json: expected a JSON object");
    expect(problems.join("\n")).toContain("modules.json: expected a list of up to 32 modules");
    expect(problems.join("\n")).toContain("graph: cannot read");
    expect(problems.join("\n")).toContain("tokenizer: cannot read the tokenizer: it is not JSON");
    expect(problems.length).toBe(4);
  });

  test("buildEncoderfile() says how to get tokenizer.json from a slow tokenizer", async () => {
    using folder = createTempDir();
    const files = { "tokenizer.json": undefined, "vocab.txt": "a" };
    const dir = await writeTinyModelDir(folder.join("model"), {}, files);
    expect(buildProblems(folder, dir)[0]).toContain(
      "found vocab.txt: save the tokenizer as a fast one",
    );
  });

  test("buildEncoderfile() refuses several graphs without a standard name", async () => {
    using folder = createTempDir();
    const dir = await writeTinyModelDir(folder.join("model"));
    renameSync(`${dir}/model.onnx`, `${dir}/a.onnx`);
    await writeJsonFiles(dir, { "b.onnx": "x" });
    expect(buildProblems(folder, dir)).toEqual([
      `${dir}: expected model.onnx or onnx/model.onnx: found "a.onnx", "b.onnx": choose one, as in --weights a.onnx`,
    ]);
  });

  test("buildEncoderfile() refuses named files that do not exist", async () => {
    using folder = createTempDir();
    const dir = await writeTinyModelDir(folder.join("model"));
    const problems = buildProblems(folder, dir, { weights: "/nowhere/a.onnx" });
    expect(problems[0]).toBe('--weights: expected a file: found none at "/nowhere/a.onnx"');
  });

  test.each([
    ["../secret", "expected a file beside the graph"],
    ["/etc/passwd", "expected a file beside the graph"],
    ["missing_data", "cannot open"],
  ])("buildEncoderfile() refuses external data at %j", async (location, message) => {
    using folder = createTempDir();
    const dir = folder.join("model");
    await makeFixture({ head: "embedding", externalData: true, outputDir: dir });
    const graph = readFileSync(`${dir}/model.onnx`);
    // Same length, so that the lengths around it stay true.
    const padded = location.padEnd("model.onnx_data".length, "x");
    const patched = Buffer.from(
      graph.toString("latin1").replaceAll("model.onnx_data", padded),
      "latin1",
    );
    await Bun.write(`${dir}/model.onnx`, patched);
    expect(buildProblems(folder, dir).join("\n")).toContain(message);
  });

  test("buildEncoderfile() refuses external data that is cut short", async () => {
    using folder = createTempDir();
    const dir = folder.join("model");
    await makeFixture({ head: "embedding", externalData: true, outputDir: dir });
    await Bun.write(`${dir}/model.onnx_data`, new Uint8Array(100));
    expect(buildProblems(folder, dir)[0]).toMatch(
      /external data "model.onnx_data": expected at least \d+ bytes: found 100/,
    );
  });

  test.skipIf(process.getuid?.() === 0)(
    "buildEncoderfile() names a file it may not read",
    async () => {
      using folder = createTempDir();
      const dir = await writeTinyModelDir(folder.join("model"));
      chmodSync(`${dir}/tokenizer.json`, 0);
      expect(buildProblems(folder, dir)[0]).toContain("tokenizer.json");
    },
  );

  test("buildEncoderfile() follows links to files, as the hub's cache makes them", async () => {
    using folder = createTempDir();
    const dir = await writeTinyModelDir(folder.join("model"));
    renameSync(`${dir}/model.onnx`, folder.join("blob"));
    symlinkSync(folder.join("blob"), `${dir}/model.onnx`);
    expect(build(folder, dir).task).toBe("sentence_embedding");
  });
});
