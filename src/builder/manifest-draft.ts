// What goes into the file: every input as an asset, verbatim, and the manifest's words about them.
import { create } from "@bufbuild/protobuf";
import type { AssetInput, ManifestDraft } from "../format/index.ts";
import {
  FileRole,
  type Model,
  ProvenanceSchema,
  type SourceFile,
  SourceFileSchema,
} from "../gen/manifest_pb.ts";
import { FileSource, sha256Source } from "../io/index.ts";
import { taskOfModel } from "../task/index.ts";
import type { ModelFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import { readCardLicense } from "./model-card.ts";
import type { ModelFile } from "./model-file.ts";
import { readOrigin } from "./origin.ts";
import type { Settings } from "./settings.ts";

/**
 * Assets of the model. Without a config.json the published slot stays empty: nothing is made up that `extract` would
 * then hand out as the user's. `keep` takes every source that is opened.
 */
export function listAssets(
  facts: ModelFacts,
  keep: (source: FileSource) => FileSource,
): readonly AssetInput[] {
  const { files, weights, rewritten, externalData } = facts;
  const name = files.weights?.name ?? "model.onnx";
  const assets: AssetInput[] = [
    rewritten === undefined
      ? { kind: "weights", name, content: weights }
      : { kind: "weights", name: rewrittenName(name, facts.settings), content: rewritten },
  ];
  const slot = (kind: "model_config" | "tokenizer", file: ModelFile | undefined) => {
    if (file === undefined) return;
    assets.push({ kind, name: file.name, content: keep(new FileSource(file.path)) });
  };
  slot("model_config", files.config);
  slot("tokenizer", files.tokenizer);
  for (const { file, role } of furtherFiles(facts)) {
    const content = keep(new FileSource(file.path));
    assets.push({ kind: "file", name: file.name, role, content });
  }
  if (rewritten !== undefined) return assets;
  for (const [name, content] of externalData) {
    assets.push({ kind: "file", name, role: FileRole.EXTERNAL_DATA, content });
  }
  return assets;
}

/** A graph that is no file of the model has a name that none of its files has: "onnx/model.int8.optimized.onnx". */
function rewrittenName(name: string, { quantize, optimize }: Settings): string {
  const steps = [
    ...(quantize === undefined ? [] : [".int8"]),
    ...(optimize?.value === true ? [".optimized"] : []),
  ];
  return `${name.replace(/\.onnx$/, "")}${steps.join("")}.onnx`;
}

type RoleOfFile = { readonly file: ModelFile; readonly role: FileRole };

function furtherFiles({ files }: ModelFacts): readonly RoleOfFile[] {
  const found: RoleOfFile[] = [];
  const add = (role: FileRole, ...list: readonly (ModelFile | undefined)[]) => {
    for (const file of list) if (file !== undefined) found.push({ file, role });
  };
  add(FileRole.TOKENIZER_CONFIG, files.tokenizerConfig);
  add(FileRole.SPECIAL_TOKENS, files.specialTokens);
  const pipeline = files.pipeline.flatMap(({ config, weights }) => [config, weights]);
  // The transformer's own settings are the config.json that has a slot already.
  const modules = distinct(pipeline).filter(({ name }) => name !== files.config?.name);
  const { sentenceBertConfig, sentenceTransformersConfig } = files;
  add(FileRole.SENTENCE_TRANSFORMERS, files.modules, ...modules);
  add(FileRole.SENTENCE_TRANSFORMERS, sentenceBertConfig, sentenceTransformersConfig);
  add(FileRole.LICENSE, ...files.licenses);
  add(FileRole.MODEL_CARD, files.modelCard);
  return found;
}

/** Modules without settings may share a folder. */
function distinct(files: readonly (ModelFile | undefined)[]): readonly ModelFile[] {
  return [...new Map(files.flatMap((file) => (file ? [[file.name, file]] : []))).values()];
}

type Draft = Pick<ManifestDraft, "modelType" | "model" | "provenance">;

export type DraftInput = {
  readonly facts: ModelFacts;
  readonly model: Model;
  readonly assets: readonly AssetInput[];
  /** Address of the hub the model was fetched from, where that is not the public one. */
  readonly hubEndpoint: string | undefined;
};

/** The model's part of the manifest. Digests are filled in while the files are copied. */
export function draftManifest(given: DraftInput, findings: Findings): Draft {
  const { facts, model, assets, hubEndpoint = "" } = given;
  const { folder, modelCard } = facts.files;
  const sources = assets.filter(isSource).flatMap((asset) => sourcesOf(asset, facts));
  const origin = folder === undefined ? undefined : readOrigin(folder, sources, findings);
  const inOrder = sources.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const provenance = create(ProvenanceSchema, {
    files: inOrder.map(describeSource),
    license: (modelCard && readCardLicense(modelCard)) ?? "",
    repository: origin?.repository ?? "",
    revision: origin?.revision ?? "",
    endpoint: origin?.repository ? (origin.endpoint ?? hubEndpoint) : "",
  });
  return { modelType: taskOfModel(model).modelType, model, provenance };
}

/** Goldens are made by the build, of no file or of one that is not in there as it is. */
function isSource(asset: AssetInput): boolean {
  return asset.kind !== "file" || asset.role !== FileRole.GOLDENS;
}

/** `read` is there for files that are not in the result as they are: nobody hashes them on the way. */
type Source = ModelFile & { readonly read?: FileSource };

function sourcesOf(asset: AssetInput, facts: ModelFacts): readonly Source[] {
  const { rewritten, weights, externalData, files } = facts;
  if (asset.kind !== "weights" || rewritten === undefined) {
    return [{ name: pathOf(asset, facts), path: asset.content.name }];
  }
  const graph = { name: files.weights?.name ?? "model.onnx", path: weights.name, read: weights };
  const beside = [...externalData].map(([location, read]) => {
    return { name: besideWeights(location, facts), path: read.name, read };
  });
  return [graph, ...beside];
}

function describeSource({ name, read }: Source): SourceFile {
  const known = read && { sha256: sha256Source(read), length: BigInt(read.byteLength) };
  return create(SourceFileSchema, { name, ...known });
}

/** Path of an asset in the model directory; the graph names external data relative to its own folder. */
function pathOf(asset: AssetInput, facts: ModelFacts): string {
  const name = asset.name ?? "";
  if (asset.kind !== "file" || asset.role !== FileRole.EXTERNAL_DATA) return name;
  return besideWeights(name, facts);
}

function besideWeights(name: string, { files }: ModelFacts): string {
  const weights = files.weights?.name ?? "";
  return weights.slice(0, weights.lastIndexOf("/") + 1) + name;
}
