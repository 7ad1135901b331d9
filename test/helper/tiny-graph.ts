// Model directories with graphs of a few nodes: every oddity of an exporter in a file of a kilobyte.
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import {
  type OnnxElementType,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
  writeOnnxModel,
} from "../../scripts/fixture/onnx-writer.ts";

export type TinyGraph = {
  readonly inputs?: readonly OnnxValue[];
  readonly outputs?: readonly OnnxValue[];
  readonly nodes?: readonly OnnxNode[];
  readonly initializers?: readonly OnnxTensor[];
};

export function value(
  name: string,
  dims: readonly (number | string)[],
  type: OnnxElementType = "int64",
): OnnxValue {
  return { name, type, dims };
}

export function node(
  opType: string,
  inputs: readonly string[],
  output: string,
  attributes?: OnnxNode["attributes"],
): OnnxNode {
  return {
    name: `/${opType}_${output}`,
    opType,
    inputs,
    outputs: [output],
    ...(attributes && { attributes }),
  };
}

export function floats(
  name: string,
  dims: readonly number[],
  at: (index: number) => number,
): OnnxTensor {
  const length = dims.reduce((product, dim) => product * dim, 1);
  const bytes = () => new Uint8Array(Float32Array.from({ length }, (_, index) => at(index)).buffer);
  return { name, type: "float32", dims, bytes };
}

/** Rows of the embedding table, as many as the tiny fixture's tokenizer has ids. */
export const TINY_ROWS = 600;
const BATCH = ["batch", "sequence"] as const;

/** Looks ids up in a table of 4 columns: a model whose answer to a token depends on nothing else. */
const LOOKUP: Required<TinyGraph> = {
  inputs: [value("input_ids", BATCH), value("attention_mask", BATCH)],
  outputs: [value("last_hidden_state", [...BATCH, 4], "float32")],
  nodes: [node("Gather", ["embeddings.weight", "input_ids"], "last_hidden_state")],
  initializers: [floats("embeddings.weight", [TINY_ROWS, 4], (index) => Math.sin(index))],
};

/** The look-up as a whole model. */
export const LOOKUP_MODEL: OnnxModel = {
  irVersion: 8,
  producerName: "test",
  producerVersion: "1",
  opsets: [{ domain: "", version: 14 }],
  graphName: "tiny",
  ...LOOKUP,
};

/** Writes model.onnx: the look-up with the given parts replaced. */
export async function writeTinyGraph(path: string, graph: TinyGraph = {}): Promise<void> {
  await writeOnnxModel(path, { ...LOOKUP_MODEL, ...graph });
}

/** A folder with tokenizer and, unless told otherwise, config.json of a plain BERT, and the graph. */
export async function writeTinyModelDir(
  folder: string,
  graph: TinyGraph = {},
  files: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  cpSync(await makeFixture({ head: "embedding" }), folder, { recursive: true });
  rmSync(join(folder, "model.onnx"));
  await writeTinyGraph(join(folder, "model.onnx"), graph);
  await writeJsonFiles(folder, files);
  return folder;
}

/** Writes JSON files by name; undefined removes the file. */
export async function writeJsonFiles(
  folder: string,
  files: Readonly<Record<string, unknown>>,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = Bun.file(join(folder, name));
    if (content === undefined) await file.delete();
    else await Bun.write(file, typeof content === "string" ? content : JSON.stringify(content));
  }
}
