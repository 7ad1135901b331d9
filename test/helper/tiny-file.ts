// Encoderfiles of tiny models with random weights, for tests that need a real engine: their base is not executable.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { writeEncoderfile } from "../../src/format/index.ts";
import { InputRole, ModelSchema, Pooling, SparsePooling } from "../../src/gen/manifest_pb.ts";
import { MemorySource } from "../../src/io/index.ts";
import { scanModel } from "../../src/onnx/index.ts";
import { TASKS, type TaskId, taskNumber } from "../../src/task/index.ts";

const BASE = new MemorySource(new Uint8Array(1000).fill(1), "base");

const HEAD = {
  embedding: "embedding",
  sentence_embedding: "sentence-embedding",
  sequence_classification: "sequence-classification",
  token_classification: "token-classification",
  reranking: "reranking",
  sparse_embedding: "masked-lm",
} as const satisfies Record<TaskId, string>;

type Settings = Pick<MessageInitShape<typeof ModelSchema>, "entailment" | "prompts">;

/** Writes an encoderfile named "tiny" of version 1.0.0 that does the task. */
export async function writeTinyFile(
  path: string,
  task: TaskId,
  settings: Settings = {},
): Promise<void> {
  const modelDir = await makeFixture({ shape: "tiny", head: HEAD[task] });
  const source = (name: string) => new MemorySource(readFileSync(join(modelDir, name)), name);
  const { graph } = scanModel(source("model.onnx"));
  const output = graph.outputs[0];
  const config = JSON.parse(readFileSync(join(modelDir, "config.json"), "utf8"));
  const labels = task.endsWith("classification") ? Object.values<string>(config.id2label) : [];
  const model = create(ModelSchema, {
    task: taskNumber(task),
    graph,
    inputs: [
      { name: "input_ids", role: InputRole.INPUT_IDS },
      { name: "attention_mask", role: InputRole.ATTENTION_MASK },
      { name: "token_type_ids", role: InputRole.TOKEN_TYPE_IDS },
    ],
    output: output?.name ?? "",
    tokenizer: { kind: "WordPiece", maxLength: 64 },
    pooling: task === "sentence_embedding" ? [Pooling.MEAN] : [],
    width: Number(output?.shape.at(-1)?.size ?? 0n),
    labels,
    sparsePooling:
      task === "sparse_embedding"
        ? SparsePooling.SPARSE_MAX
        : SparsePooling.SPARSE_POOLING_UNSPECIFIED,
    ...settings,
  });
  writeEncoderfile(
    {
      base: BASE,
      manifest: { modelType: TASKS[task].modelType, name: "tiny", version: "1.0.0", model },
      assets: [
        { kind: "weights", content: source("model.onnx") },
        { kind: "model_config", content: source("config.json") },
        { kind: "tokenizer", content: source("tokenizer.json") },
      ],
    },
    path,
  );
}
