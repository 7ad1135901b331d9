// Builds that round the weights: what is stored, what is refused, and what the search keeps.
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FixtureHead, FixtureOptions } from "../../scripts/fixture/fixture-option.ts";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { extractAssets, openFile, verifyFile } from "../../src/format/index.ts";
import type { Quality } from "../../src/gen/manifest_pb.ts";
import { FileSource, sha256, toHex } from "../../src/io/index.ts";
import { scanModel } from "../../src/onnx/index.ts";
import { CALIBRATION_TEXTS } from "../../src/quantize/index.ts";
import { build, buildProblems, decisionsOf } from "../helper/build-model.ts";
import { thrownBy } from "../helper/coded.ts";
import { createTempDir, type TempDir } from "../helper/temp-dir.ts";

const INT8 = { quantize: "int8" } as const;

/** Large enough for every linear layer and the table of words to be rounded. */
function fixture(options: FixtureOptions): Promise<string> {
  return makeFixture({ hidden: 64, intermediate: 128, vocabulary: 2048, ...options });
}

function assetsOf(path: string): Readonly<Record<string, Uint8Array>> {
  using source = new FileSource(path);
  return Object.fromEntries(
    openFile(source).assets.map(({ name, byteOffset, byteLength }) => [
      name,
      source.read(byteOffset, byteLength).slice(),
    ]),
  );
}

type Figure = Exclude<keyof Quality, "$typeName" | "$unknown">;

const HEADS = [
  ["sentence-embedding", ["meanCosine", "minCosine"], {}],
  ["embedding", ["meanCosine", "minCosine"], { task: "embedding" }],
  ["sequence-classification", ["agreement", "maxDrift"], {}],
  [
    "sequence-classification",
    ["agreement", "maxDrift"],
    { problemType: "multi_label_classification" },
  ],
  ["sequence-classification", ["rankCorrelation"], { problemType: "regression" }],
  ["token-classification", ["agreement", "maxDrift"], {}],
  ["reranking", ["rankCorrelation"], {}],
  ["masked-lm", ["meanCosine", "minCosine"], { task: "sparse_embedding" }],
] as const satisfies readonly (readonly [FixtureHead, readonly Figure[], object])[];

/** Drawn weights know no classes: their logits lie so near each other that rounding may turn some around. */
const ANY = { minAgreement: 0 } as const;

describe("a build that rounds", () => {
  test.each(HEADS)(
    "%s stores the graph, its origin and %j with %j",
    async (head, figures, plain) => {
      using folder = createTempDir();
      const modelDir = await fixture({ head });
      const result = build(folder, modelDir, { ...INT8, ...ANY, ...plain });
      const { quantization, graph } = result.model;
      expect(quantization?.layers.length).toBeGreaterThanOrEqual(13);
      const { $typeName, $unknown, texts, textsSha256, bound, ...found } = quantization!.quality!;
      expect(Object.keys(found).toSorted()).toEqual([...figures].toSorted());
      expect(texts).toBe(64);
      expect(bound).toBe("meanCosine" in found ? 0.99 : 0);
      expect(textsSha256).toEqual(sha256(new TextEncoder().encode(CALIBRATION_TEXTS.join("\n"))));
      expect(graph?.opsets.map(({ domain }) => domain)).toContain("com.microsoft");
      const decisions = decisionsOf(result);
      expect(decisions["quantised"]).toMatch(/^\d+ layers to int8, \d+ kept \(--quantize\)$/);
      expect(decisions["quality"]).toContain("(64 texts of the builder)");

      const original = readFileSync(join(modelDir, "model.onnx"));
      const stored = assetsOf(result.path)["model.int8.onnx"];
      expect(stored?.byteLength).toBeLessThan(0.51 * original.byteLength);
      using source = new FileSource(result.path);
      expect(verifyFile(source).ok).toBe(true);
      const { files = [] } = openFile(source).manifest.provenance ?? {};
      const origin = files.find(({ name }) => name === "model.onnx");
      expect(toHex(origin!.sha256)).toBe(toHex(sha256(original)));
      expect(Number(origin?.length)).toBe(original.byteLength);
      expect(files.map(({ name }) => name)).not.toContain("model.int8.onnx");
    },
  );

  test("takes external data in, and names the files it lay in", async () => {
    using folder = createTempDir();
    const modelDir = await fixture({ head: "embedding", externalData: true, externalFiles: 2 });
    const { path } = build(folder, modelDir, { ...INT8, task: "embedding" });
    expect(Object.keys(assetsOf(path)).filter((name) => /onnx/.test(name))).toEqual([
      "model.int8.onnx",
    ]);
    using source = new FileSource(path);
    const names = openFile(source).manifest.provenance?.files.map(({ name }) => name);
    const expected = ["model.onnx", "model.onnx_data", "model.onnx_data_1"];
    expect(names?.filter((name) => /onnx/.test(name))).toEqual(expected);
  });

  test("gives a graph that builds again as it is when it was extracted, without a report", async () => {
    using folder = createTempDir();
    const modelDir = await fixture({ head: "sentence-embedding" });
    const first = build(folder, modelDir, INT8);
    const before = assetsOf(first.path);
    using source = new FileSource(first.path);
    await extractAssets(openFile(source), folder.join("out"));
    const again = build(folder, folder.join("out"), {});
    const graph = before["model.int8.onnx"]!;
    expect(assetsOf(again.path)["model.int8.onnx"]).toEqual(graph);
    expect(again.model.quantization).toBeUndefined();
    expect(again.modelDigest).not.toBe(first.modelDigest);
    const decisions = decisionsOf(again);
    expect(decisions["graph"]).toContain("model.int8.onnx");
    expect(decisions["quantised"]).toContain("yes: ");
    expect(decisions["quality"]).toContain("no report, as the graph came rounded");
  });

  test("gives the same bytes for the same input", async () => {
    using folder = createTempDir();
    const modelDir = await fixture({ head: "sentence-embedding" });
    const first = readFileSync(build(folder, modelDir, INT8).path);
    expect(readFileSync(build(folder, modelDir, INT8).path).equals(first)).toBe(true);
  });

  test("leaves out layers by a pattern, and stores why", async () => {
    using folder = createTempDir();
    const modelDir = await fixture({ head: "sentence-embedding" });
    const excluded = { quantizeExclude: ["word_embeddings", "*layer.1/*dense*"] };
    const { model, path } = build(folder, modelDir, { ...INT8, ...excluded });
    const { layers = [], kept = [] } = model.quantization ?? {};
    const byPattern = kept.filter(({ reason }) => reason.startsWith("excluded by"));
    expect(byPattern.map(({ name }) => name)).toEqual([
      "/embeddings/word_embeddings/Gather",
      "/encoder/layer.1/attention/output/dense/MatMul",
      "/encoder/layer.1/intermediate/dense/MatMul",
      "/encoder/layer.1/output/dense/MatMul",
    ]);
    expect(layers).toHaveLength(9);
    using folder2 = createTempDir();
    const stored = folder2.join("model.onnx");
    writeFileSync(stored, assetsOf(path)["model.int8.onnx"]!);
    using source = new FileSource(stored);
    expect(scanModel(source).operators.get("MatMul")).toBe(3 + 4);
  });
});

test("a pattern that names no layer, and settings of rounding where nothing is rounded, are problems", async () => {
  using folder = createTempDir();
  const modelDir = await fixture({ head: "sentence-embedding" });
  const quantizeExclude = ["layer.0/", "layer.7/"];
  expect(buildProblems(folder, modelDir, { ...INT8, quantizeExclude })).toEqual([
    expect.stringContaining('expected a part of a layer\'s name: found "layer.7/"'),
  ]);
  expect(buildProblems(folder, modelDir, { quantizeExclude, minCosine: 0.5 })).toEqual([
    "--quantizeExclude: nothing is rounded: add --quantize int8",
    "--minCosine: nothing is rounded: add --quantize int8",
  ]);
});

/** A word of each line stands in the vocabulary of fixtures, or is made of pieces that do. */
function writeLines(folder: TempDir, ...lines: readonly string[]): string {
  const path = folder.join("texts.txt");
  writeFileSync(path, lines.join("\n"));
  return path;
}

describe("a build that rounds is judged", () => {
  test("BUILD_QUALITY_TOO_LOW names the layers to exclude, and excluding them is a way out", async () => {
    using folder = createTempDir();
    const modelDir = await fixture({ head: "sentence-embedding" });
    const error = thrownBy(() => build(folder, modelDir, { ...INT8, minCosine: 1 }));
    expect(error.code).toBe("BUILD_QUALITY_TOO_LOW");
    expect(error.message).toMatch(/mean cosine of at least 1: found 0\.99\d+: keep the layers/);
    const layers = error.detail["layers"] as readonly string[];
    expect(layers).toHaveLength(3);
    for (const name of layers) expect(error.message).toContain(`--quantize-exclude "${name}"`);
    const { model } = build(folder, modelDir, { ...INT8, quantizeExclude: layers });
    expect(model.quantization?.layers).toHaveLength(13 - layers.length);
  });

  test("auto keeps no layer where none is too far, and the worst ones where some are", async () => {
    using folder = createTempDir();
    const modelDir = await fixture({ head: "sentence-embedding" });
    const plain = build(folder, modelDir, INT8);
    const easy = build(folder, modelDir, { quantize: "auto" });
    expect(easy.modelDigest).toBe(plain.modelDigest);
    // Nearer than all layers come, farther than some do.
    const strict = build(folder, modelDir, { quantize: "auto", minCosine: 0.999_999 });
    const { layers = [], kept = [], quality } = strict.model.quantization ?? {};
    expect(layers.length).toBeGreaterThan(0);
    expect(layers.length).toBeLessThan(13);
    expect(kept.some(({ reason }) => reason === "it changes the answers most")).toBe(true);
    // With fewer digits it would look as if it had been refused.
    expect([quality?.meanCosine, quality?.bound]).toEqual([0.999_999, 0.999_999]);
    expect(decisionsOf(strict)["quality"]).toContain("mean cosine 0.999999 of at least 0.999999");
  });

  test("BUILD_NOTHING_QUANTISED tells why every layer stayed as it is", async () => {
    using folder = createTempDir();
    const modelDir = await fixture({ head: "sentence-embedding", dtype: "float16" });
    const error = thrownBy(() => build(folder, modelDir, INT8));
    expect(error.code).toBe("BUILD_NOTHING_QUANTISED");
    expect(error.message).toContain("15 as its weights are float16, not float32");
    const small = await fixture({
      head: "sentence-embedding",
      hidden: 16,
      intermediate: 32,
      vocabulary: 256,
    });
    const { message } = thrownBy(() => build(folder, small, INT8));
    expect(message).toContain("only such that stay as they are");
    expect(message).toContain("weights (the least worth rounding is 65536)");
    expect(message).not.toContain("computed in the graph");
  });

  test("takes the user's texts, pairs among them", async () => {
    using folder = createTempDir();
    const modelDir = await fixture({ head: "reranking" });
    const lines = ["a query\tits document", "", "another query", "and a third\tanswer\r"];
    const calibration = writeLines(folder, ...lines);
    const { model, decisions } = build(folder, modelDir, { ...INT8, ...ANY, calibration });
    expect(model.quantization?.quality?.texts).toBe(3);
    expect(decisions.find(({ setting }) => setting === "quality")?.source).toBe("3 texts given");
  });

  test.each([
    ["BUILD_CALIBRATION_INVALID", ["one"]],
    ["BUILD_CALIBRATION_INVALID", Array.from({ length: 1001 }, (_, index) => `line ${index}`)],
  ])("%s refuses a file of too few or too many lines", async (code, lines) => {
    using folder = createTempDir();
    const modelDir = await fixture({ head: "sentence-embedding" });
    const calibration = writeLines(folder, ...lines);
    const error = thrownBy(() => build(folder, modelDir, { ...INT8, calibration }));
    expect(error.code).toBe(code as never);
    expect(error.detail["found"]).toBe(lines.length);
  });

  test("refuses texts that are not there", async () => {
    using folder = createTempDir();
    const modelDir = await fixture({ head: "sentence-embedding" });
    const calibration = folder.join("missing.txt");
    expect(thrownBy(() => build(folder, modelDir, { ...INT8, calibration })).code).toBe(
      "IO_NOT_FOUND",
    );
  });
});
