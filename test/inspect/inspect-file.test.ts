// Reports of files built here and of files as the published builder writes them.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { type AssetInput, writeEncoderfile } from "../../src/format/index.ts";
import { ModelType } from "../../src/gen/metadata_pb.ts";
import { inspectFile, printInspect, printReportJson } from "../../src/inspect/index.ts";
import { FileSource, MemorySource, sha256, toHex } from "../../src/io/index.ts";
import { build } from "../helper/build-model.ts";
import { thrownBy } from "../helper/coded.ts";
import { createTempDir, type TempDir } from "../helper/temp-dir.ts";

describe("inspectFile()", () => {
  test("inspectFile() tells everything about a built file", async () => {
    using folder = createTempDir();
    const dir = await makeFixture({ head: "sequence-classification" });
    const result = build(folder, dir, { name: "my-model", version: "3" });
    using source = new FileSource(result.path);
    const report = inspectFile(source);
    expect(report).toMatchObject({
      name: "my-model",
      version: "3",
      task: "sequence_classification",
      modelType: "sequence_classification",
      modelDigest: result.modelDigest,
      sealed: true,
      output: "logits",
      width: 3,
      problemType: "single_label_classification",
      labels: ["LABEL_0", "LABEL_1", "LABEL_2"],
      byteLength: result.byteLength,
      problems: [],
    });
    expect(report.path).toBe(result.path);
    expect(report.pooling).toBeUndefined();
    expect(report.base).toMatchObject({
      target: "linux-x64",
      version: "0.1.0",
      onnxruntimeVersion: "1.30.0",
    });
    expect(report.graph?.opsets).toEqual([{ domain: "ai.onnx", version: 14 }]);
    expect(report.graph?.inputs).toContainEqual({
      name: "attention_mask",
      type: "int64",
      shape: ["batch_size", "sequence_length"],
      role: "attention_mask",
    });
    expect(report.tokenizer).toMatchObject({
      kind: "WordPiece",
      vocabularySize: 600,
      maxLength: 128,
      padToken: "[PAD]",
    });
    const weights = report.assets.find(({ kind }) => kind === "weights");
    expect(weights?.sha256).toBe(toHex(sha256(readFileSync(`${dir}/model.onnx`))));
    expect((weights?.byteOffset ?? 1) % 65_536).toBe(0);
    expect(report.provenance).toMatchObject({ license: null, repository: null, revision: null });
    expect(report.provenance?.files.map(({ name }) => name)).toContain("model.onnx");
    expect(report.decisions.find(({ setting }) => setting === "task")?.source).toContain(
      "config.json",
    );
  });

  test("inspectFile() says how a sentence embedder pools", async () => {
    using folder = createTempDir();
    using source = new FileSource(
      build(folder, await makeFixture({ head: "sentence-embedding" })).path,
    );
    expect(inspectFile(source)).toMatchObject({
      ...{ pooling: ["mean"], includePrompt: true, layers: [], normalize: true, width: 32 },
      ...{ prompts: [], defaultPrompt: null, similarity: "cosine", dimensions: [] },
    });
  });

  test("inspectFile() throws FORMAT_ errors for what is no encoderfile", () => {
    const error = thrownBy(() => inspectFile(new MemorySource(new Uint8Array(100), "zeros")));
    expect(error.code).toStartWith("FORMAT_");
  });
});

/** A file as the published builder writes it, with its own form of config and tokenizer. */
async function writePublished(
  folder: TempDir,
  changes: { config?: string; tokenizer?: string; weights?: string } = {},
) {
  const dir = await makeFixture({ head: "sequence-classification" });
  const text = (path: string) => readFileSync(`${dir}/${path}`, "utf8");
  const padding = {
    strategy: { Fixed: 64 },
    direction: "Left",
    pad_id: 0,
    pad_type_id: 0,
    pad_token: "[PAD]",
  };
  const truncation = { direction: "Right", max_length: 99, strategy: "LongestFirst", stride: 0 };
  const tokenizer = `{"tokenizer": ${text("tokenizer.json")}, "config": ${JSON.stringify({ padding, truncation })}}`;
  const bytes = (content: string) => new MemorySource(new TextEncoder().encode(content), "content");
  const assets: AssetInput[] = [
    {
      kind: "weights",
      content:
        changes.weights === undefined
          ? new MemorySource(readFileSync(`${dir}/model.onnx`), "w")
          : bytes(changes.weights),
    },
    {
      kind: "model_config",
      content: bytes(changes.config ?? '{"model_type":"bert","id2label":{"1":"bad","0":"good"}}'),
    },
    { kind: "tokenizer", content: bytes(changes.tokenizer ?? tokenizer) },
  ];
  const path = folder.join("published");
  writeEncoderfile(
    {
      base: new MemorySource(new Uint8Array(128), "base"),
      manifest: { modelType: ModelType.SEQUENCE_CLASSIFICATION, name: "theirs", version: "0.1.0" },
      assets,
      compatibility: true,
    },
    path,
  );
  return path;
}

describe("inspectFile() of published files", () => {
  test("inspectFile() reads graph, tokenizer and labels from the assets", async () => {
    using folder = createTempDir();
    using source = new FileSource(await writePublished(folder));
    const report = inspectFile(source);
    expect(report).toMatchObject({
      name: "theirs",
      task: "sequence_classification",
      sealed: false,
      labels: ["good", "bad"],
      tokenizer: {
        kind: "WordPiece",
        vocabularySize: 600,
        maxLength: 99,
        fixedLength: 64,
        padSide: "left",
      },
      problems: [],
    });
    expect(report.graph?.outputs[0]?.name).toBe("logits");
    expect(report.base).toBeUndefined();
  });

  test.each([
    [{ weights: "no graph" }, "Cannot read the ONNX graph"],
    [{ tokenizer: "no json" }, "expected JSON"],
    [{ config: "{" }, "expected JSON"],
  ])("inspectFile() names what it cannot read %#", async (changes, message) => {
    using folder = createTempDir();
    using source = new FileSource(await writePublished(folder, changes));
    const report = inspectFile(source);
    expect(report.problems.join("\n")).toContain(message);
    expect(report.name).toBe("theirs");
    expect(printInspect(report)).toContain("Problems\n");
  });

  test("inspectFile() takes a length beyond any number for none", async () => {
    using folder = createTempDir();
    const dir = await makeFixture({ head: "sequence-classification" });
    const inner = readFileSync(`${dir}/tokenizer.json`, "utf8");
    const config = '{"truncation":{"max_length":5076964154930102272}}';
    using source = new FileSource(
      await writePublished(folder, { tokenizer: `{"tokenizer":${inner},"config":${config}}` }),
    );
    expect(inspectFile(source).tokenizer?.maxLength).toBe(0);
  });
});

test("printInspect() and printReportJson() show the same report", async () => {
  using folder = createTempDir();
  using source = new FileSource(
    build(folder, await makeFixture({ head: "sentence-embedding" })).path,
  );
  const report = inspectFile(source);
  const text = printInspect(report);
  const json = JSON.parse(printReportJson(report));
  expect(json.model_digest).toBe(report.modelDigest);
  expect(json.tokenizer.max_length).toBe(128);
  expect(json.assets[0]).toHaveProperty("byte_offset");
  for (const asset of report.assets) expect(text).toContain(`sha256 ${asset.sha256}`);
  for (const word of [report.modelDigest, "mean", "linux-x64", "modules.json", "WordPiece"])
    expect(text).toContain(word);
});
