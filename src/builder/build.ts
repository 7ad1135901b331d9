// Model directory -> encoderfile: the order of the steps and nothing else.
import { basename, dirname, join } from "node:path";
import { VERSION } from "../about/index.ts";
import { CodedError } from "../error/index.ts";
import { type WriteResult, writeEncoderfile } from "../format/index.ts";
import type { Decision, Model } from "../gen/manifest_pb.ts";
import { type FileSource, fileFacts, realPath } from "../io/index.ts";
import { taskOfModel } from "../task/index.ts";
import { type BasePlaces, type FoundBase, findBase } from "./base.ts";
import { checkGraph, checkModel } from "./check-model.ts";
import type { Settings } from "./config.ts";
import { hasTokenizer, type ModelFacts, readFacts } from "./facts.ts";
import { Findings } from "./findings.ts";
import { draftManifest, listAssets } from "./manifest-draft.ts";
import { originOfFolder } from "./model-card.ts";
import { findModelFiles, type ModelFiles } from "./model-dir.ts";
import { throwProblems } from "./problem.ts";

/** What a build needs to know of the process it runs in. */
export type BuildEnvironment = BasePlaces & {
  /** Where an output without a folder goes. */
  readonly workingFolder: string;
};

export type BuildOptions = {
  /** Replaces an existing output. */
  readonly force: boolean;
  /** Called at the start of each step with its name, and while bytes are copied. */
  readonly onProgress?: (step: string, fraction?: number) => void;
};

export type BuildResult = {
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly task: string;
  readonly target: string;
  /** The base that was used, and why. Not part of the file: it would tell where the builder keeps its bases. */
  readonly base: { readonly version: string; readonly source: string };
  readonly byteLength: number;
  /** Lower-case hexadecimal SHA-256 of the manifest. */
  readonly modelDigest: string;
  readonly model: Model;
  /** Settings that were found, with their origin. */
  readonly decisions: readonly Decision[];
};

/**
 * Builds one encoderfile. Everything is checked before the first byte is written.
 * Throws `BUILD_MODEL_INVALID` with all problems of the model, `BUILD_BASE_*`, `IO_*` and `FORMAT_*`.
 */
export function buildEncoderfile(
  settings: Settings,
  environment: BuildEnvironment,
  options: BuildOptions,
): BuildResult {
  const opened: FileSource[] = [];
  const keep = (source: FileSource): FileSource => {
    opened.push(source);
    return source;
  };
  try {
    const findings = new Findings();
    options.onProgress?.("Reading the model");
    const files = findModelFiles(settings, findings);
    const name = modelName(settings, files.weights?.path ?? files.folder);
    const path = settings.output?.value ?? join(environment.workingFolder, fileName(name));
    // Cheap to ask and decisive: before the model is tried, not after.
    refuseExisting(path, options.force);
    const base = findBase(settings, environment);
    keep(base.source);
    const { facts, model } = resolveModel({ settings, files }, findings, { keep, options });
    model.decisions = findings.decisions;
    refuseOverInput(path, opened);
    options.onProgress?.("Writing");
    const version = settings.version?.value ?? VERSION_DEFAULT;
    const ready = { facts, model, base, name, version };
    return resultOf(ready, path, write(ready, path, { keep, options }));
  } finally {
    for (const source of opened) source.close();
  }
}

type Context = { keep(source: FileSource): FileSource; readonly options: BuildOptions };

/** Reads and checks the model; throws `BUILD_MODEL_INVALID` with everything that is wrong about it. */
function resolveModel(
  given: { readonly settings: Settings; readonly files: ModelFiles },
  findings: Findings,
  { keep, options }: Context,
): { readonly facts: ModelFacts; readonly model: Model } {
  const facts = readFacts(given, findings, keep);
  options.onProgress?.("Checking the model");
  if (facts !== undefined && hasTokenizer(facts)) {
    const model = checkModel(facts, findings);
    if (model !== undefined && findings.problems.length === 0) return { facts, model };
  } else if (facts !== undefined) {
    checkGraph(facts, findings);
  }
  const { folder, weights } = given.files;
  const where = folder ?? weights?.path ?? "the model";
  throwProblems("BUILD_MODEL_INVALID", `Cannot build from "${where}"`, findings.problems);
}

/** What a model without a stated version gets. */
const VERSION_DEFAULT = "0.1.0";

type Ready = {
  readonly facts: ModelFacts;
  readonly model: Model;
  readonly base: FoundBase;
  readonly name: string;
  readonly version: string;
};

function write(ready: Ready, path: string, context: Context): WriteResult {
  const { facts, model, base } = ready;
  const { options } = context;
  const assets = listAssets(facts, context.keep);
  const manifest = {
    ...draftManifest({ facts, model, assets }),
    name: ready.name,
    version: ready.version,
    builderVersion: VERSION,
    base: {
      version: base.identity.version,
      target: base.identity.target,
      onnxruntimeVersion: base.identity.onnxruntime,
    },
  };
  return writeEncoderfile({ base: base.source, manifest, assets }, path, {
    force: options.force,
    onProgress: (done, total) => options.onProgress?.("Writing", done / total),
  });
}

function resultOf(ready: Ready, path: string, written: WriteResult): BuildResult {
  const { model, base, name, version } = ready;
  return {
    path,
    name,
    version,
    task: taskOfModel(model).id,
    target: base.identity.target,
    base: { version: base.identity.version, source: base.reason },
    byteLength: written.byteLength,
    modelDigest: written.modelDigest,
    model,
    decisions: model.decisions,
  };
}

/** The user's name, else the repository's where the hub's cache shows it, else the folder's. */
function modelName(settings: Settings, path: string | undefined): string {
  if (settings.name !== undefined) return settings.name.value;
  if (path === undefined) return "model";
  const file = realPathOf(path);
  const folder = settings.modelDir?.value ?? dirname(file);
  const repository = originOfFolder(folder)?.repository.split("/")[1];
  return repository ?? (basename(realPathOf(folder)) || "model");
}

function realPathOf(path: string): string {
  return fileFacts(path) === undefined ? path : realPath(path);
}

/** A name may hold what a file name may not. */
function fileName(name: string): string {
  const safe = name.replaceAll(/[/\\:*?"<>|]/g, "-").replace(/^\.+/, "");
  return `${safe || "model"}.encoderfile`;
}

function refuseExisting(path: string, force: boolean): void {
  const facts = fileFacts(path);
  if (facts === undefined || (force && facts.kind === "file")) return;
  const remedy = facts.kind === "file" ? ", or overwrite it with --force" : "";
  throw new CodedError(
    "IO_ALREADY_EXISTS",
    `Cannot write "${path}" as a ${facts.kind} lies there already: choose another path with -o${remedy}`,
  );
}

/** Replacing an input by the output would lose the model. */
function refuseOverInput(path: string, inputs: readonly FileSource[]): void {
  if (fileFacts(path) === undefined) return;
  const target = realPath(path);
  if (!inputs.some((source) => source.realPath === target)) return;
  throw new CodedError(
    "IO_ALREADY_EXISTS",
    `Cannot write "${path}" as it is one of the files the build reads: choose another path with -o`,
  );
}
