// Segments of a tokenizer that is told not to make them.
import { expect, test } from "bun:test";
import { InputRole } from "../../src/gen/manifest_pb.ts";
import { build, decisionsOf } from "../helper/build-model.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import {
  floats,
  node,
  TINY_ROWS,
  type TinyGraph,
  value,
  writeTinyModelDir,
} from "../helper/tiny-graph.ts";

const BATCH = ["batch", "sequence"];
const SEGMENTS: TinyGraph = {
  inputs: ["input_ids", "attention_mask", "token_type_ids"].map((name) => value(name, BATCH)),
  initializers: [
    floats("embeddings.weight", [TINY_ROWS, 4], Math.sin),
    floats("segments", [2, 4], Math.cos),
  ],
  nodes: [
    node("Gather", ["embeddings.weight", "input_ids"], "vectors"),
    node("Gather", ["segments", "token_type_ids"], "types"),
    node("Add", ["vectors", "types"], "last_hidden_state"),
  ],
};

test.each([
  [["input_ids", "attention_mask"], InputRole.ZEROS],
  [["input_ids", "token_type_ids", "attention_mask"], InputRole.TOKEN_TYPE_IDS],
])("clearSegments() with model_input_names %j gives role %d", async (names, role) => {
  using folder = createTempDir();
  const files = { "tokenizer_config.json": { pad_token: "[PAD]", model_input_names: names } };
  const dir = await writeTinyModelDir(folder.join("model"), SEGMENTS, files);
  const result = build(folder, dir);
  expect(result.model.inputs.find(({ name }) => name === "token_type_ids")?.role).toBe(role);
  expect(decisionsOf(result)["input token_type_ids"]).toBe(
    role === InputRole.ZEROS
      ? "token_type_ids, always 0 (tokenizer_config.json: model_input_names)"
      : undefined,
  );
});

test("clearSegments() leaves an input the user named", async () => {
  using folder = createTempDir();
  const files = { "tokenizer_config.json": { pad_token: "[PAD]", model_input_names: [] } };
  const dir = await writeTinyModelDir(folder.join("model"), SEGMENTS, files);
  const inputs = { token_type_ids: "token_type_ids" };
  const { model } = build(folder, dir, { inputs });
  expect(model.inputs[2]?.role).toBe(InputRole.TOKEN_TYPE_IDS);
});
