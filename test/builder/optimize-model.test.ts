// Builds that store the graph as the library rewrites it: what is stored, what it answers, and what is refused.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FixtureHead, FixtureOptions } from "../../scripts/fixture/fixture-option.ts";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { assetSource, openFile, requireAsset, verifyFile } from "../../src/format/index.ts";
import { inspectOpened } from "../../src/inspect/index.ts";
import { FileSource, sha256, toHex } from "../../src/io/index.ts";
import { type ScannedModel, scanModel } from "../../src/onnx/index.ts";
import { build, buildProblems, decisionsOf } from "../helper/build-model.ts";
import { writeFakeBase } from "../helper/fake-base.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const OPTIMIZE = { optimize: true } as const;

function fixture(options: FixtureOptions): Promise<string> {
  return makeFixture({ hidden: 64, intermediate: 128, vocabulary: 2048, ...options });
}

function storedGraph(path: string): { readonly name: string; readonly scanned: ScannedModel } {
  using source = new FileSource(path);
  const weights = requireAsset(openFile(source), "weights");
  return { name: weights.name, scanned: scanModel(assetSource(openFile(source), weights)) };
}

const HEADS = [
  ["sentence-embedding", {}],
  ["sequence-classification", {}],
  ["token-classification", {}],
  ["reranking", {}],
  ["masked-lm", { task: "sparse_embedding" }],
] as const satisfies readonly (readonly [FixtureHead, object])[];

describe("a build that optimises", () => {
  test.each(HEADS)("%s has fewer nodes, its own weights and its origin with %j", async (...row) => {
    using folder = createTempDir();
    const [head, plain] = row;
    const modelDir = await fixture({ head });
    const result = build(folder, modelDir, { ...OPTIMIZE, ...plain });
    const original = readFileSync(join(modelDir, "model.onnx"));
    const { name, scanned } = storedGraph(result.path);
    expect(name).toBe("model.optimized.onnx");
    expect(scanned.externalFiles).toEqual([]);
    using source = new FileSource(join(modelDir, "model.onnx"));
    expect(scanned.nodes.length).toBeLessThan(scanModel(source).nodes.length / 2);
    expect(scanned.graph.inputs).toEqual(scanModel(source).graph.inputs);
    expect(decisionsOf(result)["optimised"]).toMatch(/^\d+ nodes to \d+ \(--optimize\)$/);

    using file = new FileSource(result.path);
    expect(verifyFile(file).ok).toBe(true);
    const { manifest } = openFile(file);
    expect(manifest.model?.optimization).toBe("extended fusions of ONNX Runtime");
    const { files = [] } = manifest.provenance ?? {};
    const origin = files.find((entry) => entry.name === "model.onnx");
    expect(toHex(origin!.sha256)).toBe(toHex(sha256(original)));
    expect(inspectOpened(openFile(file)).optimization).toBe(manifest.model?.optimization);
  });

  test("the same input gives the same bytes, and answers goldens as the graph it was made of", async () => {
    const modelDir = await fixture({ head: "sentence-embedding" });
    using folder = createTempDir();
    using other = createTempDir();
    const { modelDigest, path } = build(folder, modelDir, OPTIMIZE);
    expect(build(other, modelDir, OPTIMIZE).modelDigest).toBe(modelDigest);
    const goldens = goldensOf(path);
    expect(goldens).not.toBe("");
    expect(goldens).toBe(goldensOf(build(folder, modelDir).path));
  });

  test("takes external data in", async () => {
    using folder = createTempDir();
    const modelDir = await fixture({ head: "embedding", externalData: true, externalFiles: 2 });
    const { path } = build(folder, modelDir, { ...OPTIMIZE, task: "embedding" });
    expect(storedGraph(path).scanned.externalFiles).toEqual([]);
    using source = new FileSource(path);
    const names = openFile(source).assets.map((asset) => asset.name);
    expect(names.filter((name) => name.includes("onnx"))).toEqual(["model.optimized.onnx"]);
  });

  test("goes on from rounded weights", async () => {
    using folder = createTempDir();
    const modelDir = await fixture({ head: "sentence-embedding" });
    const { path, model } = build(folder, modelDir, { ...OPTIMIZE, quantize: "int8" });
    const { name, scanned } = storedGraph(path);
    expect(name).toBe("model.int8.optimized.onnx");
    expect([...scanned.operators.keys()].join(" ")).toContain("DynamicQuantizeMatMul");
    expect(model.quantization?.layers.length).toBeGreaterThan(10);
  });

  test("refuses a base with another version of the library", async () => {
    using folder = createTempDir();
    const modelDir = await fixture({ head: "sentence-embedding" });
    const base = writeFakeBase(folder.join("other"), { identity: { onnxruntime: "1.23.2" } });
    expect(buildProblems(folder, modelDir, { ...OPTIMIZE, base }).join("\n")).toContain(
      "found 1.23.2: build for that target without it",
    );
  });
});

function goldensOf(path: string): string {
  using source = new FileSource(path);
  const opened = openFile(source);
  const asset = opened.assets.find(({ name }) => name === "goldens.json");
  return asset === undefined
    ? ""
    : new TextDecoder().decode(source.read(asset.byteOffset, asset.byteLength));
}
