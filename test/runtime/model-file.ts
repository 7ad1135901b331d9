// Encoderfiles of model directories with settings of a test's own choosing, for tests that need a real engine.
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import {
  type AssetInput,
  type OpenedFile,
  openFile,
  writeEncoderfile,
} from "../../src/format/index.ts";
import { FileRole, InputRole, type Model, ModelSchema, Task } from "../../src/gen/manifest_pb.ts";
import { ModelType } from "../../src/gen/metadata_pb.ts";
import { FileSource, MemorySource } from "../../src/io/index.ts";
import { scanModel } from "../../src/onnx/index.ts";
import { type Engine, type LoadOptions, loadEngine } from "../../src/runtime/index.ts";
import type { TempDir } from "../helper/temp-dir.ts";

const BASE = new MemorySource(new Uint8Array(1000).fill(1), "base");

const ROLES: Readonly<Record<string, InputRole>> = {
  input_ids: InputRole.INPUT_IDS,
  attention_mask: InputRole.ATTENTION_MASK,
  token_type_ids: InputRole.TOKEN_TYPE_IDS,
  position_ids: InputRole.POSITION_IDS,
};

export type ModelFile = {
  readonly modelDir: string;
  /** Settings beyond what the graph says of itself. */
  readonly model: object;
  /** The graph; "model.onnx" unless said. */
  readonly weights?: string;
  /** Further assets by name. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
};

/** What the graph says of itself, with the given settings; sequences of at most 64 tokens. */
export function modelOfGraph({ modelDir, model, weights = "model.onnx" }: ModelFile): Model {
  using source = new FileSource(join(modelDir, weights));
  const { graph } = scanModel(source);
  const [output] = graph.outputs;
  const width = Number(output?.shape.at(-1)?.size ?? 0);
  const { task } = model as { readonly task?: Task };
  const isLabelled = task === Task.SEQUENCE_CLASSIFICATION || task === Task.TOKEN_CLASSIFICATION;
  return create(ModelSchema, {
    graph,
    inputs: graph.inputs.map(({ name }) => ({ name, role: ROLES[name] ?? 0 })),
    output: output?.name ?? "",
    width,
    labels: isLabelled ? Array.from({ length: width }, (_, index) => `LABEL_${index}`) : [],
    tokenizer: { kind: "WordPiece", maxLength: 64 },
    ...model,
  });
}

/** Writes the file and opens it. */
export function openModelFile(
  folder: TempDir,
  file: ModelFile,
): { readonly opened: OpenedFile; readonly path: string } {
  const { modelDir, weights = "model.onnx", files = {} } = file;
  using graph = new FileSource(join(modelDir, weights));
  using tokenizer = new FileSource(join(modelDir, "tokenizer.json"));
  const others = Object.entries(files).map(([name, bytes]): AssetInput => {
    const content = new MemorySource(bytes, name);
    return { kind: "file", name, role: FileRole.SENTENCE_TRANSFORMERS, content };
  });
  const path = folder.join(`${crypto.randomUUID()}.encoderfile`);
  writeEncoderfile(
    {
      base: BASE,
      manifest: {
        modelType: ModelType.SENTENCE_EMBEDDING,
        name: "test",
        version: "1",
        model: modelOfGraph(file),
      },
      assets: [
        { kind: "weights", content: graph },
        { kind: "tokenizer", content: tokenizer },
        ...others,
      ],
    },
    path,
  );
  const source = new FileSource(path);
  return { opened: openFile(source), path: source.realPath };
}

/** An engine that is ready, and ends when it is disposed of. */
export async function startEngine(
  folder: TempDir,
  file: ModelFile,
  options?: LoadOptions,
): Promise<Engine & AsyncDisposable> {
  const { opened, path } = openModelFile(folder, file);
  const engine = loadEngine(opened, path, options);
  await engine.ready;
  return Object.assign(engine, { [Symbol.asyncDispose]: () => engine.close() });
}
