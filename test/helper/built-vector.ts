// Computes vectors from the assets of a built encoderfile step by step: session, task and layers, without an engine.
import { assetSource, findAsset, type OpenedFile, openFile } from "../../src/format/index.ts";
import type { Model } from "../../src/gen/manifest_pb.ts";
import { type ByteSource, FileSource } from "../../src/io/index.ts";
import { attachNative, openSession, prepareNative, scanModel } from "../../src/onnx/index.ts";
import { readFloats, scanSafetensors } from "../../src/safetensors/index.ts";
import { type Answer, loadLayers, taskOfModel } from "../../src/task/index.ts";
import { loadTokenizer } from "../../src/tokenizer/index.ts";

export type BuiltAnswer = {
  readonly model: Model;
  /** One for each text, as the functions of the task take them. */
  readonly answers: readonly Answer[];
};

/** What the file's model answers to these texts in one batch; `skipped` tokens of each are those of a prompt. */
export function answersOf(path: string, texts: readonly string[], skipped = 0): BuiltAnswer {
  using file = new FileSource(path);
  const opened = openFile(file);
  const { model } = opened.manifest;
  if (model === undefined) throw new Error("The file has no model");
  const source = slot(opened, "weights");
  const tokenizer = loadTokenizer(bytesOf(slot(opened, "tokenizer")));
  const encodings = texts.map((text) => tokenizer.encode(text, { maxLength: 64 }));
  attachNative(prepareNative());
  const { byteOffset = 0, byteLength = 0 } = findAsset(opened, "weights") ?? {};
  const session = openSession({
    scanned: scanModel(source),
    source,
    locate: () => ({ path: file.realPath, byteOffset, byteLength }),
    intraOpThreads: 1,
  });
  try {
    const { output, mask } = session.run(encodings, model);
    const task = taskOfModel(model);
    const layers = loadLayers(model, ({ file: name, name: tensor }) =>
      tensorOf(opened, name, tensor),
    );
    const masked = { ...mask, skipped: Int32Array.from(texts, () => skipped) };
    const reduced = task.reduce(output, masked, { model, view: "default", layers });
    const answers = texts.map((text, index): Answer => {
      const [encoding, matrix] = [encodings[index], reduced[index]];
      if (encoding === undefined || matrix === undefined) throw new Error("An answer is missing");
      return { input: { text }, encoding, reduced: matrix };
    });
    return { model, answers };
  } finally {
    session.close();
  }
}

function slot(opened: OpenedFile, kind: "weights" | "tokenizer"): ByteSource {
  const asset = findAsset(opened, kind);
  if (asset === undefined) throw new Error(`The file has no ${kind}`);
  return assetSource(opened, asset);
}

function bytesOf(source: ByteSource): Uint8Array {
  return source.read(0, source.byteLength);
}

function tensorOf(opened: OpenedFile, name: string, tensor: string) {
  const asset = opened.assets.find((candidate) => candidate.name === name);
  if (asset === undefined) throw new Error(`The file has no asset ${name}`);
  const source = assetSource(opened, asset);
  const array = scanSafetensors(source).get(tensor);
  if (array === undefined) return { data: new Float32Array(), shape: [] };
  return { data: readFloats(source, array), shape: array.shape };
}
