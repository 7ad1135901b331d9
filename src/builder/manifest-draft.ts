// What goes into the file: every input as an asset, verbatim, and the manifest's words about them.
import { create } from "@bufbuild/protobuf";
import type { AssetInput, ManifestDraft } from "../format/index.ts";
import { FileRole, type Model, ProvenanceSchema, SourceFileSchema } from "../gen/manifest_pb.ts";
import { FileSource } from "../io/index.ts";
import { taskOfModel } from "../task/index.ts";
import type { ModelFacts } from "./facts.ts";
import { originOfFolder, readCardLicense } from "./model-card.ts";
import type { ModelFile } from "./model-file.ts";

/**
 * Assets of the model. Without a config.json the published slot stays empty: nothing is made up that `extract` would
 * then hand out as the user's. `keep` takes every source that is opened.
 */
export function listAssets(
  facts: ModelFacts,
  keep: (source: FileSource) => FileSource,
): readonly AssetInput[] {
  const { files, weights, externalData } = facts;
  const assets: AssetInput[] = [
    { kind: "weights", name: files.weights?.name ?? "model.onnx", content: weights },
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
  for (const [name, content] of externalData) {
    assets.push({ kind: "file", name, role: FileRole.EXTERNAL_DATA, content });
  }
  return assets;
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

/** The model's part of the manifest. Digests are filled in while the files are copied. */
export function draftManifest(given: {
  readonly facts: ModelFacts;
  readonly model: Model;
  readonly assets: readonly AssetInput[];
}): Draft {
  const { facts, model, assets } = given;
  const { folder, modelCard } = facts.files;
  const origin = folder === undefined ? undefined : originOfFolder(folder);
  const names = assets
    .filter(isSource)
    .map((asset) => pathOf(asset, facts))
    .sort();
  const provenance = create(ProvenanceSchema, {
    files: names.map((name) => create(SourceFileSchema, { name })),
    license: (modelCard && readCardLicense(modelCard)) ?? "",
    repository: origin?.repository ?? "",
    revision: origin?.revision ?? "",
  });
  return { modelType: taskOfModel(model).modelType, model, provenance };
}

/** Goldens are made by the build, of no file or of one that is not in there as it is. */
function isSource(asset: AssetInput): boolean {
  return asset.kind !== "file" || asset.role !== FileRole.GOLDENS;
}

/** Path of an asset in the model directory; the graph names external data relative to its own folder. */
function pathOf(asset: AssetInput, { files }: ModelFacts): string {
  const name = asset.name ?? "";
  if (asset.kind !== "file" || asset.role !== FileRole.EXTERNAL_DATA) return name;
  const weights = files.weights?.name ?? "";
  return weights.slice(0, weights.lastIndexOf("/") + 1) + name;
}
