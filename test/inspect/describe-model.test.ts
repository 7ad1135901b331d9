// What a report says of settings a builder stored, as data and as text.
import { describe, expect, test } from "bun:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { writeEncoderfile } from "../../src/format/index.ts";
import {
  Activation,
  LabelScheme,
  type Model,
  ModelSchema,
  Pooling,
  Similarity,
  SparsePooling,
  Task,
  TruncationStrategy,
} from "../../src/gen/manifest_pb.ts";
import { ModelType } from "../../src/gen/metadata_pb.ts";
import { inspectFile, printInspect, printReportJson } from "../../src/inspect/index.ts";
import { FileSource, MemorySource } from "../../src/io/index.ts";
import { createTempDir } from "../helper/temp-dir.ts";

/** What is said of a file with this model. */
function reportOf(init: MessageInitShape<typeof ModelSchema>) {
  using folder = createTempDir();
  const path = folder.join("file");
  const model: Model = create(ModelSchema, { output: "o", width: 3, ...init });
  const bytes = (text: string) => new MemorySource(Buffer.from(text), text);
  const manifest = { modelType: ModelType.EMBEDDING, name: "m", version: "1", model };
  const assets = [{ kind: "weights", content: bytes("graph") }] as const;
  writeEncoderfile({ base: bytes("base"), manifest, assets }, path);
  using source = new FileSource(path);
  const report = inspectFile(source);
  const json = JSON.parse(printReportJson(report)) as Record<string, unknown>;
  return { report, json, text: printInspect(report) };
}

const weight = { file: "2_Dense/model.safetensors", name: "linear.weight" };

const SENTENCES = {
  task: Task.SENTENCE_EMBEDDING,
  outputWidth: 4,
  pooling: [Pooling.CLS, Pooling.MEAN_SQRT_LEN],
  poolWithoutPrompt: true,
  layers: [
    {
      kind: {
        case: "dense",
        value: { inWidth: 8, outWidth: 3, activation: Activation.GELU, weight },
      },
    },
    { kind: { case: "unitLength", value: {} } },
    { kind: { case: "layerNorm", value: { width: 3, epsilon: 1e-5, weight, bias: weight } } },
  ],
  normalize: true,
  prompts: [
    { name: "query", text: 'say "it": ' },
    { name: "long", text: "x".repeat(300) },
  ],
  defaultPrompt: "query",
  similarity: Similarity.DOT,
  dimensions: [1, 2],
} as const satisfies MessageInitShape<typeof ModelSchema>;

describe("inspectFile() of settings", () => {
  test("inspectFile() tells how vectors are made", () => {
    const { json } = reportOf(SENTENCES);
    const file = weight.file;
    expect(json).toMatchObject({
      width: 3,
      output_width: 4,
      pooling: ["cls", "mean_sqrt_len"],
      include_prompt: false,
      layers: [
        { kind: "dense", file, in_width: 8, out_width: 3, activation: "gelu", has_bias: false },
        { kind: "unit_length" },
        { kind: "layer_norm", file, in_width: 3, out_width: 3, has_bias: true, epsilon: 1e-5 },
      ],
      normalize: true,
      default_prompt: "query",
      similarity: "dot",
      dimensions: [1, 2],
    });
    expect(json["prompts"]).toEqual([...SENTENCES.prompts]);
    expect(json).not.toHaveProperty("sparse_pooling");
  });

  test.each([
    ["width", "3 (4 in the graph)"],
    ["pooling", "cls + mean_sqrt_len, without the tokens of a prompt"],
    ["layer 1", "dense, 8 -> 3, gelu, no bias, 2_Dense/model.safetensors"],
    ["layer 2", "unit length"],
    ["layer 3", "layer norm, 3, 2_Dense/model.safetensors"],
    ["normalize", "true"],
    ["prompt", 'query  "say \\"it\\": "'],
    ["prompt", `long   "${"x".repeat(200)}"... (300 characters)`],
    ["default prompt", "query"],
    ["similarity", "dot"],
    ["dimensions", "1, 2"],
  ])("printInspect() shows %s as %s", (setting, value) => {
    const lines = reportOf(SENTENCES)
      .text.split("\n")
      .map((line) => line.trim());
    const own = lines.filter((line) => line.startsWith(`${setting}  `));
    expect(own.map((line) => line.slice(setting.length).trim())).toContain(value);
  });

  test("inspectFile() tells of sparse vectors how their tokens are pooled", () => {
    const { json, text } = reportOf({
      ...{ task: Task.SPARSE_EMBEDDING, sparsePooling: SparsePooling.SPARSE_SUM },
      prompts: Array.from({ length: 22 }, (_, at) => ({ name: `p${at}`, text: "" })),
    });
    expect(json).toMatchObject({ sparse_pooling: "sum", default_prompt: null });
    expect(json).not.toHaveProperty("normalize");
    expect(text).toMatch(/sparse pooling +sum\n/);
    expect(text).toMatch(/prompts +2 more\n +default prompt +none\n/);
  });

  test("inspectFile() tells how weights were rounded, what was kept and how near the answers are", () => {
    const kept = ["/a", "/b"].map((name) => ({ name, reason: "it has only 6 weights" }));
    const figures = { minCosine: 0.9871, meanCosine: 0.9981, bound: 0.99 };
    const { json, text } = reportOf({
      task: Task.SENTENCE_EMBEDDING,
      quantization: {
        recipe: "int8",
        layers: ["/q", "/k", "/v"],
        kept,
        quality: { texts: 64, textsSha256: Uint8Array.of(1, 171), ...figures },
      },
    });
    const printed = { min_cosine: 0.9871, mean_cosine: 0.9981, bound: 0.99 };
    expect(json["quantization"]).toEqual({
      recipe: "int8",
      layers: ["/q", "/k", "/v"],
      kept,
      quality: { texts: 64, texts_sha256: "01ab", ...printed },
    });
    expect(text).toMatch(/quantised +3 layers: int8\n/);
    expect(text).toMatch(/not quantised +2 as it has only 6 weights\n/);
    expect(text).toMatch(
      /quality +mean cosine 0.9981, least cosine 0.9871, accepted from 0.99 \(64 texts\)\n/,
    );
  });

  test("inspectFile() tells of rounding only what a file says", () => {
    const labels = { agreement: 1, maxDrift: 0, rankCorrelation: 0.5 };
    const quality = { texts: 2, ...labels };
    const { json } = reportOf({ task: Task.RERANKING, quantization: { recipe: "r", quality } });
    expect(json["quantization"]).toMatchObject({
      ...{ layers: [], kept: [] },
      quality: { texts: 2, agreement: 1, max_drift: 0, rank_correlation: 0.5 },
    });
    const bare = reportOf({ task: Task.RERANKING, quantization: { recipe: "r" } });
    expect(bare.json["quantization"]).toEqual({ recipe: "r", layers: [], kept: [] });
    expect(bare.text).not.toContain("quality");
  });

  test("inspectFile() tells of a classifier what its labels mean", () => {
    const { json, text } = reportOf({
      task: Task.SEQUENCE_CLASSIFICATION,
      labels: ["no", "yes"],
      labelScheme: LabelScheme.BIOES,
      entailment: {
        ...{ entailmentIndex: 1, contradictionIndex: 5 },
        hypothesisTemplate: "This example is {}.",
      },
      ...{ firstPosition: 2, oneAtATime: true },
      tokenizer: {
        ...{ kind: "BPE", maxLength: 16, padMultiple: 8, windowOverlap: 4 },
        truncationStrategy: TruncationStrategy.ONLY_SECOND,
      },
    });
    expect(json).toMatchObject({
      label_scheme: "bioes",
      entailment: {
        ...{ entailment: "yes", contradiction: "class 5" },
        hypothesis_template: "This example is {}.",
      },
      ...{ first_position: 2, one_at_a_time: true },
      tokenizer: { pad_multiple: 8, truncation_strategy: "only_second", window_overlap: 4 },
    });
    expect(json).not.toHaveProperty("prompts");
    for (const line of [
      /entailment +yes, against class 5\n/,
      /hypothesis +"This example is \{\}\."\n/,
      /label scheme +bioes\n/,
      /first position +2\n/,
      /batches +one text at a time\n/,
      /truncation +right, only_second\n/,
      /windows +longer texts in windows that share 4 tokens\n/,
      /padding .* to a multiple of 8 tokens\n/,
    ]) {
      expect(text).toMatch(line);
    }
  });

  test("inspectFile() names what a newer builder stored", () => {
    const { json } = reportOf({
      ...{ task: Task.EMBEDDING, layers: [{}] },
      tokenizer: { truncationStrategy: 9 as TruncationStrategy },
    });
    expect(json["layers"]).toEqual([{ kind: "unknown" }]);
    expect(json["tokenizer"]).toMatchObject({ truncation_strategy: "unknown (9)" });
  });
});
