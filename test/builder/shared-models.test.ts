// Builds the real models that lie beside the repository, each as a user would.
import { expect, test } from "bun:test";
import { build, buildProblems, decisionsOf } from "../helper/build-model.ts";
import { sharedModelsDir } from "../helper/shared-models.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const models = sharedModelsDir();
const at = (name: string) => `${models}/${name}`;

test.skipIf(models === undefined).each([
  ["bert-tiny-random/embedding", "sentence_embedding", 16, {}],
  ["bert-tiny-random/embedding", "embedding", 16, { task: "embedding" }],
  ["bert-tiny-random/sentence_embedding", "sentence_embedding", 16, {}],
  ["bert-tiny-random/sequence_classification", "sequence_classification", 2, {}],
  ["bert-tiny-random/token_classification", "token_classification", 2, {}],
  ["movie-review-sentiment", "sequence_classification", 2, {}],
  ["regex-embedder", "sentence_embedding", 16, {}],
  ["arabic-diacritics", "token_classification", 15, {}],
  ["tribuo-tinybert", "sentence_embedding", 50, {}],
] as const)("build of %s gives %s of width %d, %j", (name, task, width, settings) => {
  using folder = createTempDir();
  const result = build(folder, at(name), settings);
  expect(result.task).toBe(task);
  expect(result.model.width).toBe(width);
});

test.skipIf(models === undefined)(
  "build of arabic-diacritics takes the quantised graph on request",
  () => {
    using folder = createTempDir();
    const weights = at("arabic-diacritics/model_quantized.onnx");
    const decided = decisionsOf(build(folder, at("arabic-diacritics"), { weights }));
    expect(decided["quantised"]).toContain("yes");
    expect(decisionsOf(build(folder, at("arabic-diacritics")))["graph"]).toBe(
      "model.onnx (found by name; others with --weights model_quantized.onnx)",
    );
  },
);

test.skipIf(models === undefined)("build of distilbert takes the tokenizer from elsewhere", () => {
  using folder = createTempDir();
  expect(buildProblems(folder, at("distilbert-tiny-random"))[0]).toContain(
    "expected tokenizer.json",
  );
  const tokenizer = at("bert-tiny-random/embedding/tokenizer.json");
  const result = build(folder, at("distilbert-tiny-random"), { tokenizer });
  expect(result.model.labels).toEqual(["NEGATIVE", "POSITIVE"]);
});

test.skipIf(models === undefined).each([
  ["dummy_transformer.onnx", {}, "tokenizer.json: found ids up to 1062, expected at most 19"],
  ["dummy_transformer_mlm.onnx", {}, "task: cannot be told"],
  // It was exported with the batch as second axis: texts attend to each other.
  [
    "dummy_transformer_mlm.onnx",
    { task: "embedding", outputName: "logits" },
    "mixes the texts of a batch",
  ],
  ["mock_sentence_embedder.onnx", {}, "does not ignore padding"],
  ["random_encoder.onnx", {}, "does not ignore padding"],
] as const)("build of vespa's %s is refused with the reason", (name, settings, message) => {
  using folder = createTempDir();
  const weights = at(`vespa-transformers/${name}`);
  expect(buildProblems(folder, at("vespa-transformers"), { weights, ...settings })[0]).toContain(
    message,
  );
});

test.skipIf(models === undefined).each([
  [
    "dummy_transformer_mlm.onnx",
    { task: "embedding", outputName: "logits", allowBatchDependence: true },
  ],
  ["mock_sentence_embedder.onnx", { allowBatchDependence: true }],
  ["random_encoder.onnx", { padTo: 64 }],
] as const)("build of vespa's %s works as %j", (name, settings) => {
  using folder = createTempDir();
  const weights = at(`vespa-transformers/${name}`);
  build(folder, at("vespa-transformers"), { weights, ...settings });
});
